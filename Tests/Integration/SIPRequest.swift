import Foundation
import SIPStack

/// A request as text, to be sent whole or spoilt.
struct SIPRequest {
    static let sdp = SIPStackTests.offer
    let method: String, sequence: Int, call: String, far: UInt16, office: UInt16
    var branch: String
    var target: String
    var toTag = ""
    var contact: String
    var extra: String
    var body: String

    /// - Parameter contact: empty: none.
    init(
        _ method: String, _ far: SIPPeer, _ office: SIPOffice, call: String = "call", contact: String? = nil,
        extra: String = "", body: String? = nil
    ) {
        (self.method, self.call, self.far, self.office) = (method, call, far.port, office.port)
        (sequence, branch) = (1, "z9hG4bK-\(call)-\(method)-1")
        target = "sip:+498984098723@127.0.0.1:\(office.port)"
        self.contact = contact ?? "<sip:far@127.0.0.1:\(far.port)>"
        self.extra = extra
        self.body = body ?? (method == "INVITE" ? Self.sdp : "")
    }

    private init(_ first: SIPRequest, _ method: String, _ sequence: Int) {
        (self.method, self.sequence, call) = (method, sequence, first.call)
        (far, office, target) = (first.far, first.office, first.target)
        (contact, extra, body) = (first.contact, "", "")
        branch = "z9hG4bK-\(call)-\(method)-\(sequence)"
    }

    /// A later request of the dialog that this INVITE and its answer opened.
    func following(_ method: String, _ sequence: Int, to answer: String) -> SIPRequest {
        var next = SIPRequest(self, method, sequence)
        let to = SIPText(answer).line("To") ?? ""
        next.toTag = to.range(of: ";tag=").map { String(to[$0.lowerBound...]) } ?? ""
        return next
    }

    var text: String {
        """
        \(method) \(target) SIP/2.0
        Via: SIP/2.0/UDP 127.0.0.1:\(far);branch=\(branch)
        From: <sip:+4930123@127.0.0.1>;tag=far
        To: <sip:+498984098723@127.0.0.1>\(toTag)
        Call-ID: \(call)
        CSeq: \(sequence) \(method)
        Max-Forwards: 70

        """.replacing("\n", with: "\r\n") + (contact.isEmpty ? "" : "Contact: \(contact)\r\n") + extra
            + (body.isEmpty ? "" : "Content-Type: application/sdp\r\n") + "Content-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }
}
