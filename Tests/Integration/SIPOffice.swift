import Foundation
import Logging
import SIPStack
import Synchronization
import TelephonyModel

/// A stack on a thread of its own, and all that it told.
final class SIPOffice: Sendable {
    typealias Reaction = @Sendable (SIPEvent, SIPStack) -> Void
    let stack: SIPStack
    let port: UInt16
    let settings: SIPSettings
    private let told = Mutex<[SIPEvent]>([])
    /// In a struct: a bare closure is wrapped once more each time that it comes out of a Mutex.
    private struct Taker: Sendable { let take: @Sendable (SIPEvent) -> Void }
    private let end = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - settings: instead of the usual ones.
    ///   - react: what the owner of the stack does, on the loop.
    init(
        address: String = "127.0.0.1", optionsSeconds: Int = 0, settings wanted: SIPSettings? = nil,
        react: @escaping Reaction = { _, _ in }
    ) throws {
        let settings =
            try wanted
            ?? SIPSettings(address: address, port: try SIPPeer.freePort(), optionsSeconds: optionsSeconds)
        (self.settings, port) = (settings, settings.port)
        let box = Mutex<Taker?>(nil)
        var logger = Logger(label: "sip")
        logger.logLevel = .error
        stack = SIPStack(settings, logger: logger) { event in
            box.withLock { $0 }?.take(event)
        }
        box.withLock { box in
            box = Taker { [unowned self] event in
                told.withLock { $0.append(event) }
                react(event, self.stack)
            }
        }
        try begin()
    }

    private func begin() throws {
        let ready = DispatchSemaphore(value: 0)
        let failure = Mutex<SIPStackError?>(nil)
        let thread = Thread { [stack, end] in
            do throws(SIPStackError) {
                try stack.run { ready.signal() }
            } catch {
                failure.withLock { $0 = error }
                ready.signal()
            }
            end.signal()
        }
        thread.start()
        ready.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    var events: [SIPEvent] { told.withLock { $0 } }

    /// Forgets what was told: it takes memory, too.
    func clear() { told.withLock { $0 = [] } }

    /// What a ladder shows of one leg, as "> INVITE", "< 180 INVITE".
    func ladder(_ leg: LegID) -> [String] {
        events.compactMap { event in
            guard case .message(leg, let message) = event else { return nil }
            let way = message.way == .sent ? ">" : "<"
            return [way, message.status.map { String($0) }, message.method].compactMap { $0 }.joined(separator: " ")
        }
    }

    /// Waits until something is true; says whether it came true in time.
    func wait(seconds: Double = 10, until condition: () -> Bool) async throws -> Bool {
        let limit = Date(timeIntervalSinceNow: seconds)
        while !condition() {
            if Date() > limit { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    func wait(seconds: Double = 10, for wanted: (SIPEvent) -> Bool) async throws -> Bool {
        try await wait(seconds: seconds) { events.contains(where: wanted) }
    }

    func stop() {
        stack.stop()
        end.wait()
    }
}
