import CBenchPeers
import Foundation
import LocalHouse
import Synchronization

/// How many durable messages one plain call makes: what the bus costs. All services run; somebody listens who sees each
/// message's delivery mode.
struct PlainCallBench {
    private static let exchanges = "rufbus.events rufbus.seats"

    static func run() async throws {
        let stage = try await BenchStage.start()
        do { try await count(stage) } catch {
            await stage.house.stop()
            throw error
        }
        await stage.house.stop()
    }

    private static func count(_ stage: BenchStage) async throws {
        let callBack = try await CallBack(stage: stage)
        let ear = try Ear(stage.house.broker)
        let load = Load(
            house: stage.house, answerPort: stage.trunkPort, calls: 1, rate: 1, atOnce: nil, talkMs: 1_000)
        let answering = try await load.answering(legs: 2)
        async let listening = ear.listen(to: exchanges)
        try await Task.sleep(for: .seconds(1))
        try await callBack.make(1, rate: 1)
        try await Load.finish(answering, within: .seconds(30))
        try await Task.sleep(for: .seconds(2))  // The journal tells of its entry.
        ear.stop()
        guard await listening else { throw HouseError("\(exchanges) cannot be listened to") }
        report(ear.durable)
    }

    private static func report(_ keys: [String]) {
        let seats = keys.filter { $0.hasPrefix("seat.") }.count
        Figure(name: "bus.durable.events", value: Double(keys.count - seats), unit: "messages/call").print()
        Figure(name: "bus.durable.seats", value: Double(seats), unit: "messages/call").print()
        let kinds = Dictionary(grouping: keys, by: kind).mapValues { Double($0.count) }
        for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) {
            Figure(name: "bus.durable.\(kind)", value: count, unit: "messages/call").print()
        }
    }

    /// "call.started" of "call.7.started.anna.0197-a".
    private static func kind(_ key: String) -> String {
        let words = key.split(separator: ".")
        return words.count > 2 ? "\(words[0]).\(words[2])" : key
    }
}

/// Hears all messages of some exchanges.
///
/// `@unchecked Sendable`: `flag` is written once, by `stop`, and read by the C loop as a volatile word; it lives as
/// long as this object, and the loop's caller holds that.
private final class Ear: @unchecked Sendable {
    private let broker: OpaquePointer
    private let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    private let keys = Mutex<[String]>([])

    init(_ broker: Broker) throws(HouseError) {
        guard let connection = BrokerPeer.connection(broker) else { throw HouseError("no connection to the broker") }
        self.broker = connection
        flag.initialize(to: 0)
    }
    deinit {
        peer_broker_close(broker)
        flag.deallocate()
    }

    /// Keys of the persistent messages that belong to a call.
    var durable: [String] { keys.withLock { $0 } }
    func stop() { flag.pointee = 1 }

    private func heard(_ key: String) {
        if !key.hasPrefix("service.") { keys.withLock { $0.append(key) } }
    }

    /// Until `stop`; false if it cannot.
    func listen(to exchanges: String) async -> Bool {
        await onThread { [self] in
            peer_listen(broker, exchanges, flag, Unmanaged.passUnretained(self).toOpaque()) {
                context, key, isPersistent in
                guard isPersistent != 0, let context, let key else { return }
                Unmanaged<Ear>.fromOpaque(context).takeUnretainedValue().heard(String(cString: key))
            } == 0
        }
    }
}
