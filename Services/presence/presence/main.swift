// rufbus-presence: people, devices, trunks, log-ins, line reservations, phone status.
import ArgumentParser
import ServiceKit

struct PresenceArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service(
        "presence", "People, devices, trunks, log-ins, line reservations, phone status.",
        "SIGHUP reads the directory file again.")
    @OptionGroup var service: ServiceArguments
    @Flag(help: "Read a password from standard input and print its hash for the directory file.")
    var hashPassword = false
}

let arguments = PresenceArguments.parseOrExit()
if arguments.hashPassword { HashPasswordCommand.run() }
await ServiceMain.run("presence", arguments.service, settings: { PresenceSettings($0) }) { settings, context in
    try await PresenceService(settings, context).run()
}
