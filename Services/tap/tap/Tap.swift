import BusClient
import BusContract
import Foundation
import Ladder
import Logging
import ServiceKit

/// The life of the tap: events go through one inbox to one printer.
enum Tap {
    enum Input: Sendable { case event(Received), tick }

    static let keys = ["call.#", "leg.#", "media.#", "journal.#"]

    static func run(_ options: TapOptions, _ context: ServiceContext) async throws {
        // When nobody reads what we print, the oldest events go, as on the bus.
        let (inputs, inbox) = AsyncStream.makeStream(of: Input.self, bufferingPolicy: .bufferingNewest(10_000))
        context.bus.listen(keys) { inbox.yield(.event($0)) }
        context.bus.listen(["#"], exchange: Topology.dead) { inbox.yield(.event($0)) }
        try await context.bus.open()
        let printer = Task { await write(inputs, Printer(options, context.logger)) }
        let ticker = Task {
            while true {
                try await Task.sleep(for: .milliseconds(500))
                inbox.yield(.tick)
            }
        }
        context.ready()
        await context.stopped()
        ticker.cancel()
        inbox.finish()
        await printer.value
    }

    private static func write(_ inputs: AsyncStream<Input>, _ printer: consuming Printer) async {
        do {
            for await input in inputs { try printer.take(input) }
            try printer.finish()
        } catch {
            // Nobody reads any more (`rufbus-tap | head`), and there is nothing to bring to an end.
            exit(EXIT_SUCCESS)
        }
    }
}
