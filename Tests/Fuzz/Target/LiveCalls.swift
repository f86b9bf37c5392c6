import Foundation
import SIPStack
import TestSupport

/// Throws inputs at a running stack in which a call stands, and sees that this call and the stack stay as they were:
/// its re-INVITE and BYE are answered. Inputs may belong to a second call, which they may end, and to an INVITE of the
/// office's. For one thread.
public final class LiveCalls {
    private let office: FuzzOffice
    private let witness: UDPSocket, spoiler: UDPSocket, stranger: UDPSocket
    private var known: [String: String] = [:]
    private var sequence = 1, serial = 0
    private var witnessTag = ""
    /// Inputs that were sent; checks of the witnessed call that went well.
    public private(set) var sent = 0, checks = 0

    public init() throws {
        (witness, spoiler, stranger) = (try UDPSocket(), try UDPSocket(), try UDPSocket())
        office = try FuzzOffice(port: try UDPSocket().port)
        known["127.0.0.1:5999"] = "127.0.0.1:\(spoiler.port)"
        let answer = try ask("INVITE", body: Self.offer)
        witnessTag = Self.tag(Self.line("To", of: answer))
        witness.send(Array(request("ACK", branch: "ack").utf8), to: office.port)
        try standWithin()
    }

    /// Sends an input, its words put in: from the far side of the second call, from a stranger, or by TCP.
    /// - Parameter note: is given what will be sent.
    public func send(_ input: UnsafeBufferPointer<UInt8>, note: ([UInt8]) -> Void = { _ in }) throws {
        guard input.count <= 60_000 else { return }
        serial += 1
        sent += 1
        let text = withWords(Array(input))
        note(text)
        switch serial % 16 {
        case 0: StreamShot.send(text, to: office.port)
        case 1: stranger.send(text, to: office.port)
        default: spoiler.send(text, to: office.port)
        }
        try listen()
        if sent % 32 == 0 { try keepPace() }
        if sent % 64 == 0 { office.callOut(to: spoiler.port) }
    }

    /// The witnessed call is there as ever: a re-INVITE is answered with SDP.
    public func check() throws {
        sequence += 1
        let answer = try ask("INVITE", body: Self.offer)
        witness.send(Array(request("ACK", branch: "ack").utf8), to: office.port)
        guard answer.contains("m=audio 20000 "), office.ends.isEmpty else {
            throw Finding(description: "the witnessed call ended or changed: \(office.ends) \(answer)")
        }
        checks += 1
    }

    /// The witnessed call hangs up, the stack ends, and nothing of it is left.
    public func end() throws {
        try check()
        sequence += 1
        _ = try ask("BYE")
        let limit = Date(timeIntervalSinceNow: 5)
        while office.ends.isEmpty, Date() < limit { Thread.sleep(forTimeInterval: 0.01) }
        guard office.ends == [.hungUp(FuzzOffice.witnessed, [])] else {
            throw Finding(description: "the witnessed call ended so: \(office.ends)")
        }
        let left = office.stop()
        guard left.handles == 0, left.records == 0 else { throw Finding(description: "handles are left: \(left)") }
    }

    public var summary: String {
        let counters = office.stack.counters, taken = office.taken
        return
            "sent \(sent), refused as malformed \(counters.malformed), not served \(counters.notServed), INVITEs told "
            + "\(taken.arrivals), answered \(taken.answered), checks of the standing call \(checks)"
    }

    // MARK: The far sides

    /// All that was sent is read, and the stack answers: it is not faster outrun than its socket holds.
    private func keepPace() throws {
        let call = "pace-\(sent)"
        let text = request("OPTIONS", branch: call).replacing(FuzzOffice.witnessedCall, with: call)
            .replacing(";tag=\(witnessTag)", with: "")
        _ = try answer(to: text, "OPTIONS", call)
        try listen()
        if !office.hasWithin { try standWithin() }
    }

    /// The second call, which inputs may spoil.
    private func standWithin() throws {
        serial += 1
        let text = request("INVITE", body: Self.offer, branch: "within-\(serial)", port: spoiler.port)
            .replacing(FuzzOffice.witnessedCall, with: FuzzOffice.withinCall)
            .replacing(";tag=\(witnessTag)", with: "").replacing("tag=witness", with: "tag=within")
            .replacing("CSeq: \(sequence) ", with: "CSeq: \(serial) ")
        spoiler.send(Array(text.utf8), to: office.port)
        let limit = Date(timeIntervalSinceNow: 30)
        while Date() < limit {
            guard let bytes = spoiler.receive(waitingMs: 100) else { continue }
            let answer = String(decoding: bytes, as: UTF8.self)
            try hear(answer)
            let isOurs = answer.hasPrefix("SIP/2.0 200") && Self.line("CSeq", of: answer) == "\(serial) INVITE"
            if isOurs { return known["@our-tag@"] = Self.tag(Self.line("To", of: answer)) }
        }
        throw Finding(description: "no call can be made any more")
    }

