import BusClient
import BusContract
import Logging
import SIPStack
import ServiceKit

/// Puts the parts together, starts them, and ends them in order.
struct SignalingService {
    private let context: ServiceContext
    private let stack: SIPStack
    private let driver: LoopBound<Driver>
    private static let tickMs = 500
    private static let endMs: Int64 = 5_000

    /// Where the stack's events go: the stack is there before the driver.
    private final class Inlet {
        var driver: Driver?
    }

    init(_ settings: SignalingSettings, _ context: ServiceContext) {
        let inlet = Inlet()
        let stack = SIPStack(settings.sip, logger: context.logger) { inlet.driver?.took($0) }
        // Calls can be taken as soon as their users are known.
        let directory = DirectoryCopy(
            bus: context.bus, stack: stack, order: settings.lookup, logger: context.logger, known: context.ready)
        let trunks = TrunkBoard(stack: stack, bus: context.bus, settings: settings.trunks, logger: context.logger)
        let driver = Driver(
            stack: stack, bus: context.bus, directory: directory, trunks: trunks, logger: context.logger)
        inlet.driver = driver
        (self.context, self.stack, self.driver) = (context, stack, LoopBound(driver, on: stack))
    }

    /// - Throws: why the service cannot start: `SIPStackError`, `BusError`.
    func run() async throws {
        register()
        let loop = LoopThread(stack)
        // First what may be set wrongly without anybody noticing: no trunk sees a port that cannot work.
        try await context.bus.open()
        driver.post { $0.begin() }
        try await loop.start()
        driver.post { Self.tick($0) }
        await context.stopped()
        await hangUp()
        stack.stop()
        await loop.ended()
    }

    private func register() {
        let (bus, driver) = (context.bus, driver)
        bus.serve(Originate.self) { wish, responder in driver.post { $0.originate(wish, responder) } }
        bus.serve(ClearConnection.self) { wish, responder in driver.post { $0.clear(wish, responder) } }
        bus.serve(DeclineCall.self) { wish, responder in driver.post { $0.decline(wish, responder) } }
        bus.serve(DeflectCall.self) { wish, responder in driver.post { $0.deflect(wish, responder) } }
        bus.serve(CallSnapshot.self) { _, responder in driver.post { responder.answer($0.snapshot) } }
        bus.serve(MediaNotice.self) { notice, responder in
            driver.post { $0.noticed(notice) }
            responder.answer(Done())
        }
        bus.listen(["user.x.changed.#"]) { _ in driver.post { $0.directory.changed() } }
        bus.onStateChange { state in
            if state == .connected { driver.post { $0.directory.changed() } }
        }
    }

    private static func tick(_ driver: Driver) {
        driver.tick()
        driver.stack.after(milliseconds: tickMs) { tick(driver) }
    }

    /// Refuses new work and hangs up what runs; waits for the far sides for 5 s at most.
    private func hangUp() async {
        context.logger.info("ending: hanging up the running calls")
        driver.post { $0.end() }
        let limit = SeatClock.boot() + Self.endMs
        while SeatClock.boot() < limit, await !isQuiet() {
            // A cancelled sleep only looks again sooner.
            do { try await Task.sleep(for: .milliseconds(50)) } catch { await Task.yield() }
        }
    }

    private func isQuiet() async -> Bool {
        await withCheckedContinuation { answer in driver.post { answer.resume(returning: $0.isQuiet) } }
    }
}
