import BusContract
import CRabbitMQ
import Foundation
import TelephonyModel
import Testing

@testable import BusClient

extension BusTests {
    /// What each service's broker user may not do: all of it is tried, and the broker's refusal names the place.
    @Suite struct Forbidden {
        /// One thing that is refused, and what the error must name.
        struct Deed: Sendable {
            let says: String
            let names: String
            let work: @Sendable (Link) throws -> Void
            init(_ says: String, names: String, _ work: @escaping @Sendable (Link) throws -> Void) {
                (self.says, self.names, self.work) = (says, names, work)
            }
        }

        @Test(arguments: Service.allCases) func isRefusedWithItsName(_ service: Service) throws {
            let deeds =
                Self.foreignMessages(service) + Self.foreignQueues(service) + Self.foreignPlaces(service)
                + Self.foreignBindings(service)
            #expect(deeds.count > 40)
            for deed in deeds {
                let link = try BusStage.link(service.rawValue)
                let error: BusError?
                do {
                    try deed.work(link)
                    error = nil
                } catch let refused as BusError { error = refused }
                link.close()
                #expect(error?.kind == .forbidden, "\(service.rawValue) may \(deed.says): \(error?.message ?? "done")")
                for words in ["\"\(service.rawValue)\"", deed.names, "definitions.json"] {
                    #expect(error?.message.contains(words) == true, "\(deed.says): \(error?.message ?? "done")")
                }
            }
        }

        /// What is asked of each service's own connection must work, or the table above proves nothing.
        @Test(arguments: Service.allCases) func itsOwnWorkIsNot(_ service: Service) async throws {
            let bus = BusStage.bus(service.rawValue, "own", passive: service.isPassive)
            bus.listen(["#"]) { _ in }
            try await bus.open()
            #expect(bus.state == .connected)
            await bus.close()
        }

        // MARK: Messages

        private static func publish(_ exchange: String, _ key: String, names: String? = nil) -> Deed {
            Deed("publish \"\(key)\" to \"\(exchange)\"", names: names ?? key) {
                try $0.sendRaw("{}", to: exchange, key: key)
            }
        }

        /// Events, claims, requests, replies and dead letters of others.
        private static func foreignMessages(_ service: Service) -> [Deed] {
            let others = Service.allCases.filter { $0 != service }
            let partitioned = Set(Service.allCases.flatMap(\.partitionedEvents)).subtracting(service.partitionedEvents)
            let loose = Set(Service.allCases.flatMap(\.looseEvents)).subtracting(service.looseEvents)
            var keys: [(String, String)] = []
            keys += partitioned.map { (Topology.events, "\($0).3.started.anna.c1") }
            keys += loose.map { (Topology.events, "\($0).x.status.anna") }
            keys += others.map { (Topology.events, "service.x.alive.\($0.rawValue).a1") }
            if !service.ownsSeats { keys += SeatWhat.allCases.map { (Topology.seats, "seat.3.\($0.rawValue).anna") } }
            for other in Service.allCases where !service.asks.contains(other) {
                keys += [(Topology.requests, "instance.\(other.rawValue).a1")]
                keys += other.sharedVerbs.map { (Topology.requests, "shared.\(other.rawValue).\($0)") }
            }
            for other in Service.allCases where !service.answers(other) {
                keys += [(Topology.replies, "replies.\(other.rawValue).a1")]
            }
            keys += others.map { (Topology.dead, "dead.\($0.rawValue).a1") }
            // A passive service may write to no exchange at all: it is the exchange that is refused.
            return keys.map { publish($0.0, $0.1, names: service.isPassive ? $0.0 : $0.1) }
        }

        // MARK: Queues and exchanges

        /// Reading, making and taking away what others read.
        private static func foreignQueues(_ service: Service) -> [Deed] {
            let others = Service.allCases.filter { $0 != service }
            let names =
                others.flatMap {
                    ["instance.\($0.rawValue).a1", "replies.\($0.rawValue).a1", "events.\($0.rawValue).a1.0"]
                }
                + Topology.queues.filter { $0.owner != service }.map(\.name)
            return names.flatMap { name in
                [
                    Deed("read \(name)", names: name) { try $0.consume(name, prefetch: nil) },
                    Deed("make \(name)", names: name) { try $0.declareQueue(name, durable: false, arguments: [:]) },
                    Deed("delete \(name)", names: name) { try $0.delete(queue: name) },
                ]
            }
        }

        /// The default exchange opens every queue by its name, and RabbitMQ's own exchanges know no topics.
        private static func foreignPlaces(_ service: Service) -> [Deed] {
            let queues = ["journal.events.3", "journal.dead", "replies.cti.a1"]
            let builtIn = ["amq.topic", "amq.direct", "amq.fanout", "amq.headers"]
            return queues.map { publish("", $0, names: "exchange 'amq.default'") }
                + builtIn.map { publish($0, "call.3.started.anna.c1", names: "'\($0)'") }
                + [
                    Deed("make an exchange", names: "rufbus.own") {
                        try $0.declareExchange("rufbus.own", passive: false)
                    },
                    Deed("make a queue with a name of the broker's", names: "amq.gen") {
                        try $0.declareQueue("", durable: false, arguments: [:])
                    },
                ]
        }

        // MARK: Bindings

        /// Its own queue, bound to what is not for it.
        private static func foreignBindings(_ service: Service) -> [Deed] {
            let own = "events.\(service.rawValue).a9.0"
            func bind(_ exchange: String, _ key: String, names: String) -> Deed {
                Deed("hear \"\(key)\" of \(exchange)", names: names) { link in
                    try link.declareQueue(own, durable: false, arguments: [:])
                    try link.bind(own, to: exchange, key: key)
                }
            }
            let keys = ["#", "shared.signaling.originate", "shared.media.open", "instance.signaling.a1"]
            let requests = keys.filter { !$0.contains(".\(service.rawValue).") }.map { (Topology.requests, $0) }
            let replies = ["#", "replies.cti.a1"].filter { !$0.contains(".\(service.rawValue).") }
                .map { (Topology.replies, $0) }
            let seats = service.keepsSeats ? [] : [(Topology.seats, "#")]
            let dead = service == .journal || service.isPassive ? [] : [(Topology.dead, "#")]
            return (requests + replies + seats + dead).map { bind($0.0, $0.1, names: "'\($0.0)'") }
                + [bind("amq.topic", "#", names: "'amq.topic'")]
        }
    }
}

extension Service {
    /// Whether it may send replies to this service.
    fileprivate func answers(_ other: Service) -> Bool {
        askedBy.contains(other) || keepsSeats && other.ownsSeats
    }
}

extension Link {
    fileprivate func delete(queue: String) throws(BusError) {
        queue.withCString { _ = amqp_queue_delete(state, 1, amqp_cstring_bytes($0), 0, 0) }
        try check("deleting queue \"\(queue)\"")
    }
}
