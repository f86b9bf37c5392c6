import FuzzTarget
import SIPStack
import TelephonyModel
import Testing

/// The short form of `make fuzz`: seeded, without libFuzzer and its sanitizer. And what the long form found.
@Suite(.serialized) struct SIPFuzzTests {
    private static let seed: UInt64 = 20_261_124

    /// As datagrams, streams and session descriptions.
    @Test func damagedMessagesAreReadOrRefused() throws {
        let reading = try Reading()
        var damage = Damage(seed: Self.seed, try Seeds())
        for _ in 0..<10_000 { try damage.message().withUnsafeBufferPointer { try reading.read($0) } }
        // The damage is neither none nor total.
        #expect(reading.messages > 8_000 && reading.arrivals > 3_000 && reading.answers > 300)
    }

    @Test func aCallStandsWhileDamagedMessagesCome() throws {
        let calls = try LiveCalls()
        var damage = Damage(seed: Self.seed, try Seeds())
        for number in 1...4_000 {
            try damage.message().withUnsafeBufferPointer { try calls.send($0) }
            if number % 500 == 0 { try calls.check() }
        }
        try calls.end()
        #expect(calls.sent == 4_000 && calls.checks == 9, "\(calls.summary)")
    }

    // MARK: Found

    /// The library's text of a header was memory that nobody wrote when it just fitted, or had 128 bytes and more.
    @Test func aHeaderOfAnyLengthIsReadAsItIs() async throws {
        let office = try SIPOffice { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
        let far = try SIPPeer()
        let lengths = Array(80...132) + Array(470...520) + [2_000]
        for length in lengths {
            let extra = "Reason: SIP;cause=200;text=\"\(String(repeating: "x", count: length))\"\r\n"
            far.send(SIPRequest("INVITE", far, office, call: "long-\(length)", extra: extra).text, to: office.port)
            #expect(await far.finalAnswer(to: "long-\(length)") != nil)
        }
        office.stop()
        let read = office.events.compactMap { event -> Int? in
            if case .invited(let arrival) = event { arrival.reasons.first?.text?.count } else { nil }
        }
        #expect(read == lengths)
    }
}
