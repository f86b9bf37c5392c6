import Postgres
import ServiceKit

/// What rufbus-journal is told beyond what every service reads.
struct JournalSettings: Sendable {
    /// postgresql://user:password@host:port/database
    let databaseURL: String
    /// How many questions the database may answer at once; events and seats have a connection each besides.
    let databaseConnections: Int
    /// How long the missing events of a call that has ended are waited for.
    let gapSeconds: Int
    init(_ reader: SettingsReader) {
        databaseURL = reader.text("database.url", expected: Database.urlForm, problem: Database.problem)
        databaseConnections = reader.int("database.connections", in: Database.connectionRange, default: 2)
        gapSeconds = reader.int("gap.seconds", in: 1...604_800, default: 600)
    }
}
