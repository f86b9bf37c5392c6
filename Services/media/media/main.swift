// rufbus-media: ports, bridges, tones, prompts and key presses of calls, by word of the bus.
import ArgumentParser
import ServiceKit

struct MediaArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service(
        "media", "Ports, bridges, tones, prompts and key presses of calls, by word of the bus.")
    @OptionGroup var service: ServiceArguments
}

let arguments = MediaArguments.parseOrExit()
await ServiceMain.run("media", arguments.service, settings: MediaSettings.init, body: MediaService.run)
