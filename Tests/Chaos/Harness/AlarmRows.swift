import Foundation
import LocalHouse

/// The broker has no memory or no disk left for a while and takes no messages.
extension ChaosRow {
    static let alarms: [ChaosRow] = [
        ChaosRow(name: "memory-alarm", isQuick: true) { run in
            try await alarm(
                run, on: { try await run.broker.setMemoryLimit(share: "0.00001") },
                off: { try await run.broker.setMemoryLimit(share: Broker.usualMemoryShare) })
        },
        ChaosRow(name: "disk-alarm", isQuick: false) { run in
            try await alarm(
                run, on: { try await run.broker.setDiskLimit(free: "1000000GB") },
                off: { try await run.broker.setDiskLimit(free: Broker.usualDiskLimit) })
        },
    ]

    /// Resident memory of a publisher whose events wait: its start, and some hundred bytes an event.
    private static let memoryLimit = 100.0

    private static func alarm(
        _ run: RowRun, on: @Sendable () async throws -> Void, off: @Sendable () async throws -> Void
    ) async throws {
        try await run.reached(0.2)
        try await on()
        try await run.publishersAre("blocked")
        let before = run.confirmed
        try await run.reached(0.8)
        run.note("waiting=\(run.sent - run.confirmed)")
        // What was under way when the alarm came may still be confirmed; then nothing more.
        run.require(run.confirmed - before <= 1_000, "\(run.confirmed - before) events were taken in an alarm")
        let memory = run.publishers.compactMap { ProcessFigures.residentBytes($0.child.pid) }.max() ?? 0
        let mebibytes = Double(memory) / 1_048_576
        run.note("memory=\(rounded(mebibytes))MiB")
        run.require(mebibytes <= memoryLimit, "a publisher holds \(rounded(mebibytes)) MiB")
        let back = Date()  // The command ends seconds after the alarm does.
        try await off()
        try await run.publishersAre("connected")
        try await run.recovery(since: back)
    }
}
