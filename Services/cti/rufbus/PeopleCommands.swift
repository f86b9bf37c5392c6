import ArgumentParser
import BusContract
import Foundation
import TelephonyModel

private struct DeviceList: Decodable {
    let devices: [OwnDevice]
    let ringPlans: [RingPlan]?
    let activePlan: PlanID?

    /// While a ring plan is active, no device is so alone.
    var words: [String] {
        devices.map { Words.device($0, isActive: $0.active && activePlan == nil) }
            + (ringPlans ?? []).map { Words.plan($0, isActive: $0.id == activePlan) }
    }

    func isPlan(_ id: String) -> Bool { ringPlans?.contains { $0.id.rawValue == id } == true }
}

struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "My devices and ring plans; * is the active one.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let answer = try await APIClient(Session.load()).ask("GET", "/v1/me/devices")
        try common.show(answer, as: DeviceList.self, \.words)
    }
}

struct UseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "My office number rings on this device, or by this ring plan, from now on.")
    @Argument(help: "The id of a device or a ring plan (rufbus devices).") var id: String
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let client = try APIClient(Session.load())
        let isPlan = try await client.ask("GET", "/v1/me/devices").value(DeviceList.self).isPlan(id)
        let answer = try await client.ask("PUT", "/v1/me/devices/active", [isPlan ? "plan" : "device": id])
        try common.show(answer, as: DeviceList.self, \.words)
    }
}

struct IncomingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incoming", abstract: "What a call to me would do now, or at another time.")
    @Option(help: "When, as in 2026-03-01T12:00:00Z.") var at: String?
    @Option(help: "Who calls: a number, or anonymous.") var from: String?
    @Flag(help: "The call comes through a group.") var group = false
    @OptionGroup var common: CommonOptions

    private struct Outlook: Decodable { let sentence: String }

    func run() async throws {
        let query = [("at", at), ("from", from), ("group", group ? "true" : nil)].compactMap { name, value in
            value?.addingPercentEncoding(withAllowedCharacters: .alphanumerics).map { "\(name)=\($0)" }
        }
        let answer = try await APIClient(Session.load()).ask(
            "GET", "/v1/me/incoming?" + query.joined(separator: "&"))
        try common.show(answer, as: Outlook.self) { [$0.sentence] }
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
