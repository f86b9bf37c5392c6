import ArgumentParser
import BusContract
import Foundation

private struct DeviceList: Decodable { let devices: [OwnDevice] }

struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "My devices; * is the active one.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let answer = try await APIClient(Session.load()).ask("GET", "/v1/me/devices")
        try common.show(answer, as: DeviceList.self) { $0.devices.map(Words.device) }
    }
}

struct UseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "My office number rings on this device from now on.")
    @Argument(help: "The device's id (rufbus devices).") var device: String
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let answer = try await APIClient(Session.load()).ask("PUT", "/v1/me/devices/active", ["device": device])
        try common.show(answer, as: DeviceList.self) { $0.devices.map(Words.device) }
    }
}

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "My calls so far, newest first.",
        subcommands: [JournalListCommand.self, VerifyCommand.self], defaultSubcommand: JournalListCommand.self)
}

struct JournalListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "My calls so far, newest first.")
    @Option(help: "How many, 1 to 200.") var limit = 20
    @Option(help: "Only this call.") var call: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var path = "/v1/journal?limit=\(limit)"
        if let call = call?.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-"])) {
            path += "&call=\(call)"
        }
        let answer = try await APIClient(Session.load()).ask("GET", path)
        try common.show(answer, as: JournalQuery.Answer.self) { $0.entries.map(Words.entry) }
    }
}

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "My calls and my colleagues' status, as they change. Ctrl-C ends it.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let request = try APIClient(Session.load()).request("GET", "/v1/events")
        for try await event in EventStream.events(request) {
            show(event)
            fflush(nil)  // Whoever reads a pipe sees it at once.
        }
    }

    private func show(_ event: EventStream.Event) {
        if common.json { return print("{\"event\":\"\(event.name)\",\"data\":\(event.data)}") }
        let answer = APIAnswer(data: Data(event.data.utf8))
        do {
            switch event.name {
            case "call": print(Words.call(try answer.value(CallState.self)))
            case "presence": print(Words.status(try answer.value(UserStatus.self)))
            default: break  // Of a newer gateway.
            }
        } catch { print("an event that this version cannot read: \(event.data)") }
    }
}
