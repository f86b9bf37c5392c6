import CBenchPeers
import Foundation
import LocalHouse

/// The bare librabbitmq loop: one connection, blocking.
///
/// `@unchecked Sendable`: each method hands the connection to one thread and waits for its end, and nobody calls two at
/// a time.
final class BrokerPeer: @unchecked Sendable {
    private let broker: OpaquePointer

    init(_ broker: Broker) throws(HouseError) {
        guard let connection = Self.connection(broker) else {
            throw HouseError("the bare loop has no connection to the broker")
        }
        self.broker = connection
    }
    deinit { peer_broker_close(broker) }

    /// By the administrator, who may do all of it; nil: none.
    static func connection(_ broker: Broker) -> OpaquePointer? {
        guard let url = URLComponents(string: broker.url(for: "admin")), let user = url.user,
            let password = url.password
        else { return nil }
        return peer_broker_open("127.0.0.1", Int32(broker.port), String(url.path.dropFirst()), user, password)
    }

    /// Sends so many persistent messages and waits for their confirms.
    func publish(_ body: [UInt8], to exchange: String, key: String, count: Int, window: Int) async throws {
        let sent = await onThread {
            peer_publish(self.broker, exchange, key, body, body.count, Int32(count), Int32(window))
        }
        guard sent == Int32(count) else { throw HouseError("the bare loop: \(sent) of \(count) were confirmed") }
    }

    func consume(_ queue: String, count: Int, prefetch: Int) async throws {
        let read = await onThread { peer_consume(self.broker, queue, Int32(count), Int32(prefetch)) }
        guard read == Int32(count) else { throw HouseError("the bare loop: \(read) of \(count) came") }
    }

    /// Milliseconds from sending to confirm, one by one.
    func confirmTimes(_ body: [UInt8], to exchange: String, key: String, count: Int, rate: Int) async throws -> [Double]
    {
        try await times(count) { times in
            peer_confirm_times(self.broker, exchange, key, body, body.count, Int32(count), Int32(rate), times)
        }
    }

    /// Sends back so many messages of a queue that it makes.
    func echo(_ queue: String, count: Int) async { _ = await onThread { peer_echo(self.broker, queue, Int32(count)) } }

    /// Milliseconds from question to answer.
    func askTimes(_ body: [UInt8], queue: String, count: Int, rate: Int) async throws -> [Double] {
        try await times(count) { times in
            peer_ask_times(self.broker, queue, body, body.count, Int32(count), Int32(rate), times)
        }
    }

    private func times(
        _ count: Int, _ work: @escaping @Sendable (UnsafeMutablePointer<Int64>?) -> Int32
    ) async throws -> [Double] {
        let nanoseconds = await onThread {
            var times = [Int64](repeating: 0, count: count)
            let done = times.withUnsafeMutableBufferPointer { work($0.baseAddress) }
            return times.prefix(Int(max(0, done)))
        }
        guard nanoseconds.count == count else { throw HouseError("the bare loop: \(nanoseconds.count) of \(count)") }
        return nanoseconds.map { Double($0) / 1_000_000 }
    }
}

/// The bare libpq loop over the rows of the event log.
///
/// `@unchecked Sendable`: as `BrokerPeer`.
final class RowsPeer: @unchecked Sendable {
    private let rows: OpaquePointer

    /// Reads `limit` rows of the log into memory.
    init(_ url: String, limit: Int) throws(HouseError) {
        guard let rows = peer_rows_open(url, Int32(limit)) else { throw HouseError("the bare loop reads no events") }
        self.rows = rows
    }
    deinit { peer_rows_close(rows) }

    /// Writes them into a new table like the log, so many a transaction. Answers how many.
    func insert(batch: Int) async throws -> Int {
        let count = await onThread { peer_rows_insert(self.rows, Int32(batch)) }
        guard count > 0 else { throw HouseError("the bare loop writes no events") }
        return Int(count)
    }
}

/// Runs blocking work on a thread of its own.
func onThread<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: work()) }
    }
}

/// CPU time of this process so far, all threads, in microseconds.
func ownMicroseconds() -> Double {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return Double(used.tv_sec) * 1_000_000 + Double(used.tv_nsec) / 1_000
}
