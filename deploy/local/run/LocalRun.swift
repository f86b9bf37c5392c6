import ArgumentParser
import Foundation
import LocalHouse

/// `make run`: everything on this machine, a demo call, and then it stays up until Ctrl-C.
@main
struct LocalRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rufbus-local", abstract: "Servers, services, a demo PBX and phones; one demo call; stays up.")

    @Option(help: "IPv4 address of this machine where SIP, audio and HTTP listen.")
    var bind = "127.0.0.1"
    @Flag(help: "End after the demo call.")
    var once = false
    @Flag(help: "Run beside another run of this clone; make stop does not see it.")
    var aside = false

    func run() async throws {
        let mark = aside ? nil : try RunMark()
        defer { mark?.remove() }
        let ending = Ending()
        let stage = Stage(address: bind)
        do {
            try await ending.orDone { try await stage.start() }
            if !ending.isAsked { try await ending.orDone { try await DemoCall(stage).show() } }
            if !ending.isAsked && !once {
                say(Welcome(stage).text)
                await ending.asked()
            }
        } catch {
            await stage.stop()
            throw error
        }
        say("\nends …")
        await stage.stop()
    }
}
