import CMediaIO
import Synchronization

/// What the engine's threads share: the legs behind a lock, which the worker never takes, and the worker itself.
final class EngineCore: Sendable {
    let desk: Mutex<LegDesk>
    private let host: WorkerHost
    private let isFinished = Atomic<Bool>(false)

    init(_ desk: sending LegDesk, host: WorkerHost) {
        self.desk = Mutex(desk)
        self.host = host
    }

    /// The notice thread's whole life.
    func deliver(_ notice: (EngineNotice) -> Void) {
        while !isFinished.load(ordering: .acquiring) {
            _ = media_await(host.worker.noticeBell, 60_000)
            while let raw = host.worker.ring.pointee.take() {
                if let meant = desk.withLock({ $0.meaning(raw) }) { notice(meant) }
            }
        }
    }

    /// Ends the worker, and lets `deliver` return. Only the first call does anything.
    /// - Returns: whether it was the first.
    func finish() -> Bool {
        desk.withLock { $0.stop() }
        guard !isFinished.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        media_ring(host.worker.noticeBell)
        return true
    }

    /// Nobody reads notices any more.
    deinit { host.finishNotices() }
}
