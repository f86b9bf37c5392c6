import Postgres
import ServiceKit

/// What rufbus-journal is told beyond what every service reads.
struct JournalSettings: Sendable {
    /// postgresql://user:password@host:port/database
    let databaseURL: String
    /// How long the missing events of a call that has ended are waited for.
    let gapSeconds: Int
    init(_ reader: SettingsReader) {
        databaseURL = reader.text("database.url", expected: Database.urlForm, problem: Database.problem)
        gapSeconds = reader.int("gap.seconds", in: 1...604_800, default: 600)
    }
}
