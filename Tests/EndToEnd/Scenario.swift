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
