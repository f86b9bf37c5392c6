import Foundation
import LocalHouse
import Synchronization

/// One row while it runs: what a fault needs to know, and what it notes for the row's line.
final class RowRun: Sendable {
    let chaos: ChaosHouse
    let workload: Workload
    let publishers: [PublisherProcess]
    private struct Notes {
        var recoveries: [Double] = [], words: [String] = [], mistakes: [String] = [], publishersAreKilled = false
    }
    private let notes = Mutex(Notes())

    init(_ chaos: ChaosHouse, _ workload: Workload, _ publishers: [PublisherProcess]) {
        (self.chaos, self.workload, self.publishers) = (chaos, workload, publishers)
    }

    var broker: Broker { chaos.broker }
    var database: PostgresServer { chaos.database }
    var form: Form { chaos.form }

    var confirmed: Int { publishers.map(\.progress.confirmed).reduce(0, +) }
    var sent: Int { publishers.map(\.progress.sent).reduce(0, +) }

    /// Waits until so much of the workload is said. What comes after is in the middle of it.
    func reached(_ share: Double) async throws {
        try await until("\(share) of the events are said", .seconds(120)) {
            Double(self.sent) >= share * Double(self.workload.events)
        }
    }

    /// Waits until all publishers are in this state; one that has said all of its part, and ended, is in any.
    /// - Returns: seconds that it took.
    @discardableResult
    func publishersAre(_ state: String, within limit: Duration = .seconds(30)) async throws -> Double {
        let begin = ContinuousClock.now
        try await until("publishers are \(state)", limit) {
            self.publishers.allSatisfy { $0.progress.state == state || $0.child.exit == .status(0) }
        }
        return (ContinuousClock.now - begin) / .seconds(1)
    }

    func until(_ what: String, _ limit: Duration, _ done: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !done() {
            guard ContinuousClock.now < end else { throw HouseError("not within \(limit): \(what)") }
            for publisher in publishers {
                if let exit = publisher.child.exit, exit != .status(0), exit != .signal(SIGKILL) {
                    throw HouseError("a publisher ended (\(exit)): \(publisher.child.logTail())")
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Seconds from `moment` until events are stored again.
    @discardableResult
    func recovery(since moment: Date, within limit: Duration = .seconds(60)) async throws -> Double {
        try await until("events are stored again", limit) {
            try await self.chaos.firstStored(after: moment) != nil
        }
        let seconds = (try await chaos.firstStored(after: moment) ?? moment).timeIntervalSince(moment)
        recovered(in: seconds)
        return seconds
    }

    func recovered(in seconds: Double) { notes.withLock { $0.recoveries.append(seconds) } }

    /// kill -9.
    func killPublishers() async {
        notes.withLock { $0.publishersAreKilled = true }
        for publisher in publishers { await publisher.child.kill() }
    }
    var publishersAreKilled: Bool { notes.withLock { $0.publishersAreKilled } }

    func note(_ words: String) { notes.withLock { $0.words.append(words) } }
    /// What must not be.
    func mistake(_ words: String) { notes.withLock { $0.mistakes.append(words) } }
    func require(_ isSo: Bool, _ words: @autoclosure () -> String) { if !isSo { mistake(words()) } }

    var recoveries: [Double] { notes.withLock { $0.recoveries } }
    var words: [String] { notes.withLock { $0.words } }
    var mistakes: [String] { notes.withLock { $0.mistakes } }
}
