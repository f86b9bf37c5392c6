// rufbus-presence: people, devices, trunks, log-ins, line reservations, phone status.
import ServiceKit

if CommandLine.arguments.dropFirst() == ["--hash-password"] { HashPasswordCommand.run() }

await ServiceMain.run("presence", settings: { PresenceSettings($0) }) { settings, context in
    try await PresenceService(settings, context).run()
}
