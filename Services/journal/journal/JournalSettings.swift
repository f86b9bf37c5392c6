import Postgres
import ServiceKit

/// What rufbus-journal is told beyond what every service reads.
struct JournalSettings: Sendable {
    /// postgresql://user:password@host:port/database
    let databaseURL: String
    init(_ reader: SettingsReader) {
        databaseURL = reader.text("database.url", expected: Database.urlForm, problem: Database.problem)
    }
}
