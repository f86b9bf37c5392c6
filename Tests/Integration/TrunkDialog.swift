import Foundation

/// One dialog as the trunk's side of it: answers what Rufbus asks, asks within it, opens it.
final class TrunkDialog {
    let peer: SIPPeer
    let office: UInt16
    /// The INVITE that opened it, ours or theirs.
    let invite: SIPText
    private let isOurs: Bool
    private let tag = "t\(UInt32.random(in: 0...UInt32.max))"
    /// Of their answer, when we called: the first that opens the dialog, then the 2xx.
    private var answer: SIPText?
    private var refusal: SIPText?
    private var sequence = 10

    static func sdp(port: Int, codecs: String = "8 101", more: String = "a=sendrecv") -> String {
        """
        v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio \(port) RTP/AVP \(codecs)\r
        a=rtpmap:101 telephone-event/8000\r\n\(more)\r\n
        """
    }

    /// The next call of Rufbus.
    init?(calledAt peer: SIPPeer, office: UInt16) async {
        guard let text = await peer.receive("INVITE") else { return nil }
        (self.peer, self.office, isOurs, invite) = (peer, office, false, SIPText(text))
    }

    /// Calls Rufbus.
    /// - Parameter more: header lines, each with its CRLF.
    init(
        calling number: String, from peer: SIPPeer, office: UInt16, more: String = "",
        sdp: String? = TrunkDialog.sdp(port: 6000), type: String = "application/sdp"
    ) {
        let body = sdp.map { "Content-Type: \(type)\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)" }
        let id = UUID().uuidString.lowercased()
        let text =
            "INVITE sip:\(number)@127.0.0.1:\(office);user=phone SIP/2.0\r\n"
            + "Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(id)\r\nMax-Forwards: 70\r\n"
            + "From: <sip:+4930111222@127.0.0.1;user=phone>;tag=\(tag)\r\nTo: <sip:\(number)@127.0.0.1>\r\n"
            + "Call-ID: \(id)\r\nCSeq: 1 INVITE\r\nContact: <sip:pbx@127.0.0.1:\(peer.port)>\r\n\(more)"
            + (body ?? "Content-Length: 0\r\n\r\n")
        (self.peer, self.office, isOurs, invite) = (peer, office, true, SIPText(text))
        peer.send(text, to: office)
    }

    var callID: String { invite.line("Call-ID") ?? "" }
    var requestURI: String { String(invite.text.split(separator: " ")[1]) }

    /// Answers the INVITE, or a later request of theirs.
    /// - Parameter more: header lines, each with its CRLF.
    func reply(_ status: String, to request: SIPText? = nil, sdp: String? = nil, more: String = "", tag: String? = nil)
    {
        let request = request ?? invite
        let copied = ["Via", "From", "Call-ID", "CSeq"].flatMap { name in
            request.lines(name).map { "\(name): \($0)\r\n" }
        }
        var to = request.line("To") ?? ""
        if !to.contains(";tag=") { to += ";tag=\(tag ?? self.tag)" }
        let body = sdp.map { "Content-Type: application/sdp\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)" }
        peer.send(
            "SIP/2.0 \(status)\r\n\(copied.joined())To: \(to)\r\nContact: <sip:pbx@127.0.0.1:\(peer.port)>\r\n\(more)"
                + (body ?? "Content-Length: 0\r\n\r\n"), to: office)
    }

    /// Their next message of this dialog that begins so; others are left out.
    func receive(_ prefix: String, seconds: Int = 5) async -> SIPText? {
        let limit = Date(timeIntervalSinceNow: Double(seconds))
        while Date() < limit {
            guard let text = await peer.receive(seconds: 1).map(SIPText.init), text.line("Call-ID") == callID else {
                continue
            }
            if isOurs { keep(text) }
            if text.text.hasPrefix(prefix) { return text }
        }
        return nil
    }

    /// ACK, BYE, CANCEL or a re-INVITE of ours.
    /// - Parameters:
    ///   - more: header lines, each with its CRLF.
    ///   - other: a socket of somebody else, who knows all of the dialog.
    func send(_ method: String, sdp: String? = nil, more: String = "", through other: SIPPeer? = nil) {
        let isOfInvite = method == "CANCEL"
        if method != "ACK", !isOfInvite { sequence += 1 }
        let number = isOfInvite || (method == "ACK" && sequence == 10 && isOurs) ? 1 : sequence
        let from = isOurs ? invite.line("From") : invite.line("To").map { $0 + ";tag=\(tag)" }
        let to = isOurs ? (isOfInvite ? invite : answer)?.line("To") : invite.line("From")
        let uri = isOfInvite || !isOurs ? contact(of: invite) : contact(of: answer ?? invite)
        let via =
            isOfInvite ? invite.line("Via") : "SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(UUID().uuidString)"
        let body = sdp.map { "Content-Type: application/sdp\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)" }
        (other ?? peer).send(
            "\(method) \(isOfInvite ? requestURI : uri) SIP/2.0\r\nVia: \(via ?? "")\r\nMax-Forwards: 70\r\n"
                + "From: \(from ?? "")\r\nTo: \(to ?? "")\r\nCall-ID: \(callID)\r\nCSeq: \(number) \(method)\r\n"
                + "Contact: <sip:pbx@127.0.0.1:\(peer.port)>\r\n\(more)" + (body ?? "Content-Length: 0\r\n\r\n"),
            to: office)
    }

    private func keep(_ text: SIPText) {
        guard text.line("CSeq") == invite.line("CSeq") else { return }
        if text.text.hasPrefix("SIP/2.0 2") || (answer == nil && text.line("To")?.contains(";tag=") == true) {
            answer = text
        }
        if !text.text.hasPrefix("SIP/2.0 1"), !text.text.hasPrefix("SIP/2.0 2") { refusal = text }
    }

    /// The ACK to the final answer to our INVITE, after whatever else was asked.
    func acknowledgeInvite() {
        guard let final = refusal ?? answer else { return }
        let branch = "SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(UUID().uuidString)"
        let (uri, via) = refusal == nil ? (contact(of: final), branch) : (requestURI, invite.line("Via") ?? "")
        peer.send(
            "ACK \(uri) SIP/2.0\r\nVia: \(via)\r\nMax-Forwards: 70\r\nFrom: \(invite.line("From") ?? "")\r\n"
                + "To: \(final.line("To") ?? "")\r\nCall-ID: \(callID)\r\nCSeq: 1 ACK\r\n"
                + "Contact: <sip:pbx@127.0.0.1:\(peer.port)>\r\nContent-Length: 0\r\n\r\n", to: office)
    }

    private func contact(of message: SIPText) -> String {
        String((message.line("Contact") ?? "").drop { $0 == "<" }.prefix { $0 != ">" })
    }
}

extension SIPText {
    var body: String { text.range(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }
    /// Session version in o=.
    var sessionVersion: Int? {
        body.split(separator: "\r\n").first { $0.hasPrefix("o=") }.flatMap { Int($0.split(separator: " ")[2]) }
    }
}
