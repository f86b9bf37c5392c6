import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once (and is cleaned up behind all the
/// same).
final class Ending: Sendable {
    private struct State { var asked = false, waiting: [CheckedContinuation<Void, Never>] = [] }
    private let state = Mutex(State())

    init() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler keeps the source, and both live as long as the process.
            source.setEventHandler { withExtendedLifetime(source) { self.ask() } }
            source.activate()
        }
    }

    var isAsked: Bool { state.withLock { $0.asked } }

    /// Returns when the end is asked for.
    func asked() async {
        await withCheckedContinuation { waiter in
            let already = state.withLock { state in
                if !state.asked { state.waiting.append(waiter) }
                return state.asked
            }
            if already { waiter.resume() }
        }
    }

    /// Runs `work` until it is done or the end is asked for; then it is cancelled, and its error does not matter.
    func orDone(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let watch = Task {
            await asked()
            task.cancel()
        }
        defer { watch.cancel() }
        do { try await task.value } catch { if !isAsked { throw error } }
    }

    private func ask() {
        let (again, waiting) = state.withLock { state in
            defer { (state.asked, state.waiting) = (true, []) }
            return (state.asked, state.waiting)
        }
        if again { exit(130) }
        for waiter in waiting { waiter.resume() }
    }
}
