// rufbus-tap: what happens on the bus, for people. It reads only, and can never slow a call down.
import ArgumentParser
import ServiceKit

struct TapArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service(
        "tap", "Draws running calls as ladders.",
        "Device, Rufbus and party from left to right, SIP messages as arrows, events of the call and its media across. "
            + "Times are seconds since the call's start.")
    @OptionGroup var service: ServiceArguments
    @OptionGroup var options: TapOptions
}

let arguments = TapArguments.parseOrExit()
let options = arguments.options
await ServiceMain.run(
    "tap", arguments.service, passive: true, settings: { _ in options }, body: options.isRaw ? RawTap.run : Tap.run)
