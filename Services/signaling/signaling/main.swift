// rufbus-signaling: speaks SIP with the PBX or carrier, owns the calls.
import ArgumentParser
import ServiceKit

struct SignalingArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service(
        "signaling", "Speaks SIP with the PBX or carrier, owns the calls.")
    @OptionGroup var service: ServiceArguments
}

let arguments = SignalingArguments.parseOrExit()
await ServiceMain.run("signaling", arguments.service, settings: SignalingSettings.init(reading:)) { settings, context in
    try await SignalingService(settings, context).run()
}
