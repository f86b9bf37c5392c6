import Foundation
import SIPStack

/// The thread that the SIP stack and the driver live on.
struct LoopThread: Sendable {
    private let stack: SIPStack
    private let end = AsyncStream<Never>.makeStream()

    init(_ stack: SIPStack) { self.stack = stack }

    /// Returns when the port is open.
    /// - Throws: `SIPStackError` when it cannot be opened.
    func start() async throws {
        try await withCheckedThrowingContinuation { (started: CheckedContinuation<Void, any Error>) in
            let thread = Thread { [stack, end] in
                do throws(SIPStackError) { try stack.run { started.resume() } } catch {
                    started.resume(throwing: error)
                }
                end.continuation.finish()
            }
            thread.name = "sip"
            thread.start()
        }
    }

    /// Returns when the stack has stopped.
    func ended() async { for await _ in end.stream {} }
}
