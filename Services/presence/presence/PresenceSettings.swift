import Postgres
import PresenceCore
import ServiceKit

/// What rufbus-presence is told beyond what every service reads.
struct PresenceSettings: Sendable {
    /// postgresql://user:password@host:port/database
    let databaseURL: String
    /// How many connections to the database it may have.
    let databaseConnections: Int
    /// The YAML file with office, trunks and users.
    let directoryPath: String
    /// What stands in it. Its mistakes are mistakes of the settings; nil after one.
    let directory: DirectoryFile?

    init(_ reader: SettingsReader) {
        databaseURL = reader.text("database.url", expected: Database.urlForm, problem: Database.problem)
        databaseConnections = reader.int("database.connections", in: Database.connectionRange, default: 2)
        let path = reader.file("directory")
        directoryPath = path
        do throws(DirectoryMistakes) {
            directory = path.isEmpty ? nil : try DirectoryYAML.read(path: path)
        } catch {
            for mistake in error.all {
                reader.value(
                    "directory", expected: "a directory file without mistakes; \(mistake)", default: nil, broken: ()
                ) { _ in nil }
            }
            directory = nil
        }
    }
}
