import BusContract
import LocalHouse
import Synchronization
import TelephonyModel
import Testing

/// A phone and the SIP messages that it has seen.
struct Witness: Sendable {
    let name: String
    /// Under which it is registered; this one it may see.
    let number: String
    let child: Child
    let trace: @Sendable () -> String
    let stop: @Sendable () async -> Void
}

/// The phones of the running test.
final class Witnesses: Sendable {
    private let phones = Mutex<[Witness]>([])

    func add(_ phone: Witness) { phones.withLock { $0.append(phone) } }

    /// Ends those that a failed test has left: they would ring in the next.
    func endAll() async {
        let left = phones.withLock { phones in
            defer { phones = [] }
            return phones.filter { $0.child.exit == nil }
        }
        for phone in left { await phone.stop() }
    }

    /// All since the last call; those that have ended are told this one time.
    func take() -> [Witness] {
        phones.withLock { phones in
            defer { phones.removeAll { $0.child.exit != nil } }
            return phones
        }
    }
}

extension Office {
    /// No device's number is in anything that others than its user may read: events, journal, logs, SIP elsewhere.
    func expectHidden(_ call: CallID, _ place: SourceLocation) async throws {
        let events = ledger.all(call).map { ("event \($0.type)", String(decoding: $0.body, as: UTF8.self)) }
        let logs = house.services.map { ("log of \($0.service)", $0.child.logText) }
        for phone in witnesses.take() {
            let trace = phone.trace()
            #expect(trace.contains("SIP/2.0"), "no trace of \(phone.name)", sourceLocation: place)
            expect("SIP at \(phone.name)", trace, hides: Self.mobiles.filter { $0 != phone.number }, place)
        }
        for (name, text) in events + logs { expect(name, text, hides: Self.mobiles, place) }
        for number in Self.mobiles { try await expectJournalHides(number, place) }
    }

    private func expect(_ name: String, _ text: String, hides numbers: [String], _ place: SourceLocation) {
        for number in numbers {
            #expect(!text.contains(Self.digits(number)), "\(name) holds \(number)", sourceLocation: place)
        }
    }

    private func expectJournalHides(_ number: String, _ place: SourceLocation) async throws {
        let digits = Self.digits(number)
        let found = try await house.database.sql(
            """
            SELECT (SELECT count(*) FROM events WHERE position('\(digits)'::bytea IN body) > 0),
                (SELECT count(*) FROM entries WHERE position('\(digits)'::bytea IN fold) > 0),
                (SELECT count(*) > 0 FROM events WHERE position('\(CallWhat.started.type)'::bytea IN body) > 0)
            """, database: "journal")
        #expect(found == "0|0|t", "rows with \(number)", sourceLocation: place)
    }

    /// Without country code, which may be written in several ways.
    private static func digits(_ number: String) -> Substring { number.dropFirst(2) }
}
