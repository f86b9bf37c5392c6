/// sipp scenarios for phones that do what baresip cannot be told to.
enum Scenario {
    /// Rings, then refuses with a final status, as 486 or 603.
    static func refuses(_ status: Int) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <scenario name="refuses">
          <recv request="INVITE"/>
          <send><![CDATA[
        \(reply("180 Ringing"))
        ]]></send>
          <pause milliseconds="300"/>
          <send retrans="500"><![CDATA[
        \(reply("\(status) Refused"))
        ]]></send>
          <recv request="ACK"/>
        </scenario>
        """
    }

    /// Calls, and takes its call back after a second since another phone has answered it (RFC 3326).
    static func takenElsewhere(_ number: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <scenario name="taken-elsewhere">
        \(invite(number))
          <recv response="100" optional="true"/>
          <recv response="180"/>
          <pause milliseconds="1000"/>
          <send retrans="500"><![CDATA[
        CANCEL sip:\(number)@[remote_ip]:[remote_port] SIP/2.0
        [last_Via:]
        From: <sip:+\(Office.customer)@[local_ip]>;tag=c[call_number]
        To: <sip:\(number)@[remote_ip]>
        Call-ID: [call_id]
        CSeq: 1 CANCEL
        Max-Forwards: 70
        Reason: SIP;cause=200;text="Call completed elsewhere"
        Content-Length: 0

        ]]></send>
          <recv response="200"/>
          <recv response="487"/>
        \(acknowledgement(number))
        </scenario>
        """
    }

    /// Calls a user through a group of the PBX, and is refused with 480 in the end.
    static func group(_ number: String, of group: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <scenario name="group">
        \(invite(number, "Diversion: <sip:\(group)@[remote_ip]>;reason=unconditional"))
          <recv response="100" optional="true"/>
          <recv response="180"/>
          <recv response="480"/>
        \(acknowledgement(number))
        </scenario>
        """
    }

    private static func invite(_ number: String, _ header: String = "Subject: call") -> String {
        """
          <send retrans="500"><![CDATA[
        INVITE sip:\(number)@[remote_ip]:[remote_port] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
        From: <sip:+\(Office.customer)@[local_ip]>;tag=c[call_number]
        To: <sip:\(number)@[remote_ip]>
        Call-ID: [call_id]
        CSeq: 1 INVITE
        Contact: <sip:caller@[local_ip]:[local_port]>
        Max-Forwards: 70
        \(header)
        Content-Type: application/sdp
        Content-Length: [len]

        v=0
        o=- 1 1 IN IP4 [local_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [media_port] RTP/AVP 8
        a=rtpmap:8 PCMA/8000
        ]]></send>
        """
    }

    private static func acknowledgement(_ number: String) -> String {
        """
          <send><![CDATA[
        ACK sip:\(number)@[remote_ip]:[remote_port] SIP/2.0
        [last_Via:]
        From: <sip:+\(Office.customer)@[local_ip]>;tag=c[call_number]
        [last_To:]
        Call-ID: [call_id]
        CSeq: 1 ACK
        Max-Forwards: 70
        Content-Length: 0

        ]]></send>
        """
    }

    private static func reply(_ line: String) -> String {
        """
        SIP/2.0 \(line)
        [last_Via:]
        [last_From:]
        [last_To:];tag=p[call_number]
        [last_Call-ID:]
        [last_CSeq:]
        [last_Record-Route:]
        Contact: <sip:phone@[local_ip]:[local_port]>
        Content-Length: 0

        """
    }
}
