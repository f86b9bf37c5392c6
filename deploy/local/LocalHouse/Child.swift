import Foundation
import Synchronization

/// A process that we started: waited for (never a zombie), ended with us whatever happens, its output in a log file.
public final class Child: Sendable {
    /// How a process ended.
    public enum Exit: Sendable, Hashable {
        case status(Int32)
        case signal(Int32)
    }

    public let name: String
    public let pid: Int32
    /// File with standard output and error.
    public let log: String

    /// Where this process' part of the log begins: a restart goes on in the same file.
    private let logStart: Int

    private struct Fate { var exit: Exit?, waiting: [Int: CheckedContinuation<Exit?, Never>] = [:], next = 0 }
    private let fate = Mutex(Fate())

    /// Starts `executable` (absolute path).
    /// - Parameters:
    ///   - environment: nil for that of this process.
    ///   - folder: where it runs, and where `NAME.log` is written.
    ///   - output: file for its standard output alone; nil: the log.
    ///   - endSignal: what the janitor sends first, should this process die before it has stopped the child.
    public init(
        _ name: String, _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        folder: String, output: String? = nil, endSignal: Int32 = SIGKILL
    ) throws(HouseError) {
        self.name = name
        log = folder + "/\(name).log"
        logStart = FileManager.default.contents(atPath: log)?.count ?? 0
        let gate = try PipeEnds()
        defer { gate.close() }
        let spawn = Spawn(
            executable: executable, arguments: arguments, environment: environment, folder: folder, input: gate.out,
            isGated: true, log: log, output: output)
        pid = try spawn.run()
        Thread.detachNewThread { [self] in reap() }
        // It begins when the janitor knows it: there is no moment at which our end would leave it behind.
        try Janitor.shared.watch(group: pid, signal: endSignal)
        write(gate.in, "\n", 1)
    }

    /// How it ended; nil while it runs.
    public var exit: Exit? { fate.withLock { $0.exit } }

    /// Waits for its end, at most `limit`; nil: it still runs.
    public func wait(limit: Duration = .seconds(3_600)) async -> Exit? {
        let number = fate.withLock { fate in
            fate.next += 1
            return fate.next
        }
        let alarm = Task {
            try await Task.sleep(for: limit)
            wake(number)
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { waiter in
            let already = fate.withLock { fate in
                if fate.exit == nil { fate.waiting[number] = waiter }
                return fate.exit
            }
            if let already { waiter.resume(returning: already) }
        }
    }

    public func send(_ signal: Int32) {
        fate.withLock { if $0.exit == nil { _ = Foundation.kill(pid, signal) } }
    }

    /// Freezes it, as a paused virtual machine would be.
    public func freeze() { send(SIGSTOP) }
    public func thaw() { send(SIGCONT) }

    /// kill -9; answers when it is reaped, and what it had started is gone too: a database's workers hold its memory.
    public func kill() async {
        send(SIGKILL)
        _ = await wait()
        for _ in 0..<100 where Foundation.kill(-pid, 0) == 0 { await pause(.milliseconds(20)) }
    }

    /// SIGTERM, and SIGKILL after `limit`. Answers how it ended.
    @discardableResult
    public func stop(limit: Duration = .seconds(10), signal: Int32 = SIGTERM) async -> Exit? {
        send(signal)
        if let exit = await wait(limit: limit) { return exit }
        await kill()
        return exit
    }

    /// The last lines of its log.
    public func logTail(_ lines: Int = 20) -> String {
        let text = logText
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// What it has written so far.
    public var logText: String {
        guard let bytes = FileManager.default.contents(atPath: log) else { return "" }
        return String(decoding: bytes.dropFirst(logStart), as: UTF8.self)
    }

    /// Asks `ready` every 50 ms until it says yes.
    /// - Throws: with the end of the log, if the process ends or `limit` passes before.
    public func waitUntil(
        _ what: String, limit: Duration, _ ready: @Sendable () async -> Bool
    ) async throws(HouseError) {
        let end = ContinuousClock.now + limit
        while true {
            if await ready() { return }
            if let exit { throw HouseError("\(name) ended (\(exit)) before \(what). Its log ends with:\n\(logTail())") }
            if Task.isCancelled { throw HouseError("\(name): no longer waited for, before \(what)") }
            if ContinuousClock.now > end {
                throw HouseError("\(name): not \(what) within \(limit). Its log ends with:\n\(logTail())")
            }
            await pause(.milliseconds(50))
        }
    }

    private func wake(_ number: Int) {
        fate.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: nil)
    }

    private func reap() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let exit = status & 0x7F == 0 ? Exit.status((status >> 8) & 0xFF) : Exit.signal(status & 0x7F)
        // What it may have started itself ends with it.
        _ = Foundation.kill(-pid, SIGKILL)
        let waiting = fate.withLock { fate in
            fate.exit = exit
            defer { fate.waiting = [:] }
            return fate.waiting.values.map { $0 }
        }
        // A janitor that has gone has nothing to forget.
        do { try Janitor.shared.forget(group: pid) } catch {}
        for waiter in waiting { waiter.resume(returning: exit) }
    }
}

/// Sleeps; wakes early when the task is cancelled.
func pause(_ duration: Duration) async {
    do { try await Task.sleep(for: duration) } catch {}
}
