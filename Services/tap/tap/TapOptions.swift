import Foundation
import TelephonyModel

/// Arguments of the tap that other services do not have; the rest is ServiceKit's.
struct TapOptions: Sendable {
    struct Mistake: Error { let sentence: String }

    static let help = """
        usage: rufbus-tap --config FILE [--call ID] [--json]

          --config FILE   settings: bus.url
          --call ID       show this call only
          --json          print each event as a line of JSON instead of ladders
          --check-config  check the settings and end

        Running calls are drawn as ladders: device, Rufbus and party from left to right, SIP messages as arrows,
        events of the call and its media across. Times are seconds since the call's start.
        """

    var call: CallID?
    var isJSON = false
    /// All that is not ours.
    var rest: [String] = []

    init(_ arguments: [String]) throws(Mistake) {
        var waiting = arguments[...]
        while let argument = waiting.popFirst() {
            switch argument {
            case "--json": isJSON = true
            case "--call": call = try Self.call(waiting.popFirst())
            default: rest.append(argument)
            }
        }
    }

    private static func call(_ text: String?) throws(Mistake) -> CallID {
        guard let text else { throw Mistake(sentence: "--call needs the id of a call.") }
        guard let id = CallID(rawValue: text) else {
            throw Mistake(sentence: "--call \(text): a call's id matches [a-z0-9-]{1,40}.")
        }
        return id
    }

    /// Prints help, or what is wrong (exit 64), and ends the process.
    static func ofThisProcess() -> TapOptions {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.contains("--help") || arguments.contains("-h") {
            print(help)
            exit(0)
        }
        do {
            return try TapOptions(arguments)
        } catch {
            FileHandle.standardError.write(Data("rufbus-tap: \(error.sentence)\n\n\(help)\n".utf8))
            exit(64)
        }
    }
}
