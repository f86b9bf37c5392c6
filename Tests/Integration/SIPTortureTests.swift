import Foundation
import SIPStack
import TelephonyModel
import TestSupport
import Testing

/// RFC 4475's messages and what becomes of each, by transport. They go out byte for byte, but for the transport in the
/// topmost Via, which becomes the one that is tested: answers go the way that it says (RFC 3261 §18.2.2). What the RFC
/// asks stands in `asked`; where we do otherwise, `why` says so.
@Suite(.serialized) struct SIPTortureTests {
    struct Message {
        let name: String, section: String, asked: String, udp: String, tcp: String, why: String
        /// Where its Via wants the answer over UDP.
        var viaPort: UInt16 = 5060

        /// - Parameter tcp: nil: as over UDP, but that the connection ends with a 400.
        init(
            _ name: String, _ section: String, _ asked: String, _ udp: String, tcp: String? = nil, why: String = ""
        ) {
            (self.name, self.section, self.asked, self.why) = (name, section, asked, why)
            (self.udp, self.tcp) = (udp, tcp ?? (udp == "400" ? "400 closed" : udp))
        }
    }

    /// Outcomes: the statuses that were answered, `told` before them if the owner of the stack was told an INVITE (he
    /// says 486), `-` for no answer, `closed` behind them if the connection was ended, `waits` if nothing behind the
    /// message is answered: such a connection is ended when its message has not been whole in time.
    static let messages: [Message] = [
        Message("wsinv", "3.1.1.1", "well-formed; it names a dialog that is not there", "481"),
        Message("intmeth", "3.1.1.2", "a method that is not served: 405 or 501", "-", tcp: "waits", why: dropped),
        Message("esc01", "3.1.1.3", "taken", "told 486"),
        Message("escnull", "3.1.1.4", "REGISTER, well-formed", "405"),
        Message("esc02", "3.1.1.5", "unknown method", "501"),
        Message("lwsdisp", "3.1.1.6", "taken", "200"),
        Message("longreq", "3.1.1.7", "taken", "told 486"),
        Message(
            "dblreq", "3.1.1.8", "what is behind the first is ignored over UDP", "405", tcp: "405 waits", why: dblreq),
        Message("semiuri", "3.1.1.9", "taken", "200"),
        Message("transports", "3.1.1.10", "taken", "200"),
        Message("mpart01", "3.1.1.11", "MESSAGE, well-formed", "405"),
        Message("unreason", "3.1.1.12", "an answer to nothing: dropped", "-"),
        Message("noreason", "3.1.1.13", "an answer to nothing: dropped", "-"),
        Message("badinv01", "3.1.2.1", "400", "-", tcp: "closed", why: "its only Via cannot be read: whom to answer?"),
        Message("clerr", "3.1.2.2", "UDP: 400; TCP: the rest is awaited", "400", tcp: "waits"),
        Message("ncl", "3.1.2.3", "400", "400"),
        Message("scalar02", "3.1.2.4", "400", "400"),
        Message("scalarlg", "3.1.2.5", "dropped", "-", tcp: "closed"),
        quotbal,
        Message("ltgtruri", "3.1.2.7", "400", "400"),
        Message("lwsruri", "3.1.2.8", "400", "-", tcp: "waits", why: dropped),
        Message("lwsstart", "3.1.2.9", "400, or taken", "told 486"),
        Message("trws", "3.1.2.10", "400, or taken", "200"),
        Message("escruri", "3.1.2.11", "400, or taken", "told 486"),
        Message("baddate", "3.1.2.12", "400, or taken", "told 486", tcp: "400 closed"),
        Message("regbadct", "3.1.2.13", "400", "400"),
        Message("badaspec", "3.1.2.14", "400, or taken", "200"),
        Message("baddn", "3.1.2.15", "400, or taken", "-", tcp: "400 closed", why: unended),
        Message("badvers", "3.1.2.16", "505", "-", tcp: "505 closed", why: dropped),
        Message("mismatch01", "3.1.2.17", "400", "400"),
        Message("mismatch02", "3.1.2.18", "400 or 501", "400"),
        Message("bigcode", "3.1.2.19", "dropped", "-", tcp: "waits"),
        Message("badbranch", "3.2.1", "taken", "200"),
        Message("insuf", "3.3.1", "400", "400"),
        Message("unkscm", "3.3.2", "416", "416"),
        Message("novelsc", "3.3.3", "416", "416"),
        Message("unksm2", "3.3.4", "REGISTER with unknown schemes in To and Contact", "405"),
        Message("bext01", "3.3.5", "420", "420"),
        Message("invut", "3.3.6", "415", "415"),
        Message("regaut01", "3.3.7", "REGISTER with an unknown scheme of Authorization", "405"),
        Message("multi01", "3.3.8", "400", "400"),
        Message("mcl01", "3.3.9", "400", "400"),
        Message("bcast", "3.3.10", "an answer that is not ours: dropped", "-"),
        Message("zeromf", "3.3.11", "OPTIONS with Max-Forwards 0: answered by whom it reaches", "200"),
        Message("cparam01", "3.3.12", "REGISTER", "405"),
        Message("cparam02", "3.3.13", "REGISTER", "405"),
        Message("regescrt", "3.3.14", "REGISTER", "405"),
        Message("sdp01", "3.3.15", "406, or taken", "told 486"),
        Message("inv2543", "3.4.1", "taken", "400", why: "it has no Contact: nobody could be sent BYE"),
    ]
    private static let quotbal = {
        var message = Message("quotbal", "3.1.2.6", "400", "400")
        message.viaPort = 5050
        return message
    }()
    private static let dropped = "the library drops a start line like this before anybody may look at it"
    private static let unended = "the archive has it without the empty line behind the headers: it is not whole"
    private static let dblreq =
        "the second has no Contact and asks for its answer by UDP; its body is longer than it says: no message follows"

