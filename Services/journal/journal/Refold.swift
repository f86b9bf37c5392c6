import Foundation
import JournalCore
import Postgres
import TelephonyModel

/// Folds that this version cannot read, as another version may have written them: they are counted again from their
/// events, so that no call holds up the others.
extension Connection {
    /// Of columns `call`, `final`, `version` and `fold`. Those of which there is no event either are left out.
    func known(_ rows: [Row]) throws(PostgresError) -> [KnownFold] {
        var all: [KnownFold] = []
        for row in rows {
            do throws(PostgresError) { all.append(try KnownFold(row)) } catch {
                guard error.kind == .shape else { throw error }
                if let known = try recount(row) { all.append(known) }
            }
        }
        return all
    }

    private func recount(_ row: Row) throws(PostgresError) -> KnownFold? {
        let rows = try query("SELECT body FROM events WHERE call = $1", [.text(try row.text("call"))])
        let decoder = JSONDecoder()
        var events: [LoggedEvent] = []
        for row in rows {
            let body = Data(try row.bytes("body"))
            // What cannot be read tells nothing.
            do { events.append(try decoder.decode(LoggedEvent.self, from: body)) } catch { continue }
        }
        events.removeAll { !$0.concernsCall }
        guard var fold = events.first?.position.map({ CallFold($0) }) else { return nil }
        for event in events { fold.add(event) }
        if try row.bool("final"), !fold.isFinal { fold.close() }
        return KnownFold(fold: fold, version: try row.int("version"), isRecounted: true)
    }
}