    /// What has come to the spoiler.
    private func listen() throws {
        while let bytes = spoiler.receive() { try hear(String(decoding: bytes, as: UTF8.self)) }
        while stranger.receive() != nil {}
    }

    /// Learns what an INVITE of the office says, acknowledges refusals and answers the rest, so that both ends forget.
    private func hear(_ text: String) throws {
        let cseq = Self.line("CSeq", of: text)
        if text.hasPrefix("INVITE ") {
            known["@call-id@"] = Self.line("Call-ID", of: text)
            known["@from-tag@"] = Self.tag(Self.line("From", of: text))
            known["@cseq@"] = String(cseq.prefix { $0 != " " })
            known["@branch@"] = Self.parameter("branch", of: Self.line("Via", of: text))
        } else if text.hasPrefix("SIP/2.0 ") {
            let status = Int(text.dropFirst(8).prefix(3)) ?? 0
            guard cseq.hasSuffix(" INVITE"), status >= 200 else { return }
            spoiler.send(Array(Self.acknowledgement(of: text).utf8), to: office.port)
        } else if !text.hasPrefix("ACK ") {
            spoiler.send(Array(Self.plainAnswer(to: text).utf8), to: office.port)
        }
    }

    /// The input with its words (Tests/Fixtures/sip/README.md) put in. By hand: the library's search is slow.
    private func withWords(_ input: [UInt8]) -> [UInt8] {
        known["@n@"] = String(serial)
        if input.starts(with: "INVITE ".utf8) { known["@invite@"] = String(serial) }
        let words = known.map { (word: Array($0.key.utf8), value: Array($0.value.utf8)) }
        var text: [UInt8] = [], at = 0
        while at < input.count {
            let byte = input[at]
            let isStart = byte == UInt8(ascii: "@") || byte == UInt8(ascii: "1")
            if isStart, let found = words.first(where: { input[at...].starts(with: $0.word) }) {
                text += found.value
                at += found.word.count
            } else {
                text.append(byte)
                at += 1
            }
        }
        return text
    }

    // MARK: The witness

    private func ask(_ method: String, body: String = "") throws -> String {
        try answer(to: request(method, body: body, branch: "w-\(sequence)"), method, FuzzOffice.witnessedCall)
    }

    /// Sends as often as a phone would (RFC 3261 §17.1.2.2), and gives the final answer, which must be 200.
    private func answer(to text: String, _ method: String, _ call: String) throws -> String {
        for _ in 0..<24 {
            witness.send(Array(text.utf8), to: office.port)
            let limit = Date(timeIntervalSinceNow: 2.5)
            while Date() < limit {
                guard let bytes = witness.receive(waitingMs: 100) else { continue }
                let answer = String(decoding: bytes, as: UTF8.self)
                let isOurs =
                    Self.line("Call-ID", of: answer) == call && Self.line("CSeq", of: answer) == "\(sequence) \(method)"
                if !isOurs || answer.hasPrefix("SIP/2.0 1") || !answer.hasPrefix("SIP/2.0 ") { continue }
                guard answer.hasPrefix("SIP/2.0 200") else { throw Finding(description: "\(method) got \(answer)") }
                return answer
            }
        }
        throw Finding(description: "no answer to \(text)")
    }

    private func request(_ method: String, body: String = "", branch: String, port: UInt16? = nil) -> String {
        let far = "127.0.0.1:\(port ?? witness.port)"
        let lines = [
            "\(method) sip:+498984098723@127.0.0.1:\(office.port) SIP/2.0",
            "Via: SIP/2.0/UDP \(far);branch=z9hG4bK-\(branch)",
            "From: <sip:+4930123@127.0.0.1>;tag=witness",
            "To: <sip:+498984098723@127.0.0.1>\(witnessTag.isEmpty ? "" : ";tag=" + witnessTag)",
            "Call-ID: \(FuzzOffice.witnessedCall)", "CSeq: \(sequence) \(method)", "Max-Forwards: 70",
            "Contact: <sip:far@\(far)>", "Content-Type: application/sdp", "Content-Length: \(body.utf8.count)", "",
            body,
        ]
        return lines.joined(separator: "\r\n")
    }

    private static let offer =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
}
