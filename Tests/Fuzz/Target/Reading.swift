import CFuzzDoor
import CSofiaSIP
import SDP

@testable import SIPStack

/// What fuzzing found: something that must never come of a message.
public struct Finding: Error, CustomStringConvertible {
    public let description: String
}

/// Reads inputs as the stack does, without a stack: as a datagram, as a stream in pieces, as a session description; and
/// looks at whatever we ever look at. For one thread, which runs no stack.
public final class Reading {
    private let reader: OpaquePointer
    private var finding: Finding?
    /// Messages that had their start line and headers.
    public private(set) var messages = 0
    /// INVITEs whose addresses could be read, session descriptions that could be answered.
    public private(set) var arrivals = 0, answers = 0

    public init() throws {
        let opened = fuzz_reader_open(SIPSettings.largestHeader, SIPSettings.largestBody)
        guard let opened else { throw Finding(description: "no memory for a reader") }
        reader = opened
    }

    deinit { fuzz_reader_close(reader) }

    /// - Throws: what must not be.
    public func read(_ input: UnsafeBufferPointer<UInt8>) throws {
        if input.starts(with: "v=".utf8) { try readDescription(Array(input)) }
        let sum = input.reduce(UInt32(1)) { $0 &* 31 &+ UInt32($1) }
        for piece in sum % 4 == 0 ? [0, Self.piece(sum >> 2, of: input.count)] : [0] {
            _ = fuzz_read(reader, input.baseAddress, input.count, piece, Unmanaged.passUnretained(self).toOpaque()) {
                Unmanaged<Reading>.fromOpaque($0!).takeUnretainedValue().look($1!.pointee)
            }
        }
        if let finding { throw finding }
    }

    /// How many bytes of a stream come at once, by the input: from each for itself, if it is short, to all together.
    private static func piece(_ sum: UInt32, of size: Int) -> Int {
        size < 700 && sum % 8 == 0 ? 1 : max(size / 64, 1 + Int(sum >> 3) % 1_500)
    }

    private func look(_ event: sofia_event) {
        messages += 1
        let message = ReceivedMessage(event: event)
        check(message.phrase.unicodeScalars.count <= 64, "a phrase is longer than 64 characters")
        _ = (message.method, message.reasons, message.privacy, message.lines("Contact"))
        if let id = message.sessionID { check(id.utf8.count == 32, "a Session-ID of \(id.utf8.count) bytes") }
        if let arrival = message.arrival(1, from: ("127.0.0.1", 5060)) {
            arrivals += 1
            look(arrival)
        }
        do { if let sdp = message.sdp { try readDescription(Array(sdp.utf8)) } } catch { finding = error }
    }

    private func look(_ arrival: SIPArrival) {
        check(arrival.diversions.allSatisfy { (1...99).contains($0.count) }, "a count of diversions beyond 1 to 99")
        check(arrival.maxForwards >= 0, "Max-Forwards is \(arrival.maxForwards)")
        let users = [arrival.from, arrival.to, arrival.requestURI] + arrival.historyInfo + arrival.assertedIdentities
        var lines = HeaderLines()
        for address in users {
            lines.add("X-User", HeaderLines.phone(address.user ?? "", at: "127.0.0.1"))
            lines.add(ReasonHeader(address.display ?? "", cause: 1, text: address.uri))
        }
        let breaks = lines.text.utf8.count { $0 == 13 || $0 == 10 || $0 == 0 }
        check(breaks == 4 * users.count, "a line of ours was broken out of")
    }

    private func readDescription(_ bytes: [UInt8]) throws(Finding) {
        var session = AudioSession(address: "192.0.2.1", port: 20_000, id: 7)
        let before = session
        do throws(SDPError) {
            let answer = try session.answer(bytes)
            answers += 1
            let written = try SessionDescription(parsing: Array(answer.text.utf8))
            let offered = try SessionDescription(parsing: bytes)
            check(written.streams.map(\.kind) == offered.streams.map(\.kind), "an answer with other streams")
            check(written.streams.count { $0.port != 0 } == 1, "an answer without exactly one open stream")
        } catch {
            if session != before { throw Finding(description: "a session changed by what it refused: \(error)") }
        }
        _ = session.offer()
        do throws(SDPError) { _ = try session.accept(bytes) } catch { _ = error.description }
    }

    private func check(_ holds: Bool, _ else: @autoclosure () -> String) {
        if !holds { finding = Finding(description: `else`()) }
    }
}