    @Test func eachOfTheMessagesIsThere() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.place.path)
        #expect(Set(files) == Set(Self.messages.map { $0.name + ".dat" }))
        #expect(Self.messages.count == 49)
    }

    @Test func overUDP() throws {
        let office = try Self.office()
        for (index, message) in Self.messages.enumerated() {
            // The answer goes to the address that the message came from, and the port of Via: 5060.
            let far = try UDPSocket(at: "127.44.75.\(index + 1)", port: message.viaPort)
            let told = office.events.count
            far.send(try Self.bytes(message, over: "UDP"), to: office.port)
            let isTold = { office.events.count > told }
            let outcome = Self.words(answers(office, far, probe: "probe-\(index)", isTold: isTold), told: isTold())
            #expect(outcome == message.udp, "\(message.name), \(message.section): \(message.asked). \(message.why)")
        }
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func overTCP() throws {
        let port = try SIPPeer.freePort()
        let office = try Self.office(SIPSettings(address: "127.0.0.1", port: port, tcpPort: port))
        for (index, message) in Self.messages.enumerated() {
            let far = try SIPStreamPeer(to: port), told = office.events.count
            far.send(try Self.bytes(message, over: "TCP"))
            let isTold = { office.events.count > told }
            let outcome = Self.words(answers(far, probe: "probe-\(index)", isTold: isTold), told: isTold())
            #expect(outcome == message.tcp, "\(message.name), \(message.section): \(message.asked). \(message.why)")
        }
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    // MARK: Parts

    private static let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/sip/rfc4475")

    private static func bytes(_ message: Message, over transport: String) throws -> [UInt8] {
        var bytes = [UInt8](try Data(contentsOf: place.appending(path: message.name + ".dat")))
        let via = bytes.firstRange(of: "\nVia".utf8)?.upperBound ?? bytes.endIndex
        let written = ["/UDP", "/TCP", "/TLS"].compactMap { bytes[via...].firstRange(of: $0.utf8) }
        if let first = written.min(by: { $0.lowerBound < $1.lowerBound }) {
            bytes.replaceSubrange(first, with: "/\(transport)".utf8)
        }
        return bytes
    }

    private static func office(_ settings: SIPSettings? = nil) throws -> SIPOffice {
        try SIPOffice(settings: settings) { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
    }

    private func probe(_ call: String, _ via: String, _ address: String) -> [UInt8] {
        let lines = [
            "OPTIONS sip:127.0.0.1 SIP/2.0", "Via: SIP/2.0/\(via) \(address);rport;branch=z9hG4bK-\(call)",
            "From: <sip:probe@\(address)>;tag=probe", "To: <sip:127.0.0.1>", "Call-ID: \(call)", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70", "Content-Length: 0", "", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// What comes before the answers to two requests that are sent behind the message, one after the other: an INVITE
    /// is told after the first one's. What the owner of the stack says of it may come later, and is waited for.
    private func answers(
        _ office: SIPOffice, _ far: UDPSocket, probe call: String, isTold: () -> Bool
    ) -> [String] {
        far.send(probe(call, "UDP", far.address), to: office.port)
        var statuses: [String] = [], isProbed = false
        let limit = Date(timeIntervalSinceNow: 10)
        while Date() < limit {
            if isProbed, !isTold() || !statuses.isEmpty { return statuses }
            guard let bytes = far.receive(waitingMs: 100) else { continue }
            let answer = SIPText(String(decoding: bytes, as: UTF8.self))
            switch answer.line("Call-ID") {
            case call: far.send(probe(call + "b", "UDP", far.address), to: office.port)
            case call + "b": isProbed = true
            default: Self.add(answer, to: &statuses)
            }
        }
        return statuses + [isProbed ? "never answered" : "and the stack is silent"]
    }

    /// The same on a connection.
    private func answers(_ far: SIPStreamPeer, probe call: String, isTold: () -> Bool) -> [String] {
        far.send(probe(call, "TCP", "127.0.0.1"))
        var statuses: [String] = [], isProbed = false
        while let text = far.receive(seconds: 2) {
            let answer = SIPText(text)
            switch answer.line("Call-ID") {
            case call: far.send(probe(call + "b", "TCP", "127.0.0.1"))
            case call + "b": isProbed = true
            default: Self.add(answer, to: &statuses)
            }
            if isProbed, !isTold() || !statuses.isEmpty { return statuses }
        }
        return statuses + [far.ends(within: 0.1) ? "closed" : "waits"]
    }

    /// Final answers, once each.
    private static func add(_ answer: SIPText, to statuses: inout [String]) {
        let status = String(answer.text.dropFirst(8).prefix(3))
        if !status.hasPrefix("1"), statuses.last != status { statuses.append(status) }
    }

    private static func words(_ statuses: [String], told: Bool) -> String {
        (told ? "told " : "") + (statuses.isEmpty ? "-" : statuses.joined(separator: " "))
    }
}
