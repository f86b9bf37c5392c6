import ServiceKit

/// What rufbus-presence is told beyond what every service reads.
struct PresenceSettings: Sendable {
    /// postgresql://user:password@host:port/database
    let databaseURL: String
    /// The YAML file with office, trunks and users.
    let directoryPath: String

    init(_ reader: SettingsReader) {
        databaseURL = reader.url("database.url", schemes: ["postgresql", "postgres"])
        directoryPath = reader.file("directory")
    }
}
