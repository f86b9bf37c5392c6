import ArgumentParser
import BusContract
import Foundation

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Ring my phone, then the number, under my office number.")
    @Argument(help: "The number as you would write it, or an extension.") var number: [String]
    @Option(help: "The device to ring instead of the active one.") var device: String?
    @Option(help: "JSON that travels with the call into its events and its journal entry.") var context: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var body: [String: Any] = ["to": number.joined(separator: " ")]
        if let device { body["device"] = device }
        if let context { body["context"] = try parse(context) }
        let answer = try await APIClient(Session.load()).ask("POST", "/v1/calls", body)
        try common.show(answer, as: CallState.self) { [Words.call($0)] }
    }

    private func parse(_ json: String) throws(CommandFailure) -> Any {
        do {
            return try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        } catch { throw CommandFailure("--context must be JSON, for example '{\"ticket\": 7}'") }
    }
}

struct CallsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "calls", abstract: "My calls that run now.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let answer = try await APIClient(Session.load()).ask("GET", "/v1/calls")
        try common.show(answer, as: [String: [CallState]].self) { answer in
            let calls = answer["calls"] ?? []
            return calls.isEmpty ? ["no call"] : calls.map(Words.call)
        }
    }
}

struct HangupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hangup", abstract: "Hang up a call.")
    @OptionGroup var one: OneCall

    func run() async throws { try await one.tell("DELETE", done: "hung up") }
}

struct DeclineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline", abstract: "Decline an incoming call: no phone of mine rings any more.")
    @OptionGroup var one: OneCall

    func run() async throws { try await one.tell("POST", "/decline", done: "declined") }
}

struct DeflectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deflect", abstract: "Send an incoming call that is not answered yet to another phone.")
    @Argument(help: "The number as you would write it, or an extension.") var number: [String] = []
    @Option(help: "One of my devices, instead of a number.") var device: String?
    @Option(help: "The call's id; without it the one call that runs.") var call: String?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard number.isEmpty == (device != nil) else {
            throw ValidationError("say where the call goes: a number, or --device with one of yours")
        }
    }

    func run() async throws {
        let to = device.map { ["device": $0] } ?? ["to": number.joined(separator: " ")]
        try await common.tell(call, "POST", "/deflect", to, done: "deflected")
    }
}

/// What a command takes that is about one call.
struct OneCall: ParsableArguments {
    @Argument(help: "The call's id; without it the one call that runs.") var call: String?
    @OptionGroup var common: CommonOptions

    func tell(_ method: String, _ verb: String = "", done: String) async throws {
        try await common.tell(call, method, verb, done: done)
    }
}

extension CommonOptions {
    /// Asks for a verb of a call and says that it is done.
    /// - Parameters:
    ///   - call: its id; nil for the one call that runs.
    ///   - verb: what stands behind the call in the path.
    /// - Throws: `CommandFailure` with why not, also when none is named and not exactly one runs.
    fileprivate func tell(
        _ call: String?, _ method: String, _ verb: String, _ body: [String: Any]? = nil, done: String
    ) async throws {
        let client = APIClient(try Session.load())
        let call = try await client.wanted(call)
        _ = try await client.ask(method, "/v1/calls/\(call)\(verb)", body)
        print(json ? "{\"call\":\"\(call)\"}" : done)
    }
}

extension APIClient {
    fileprivate func wanted(_ call: String?) async throws -> String {
        if let call { return call }
        let calls = try await ask("GET", "/v1/calls").value([String: [CallState]].self)["calls"] ?? []
        guard let only = calls.first, calls.count == 1 else {
            throw CommandFailure("\(calls.count) calls run: say which one (rufbus calls)")
        }
        return only.call.rawValue
    }
}
