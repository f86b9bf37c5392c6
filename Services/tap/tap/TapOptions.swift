import ArgumentParser
import TelephonyModel

/// Arguments of the tap that other services do not have.
struct TapOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Show this call only.", valueName: "id"), transform: Self.call)
    var call: CallID?

    @Flag(name: .customLong("json"), help: "Print each event as a line of JSON instead of ladders.")
    var isJSON = false

    @Sendable private static func call(_ text: String) throws -> CallID {
        guard let id = CallID(rawValue: text) else { throw ValidationError("A call's id matches [a-z0-9-]{1,40}.") }
        return id
    }
}
