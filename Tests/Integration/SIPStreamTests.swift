import Foundation
import SIPStack
import TelephonyModel
import Testing

/// Streams whose lengths lie and whose segments fall anywhere (RFC 3261 §18.3).
@Suite(.serialized) struct SIPStreamTests {
    private static func office() throws -> SIPOffice {
        let port = try SIPPeer.freePort()
        return try SIPOffice(settings: SIPSettings(address: "127.0.0.1", port: port, tcpPort: port)) { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
    }

    private static func options(_ call: String, lengths: [String] = ["0"]) -> String {
        let lines = [
            "OPTIONS sip:127.0.0.1 SIP/2.0", "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-\(call)",
            "From: <sip:far@127.0.0.1>;tag=far", "To: <sip:127.0.0.1>", "Call-ID: \(call)", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70",
        ]
        return (lines + lengths.map { "Content-Length: \($0)" } + ["", ""]).joined(separator: "\r\n")
    }

    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String, lengths: [String], statuses: Set<String>
        init(_ lengths: String..., is statuses: Set<String> = ["400"]) {
            (testDescription, self.lengths, self.statuses) = (lengths.joined(separator: " and "), lengths, statuses)
        }
    }

    /// Refused, the connection is ended, and nothing behind it is taken for a message.
    @Test(arguments: [
        Lie("-1"), Lie("x"), Lie(""), Lie("0x10"), Lie("1e3"), Lie("5 6"), Lie("0", "5"), Lie("5", "0"),
        Lie("16385", is: ["400", "413"]), Lie("2147483648", is: ["400", "413"]), Lie("4294967295", is: ["400", "413"]),
        Lie("4294967296", is: ["400", "413"]), Lie("18446744073709551615", is: ["400", "413"]),
        Lie("99999999999999999999999", is: ["400", "413"]),
    ]) func aLengthThatLiesEndsTheConnection(_ lie: Lie) throws {
        let office = try Self.office()
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.options("lie", lengths: lie.lengths) + Self.options("behind"))
        let answer = far.receive("SIP/2.0 ")
        #expect(lie.statuses.contains(String(answer?.dropFirst(8).prefix(3) ?? "")), "\(answer ?? "no answer")")
        #expect(SIPText(answer ?? "").line("Call-ID") == "lie")
        #expect(far.receive("SIP/2.0 ", seconds: 2) == nil && far.ends(within: 5))
        let other = try SIPStreamPeer(to: office.port)
        other.send(Self.options("alive"))
        #expect(other.receive("SIP/2.0 200") != nil)
        office.stop()
    }

    /// Cut in two at each byte in turn; each time both halves make one message.
    @Test func aMessageMayBeCutAnywhere() throws {
        let office = try Self.office()
        let far = try SIPStreamPeer(to: office.port)
        var noDelay: Int32 = 1
        setsockopt(far.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
        let size = Self.options("cut-100").utf8.count
        for cut in 1..<size {
            let bytes = Array(Self.options("cut-\(100 + cut)").utf8)
            far.send(Array(bytes[..<cut]))
            usleep(1_000)
            far.send(Array(bytes[cut...]))
            let answer = far.receive("SIP/2.0 ")
            #expect(answer?.hasPrefix("SIP/2.0 200") == true, "cut at \(cut)")
            guard answer != nil else { break }
        }
        office.stop()
        #expect(office.stack.counters.malformed == 0)
    }

    /// Keep-alives (RFC 5626 §4.4.1) before, between and behind messages of one segment.
    @Test func keepAlivesBetweenMessagesHarmNothing() throws {
        let office = try Self.office()
        let far = try SIPStreamPeer(to: office.port)
        far.send("\r\n\r\n" + Self.options("one") + "\r\n\r\n" + Self.options("two") + "\r\n\r\n")
        far.send(Self.options("three"))
        let calls = (0..<3).map { _ in SIPText(far.receive("SIP/2.0 200") ?? "").line("Call-ID") }
        #expect(calls == ["one", "two", "three"])
        office.stop()
        #expect(office.stack.counters.malformed == 0)
    }

    @Test func aMessageMayComeByteByByte() throws {
        let office = try Self.office()
        let far = try SIPStreamPeer(to: office.port)
        for byte in Self.options("dribble").utf8 {
            far.send([byte])
            usleep(500)
        }
        #expect(far.receive("SIP/2.0 200") != nil)
        office.stop()
    }
}
