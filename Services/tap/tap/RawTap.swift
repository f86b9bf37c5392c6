import BusClient
import Foundation
import ServiceKit

/// `rufbus-tap --raw`: each message of an exchange as it came. It has a queue of its own with a limit and reads without
/// acknowledging, so that it never slows anybody; what it missed by that it says.
enum RawTap {
    static func run(_ options: TapOptions, _ context: ServiceContext) async throws {
        let inbox = RawInbox(options)
        context.bus.overhear(options.rawKeys, exchange: options.rawExchange) { inbox.take($0) }
        context.bus.onStateChange { if $0 == .connected { inbox.connected() } }
        try await context.bus.open()
        let printer = Task { await write(inbox) }
        context.ready()
        await context.stopped()
        inbox.finish()
        await printer.value
    }

    private static func write(_ inbox: RawInbox) async {
        do {
            for await line in inbox.lines {
                try say(inbox.dropped())
                try FileHandle.standardOutput.write(contentsOf: line.bytes())
            }
            try say(inbox.dropped())
        } catch {
            exit(EXIT_SUCCESS)  // Nobody reads any more (`rufbus-tap --raw | head`).
        }
    }

    /// Those that were dropped stood before the line that is printed next.
    private static func say(_ dropped: Int) throws {
        guard dropped > 0 else { return }
        let gap = RawLine.gap(messages: dropped, why: "Whoever reads this output is slower than the bus.")
        try FileHandle.standardOutput.write(contentsOf: gap.bytes())
    }
}
