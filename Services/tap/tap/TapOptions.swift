import ArgumentParser
import BusContract
import TelephonyModel

/// Arguments of the tap that other services do not have.
struct TapOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Show this call only.", valueName: "id"), transform: Self.call)
    var call: CallID?

    @Flag(name: .customLong("json"), help: "Print each event as a line of JSON instead of ladders.")
    var isJSON = false

    @Flag(
        name: .customLong("raw"),
        help: "Print each message as it came, with exchange and key, as a line of JSON; and what was missed.")
    var isRaw = false

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "With --raw: only keys that match, as 'call.#' or '*.3.#'; may be given again.", valueName: "pattern"),
        transform: Self.pattern)
    var keys: [String] = []

    @Flag(name: .customLong("dead"), help: "With --raw: what could not be handled, in place of the events.")
    var isDead = false

    mutating func validate() throws {
        if isRaw, isJSON { throw ValidationError("Say --raw or --json, not both.") }
        if !isRaw, !keys.isEmpty || isDead { throw ValidationError("--key and --dead need --raw.") }
    }

    @Sendable private static func call(_ text: String) throws -> CallID {
        guard let id = CallID(rawValue: text) else { throw ValidationError("A call's id matches [a-z0-9-]{1,40}.") }
        return id
    }

    /// AMQP takes up to 255 bytes.
    @Sendable private static func pattern(_ text: String) throws -> String {
        guard (1...255).contains(text.utf8.count) else { throw ValidationError("A key has 1 to 255 bytes.") }
        return text
    }
}

extension TapOptions {
    var rawKeys: [String] { keys.isEmpty ? ["#"] : keys }
    var rawExchange: String { isDead ? Topology.dead : Topology.events }
    /// Whether all events come that count a call's sequence.
    var hearsWholeCalls: Bool {
        !isDead && (rawKeys.contains("#") || Set(rawKeys).isSuperset(of: ["call.#", "leg.#"]))
    }
}
