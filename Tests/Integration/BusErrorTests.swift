import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

@testable import BusClient

extension BusTests {
    /// What keeps a service from the bus is said in a sentence that names the setting to mend.
    @Suite struct Errors {
        private func failure(_ url: String, service: String = "cti") async -> BusError? {
            let bus = BusStage.bus(service, "e1", url: url)
            do throws(BusError) {
                try await bus.open()
                await bus.close()
                return nil
            } catch { return error }
        }

        @Test func wrongPassword() async {
            let error = await failure("amqp://cti:wrong@127.0.0.1:\(BusStage.broker.port)/rufbus")
            #expect(error?.kind == .login)
            #expect(error?.message.contains("bus.url") == true && error?.message.contains("\"cti\"") == true)
            #expect(error?.message.contains("wrong") == false, "a password is never shown")
        }

        @Test func virtualHostThatIsNotThere() async {
            let error = await failure(
                BusStage.broker.url(for: "cti").replacingOccurrences(of: "/rufbus", with: "/other"))
            #expect(error?.kind == .missingVirtualHost && error?.message.contains("\"other\"") == true)
        }

        @Test func portWhereNobodyListens() async throws {
            let port = try FreePort.next()
            let error = await failure("amqp://cti:x@127.0.0.1:\(port)/rufbus")
            #expect(error?.kind == .unreachable && error?.message.contains("127.0.0.1:\(port)") == true)
        }

        /// What answers, and its greeting; the last one is the header of AMQP 1.0 (part 2, §2.2).
        @Test(arguments: [
            ("mail", Array("220 mail.example ESMTP\r\n".utf8)), ("web", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)),
            ("AMQP 1.0", Array("AMQP".utf8) + [3, 1, 0, 0]),
        ])
        func portWhereSomethingElseSpeaks(_ name: String, _ greeting: [UInt8]) async throws {
            let stranger = try Stranger(greeting)
            let error = await failure("amqp://cti:x@127.0.0.1:\(stranger.port)/rufbus")
            #expect(error?.kind == .protocolMismatch, "\(error?.message ?? "it opened")")
            for words in ["bus.url", "127.0.0.1:\(stranger.port)", "port", "AMQP 1.0"] {
                #expect(error?.message.contains(words) == true)
            }
        }

        @Test func portThatTakesAndSaysNothing() async throws {
            let stranger = try Stranger([])
            let start = ContinuousClock.now
            let error = await failure("amqp://cti:x@127.0.0.1:\(stranger.port)/rufbus")
            #expect(error?.kind == .protocolMismatch && ContinuousClock.now - start < .seconds(10))
        }

        @Test func hostThatIsUnknown() async {
            let error = await failure("amqp://cti:x@broker.invalid/rufbus")
            #expect(error?.kind == .unreachable && error?.message.contains("\"broker.invalid\"") == true)
        }

        @Test func urlThatIsNone() async {
            #expect(await failure("http://x")?.kind == .badURL)
        }

        @Test func userThatIsUnknown() async {
            let error = await failure("amqp://nobody:S3CRET@127.0.0.1:\(BusStage.broker.port)/rufbus")
            #expect(error?.kind == .login && error?.message.contains("\"nobody\"") == true)
            #expect(error?.message.contains("S3CRET") == false)
        }

        @Test func virtualHostOfOthers() async throws {
            try await BusStage.broker.control(["add_vhost", "others"])
            let error = await failure(
                BusStage.broker.url(for: "cti").replacingOccurrences(of: "/rufbus", with: "/others"))
            #expect(error?.kind == .forbidden && error?.message.contains("\"others\"") == true)
            #expect(error?.message.contains("bus.url") == true)
        }

        @Test func userOfAnotherService() async {
            let error = await failure(BusStage.broker.url(for: "tap"))
            #expect(error?.kind == .forbidden && error?.message.contains("\"tap\"") == true)
            #expect(error?.message.contains("bus.url") == true)
        }

        @Test func sameInstanceTwice() async throws {
            let first = BusStage.bus("cti", "e2")
            try await first.open()
            let start = ContinuousClock.now
            let error = await again()
            #expect(error?.kind == .locked && error?.message.contains("cti.e2") == true)
            #expect(ContinuousClock.now - start > .seconds(8), "an earlier process of this name may still hold it")
            await first.close()
            #expect(await again() == nil)
        }
        private func again() async -> BusError? {
            let bus = BusStage.bus("cti", "e2")
            do throws(BusError) {
                try await bus.open()
                await bus.close()
                return nil
            } catch { return error }
        }

        @Test func queueWithOtherArguments() async throws {
            let other = try BrokenTopology.broker { definitions in
                for index in definitions.queues.indices where definitions.queues[index].name == "journal.dead" {
                    definitions.queues[index].arguments = ["x-max-length": .number(5)]
                }
            }
            try await other.start()
            let error = await failure(other.url(for: "journal"), service: "journal")
            #expect(error?.kind == .mismatch && error?.message.contains("journal.dead") == true)
            #expect(error?.message.contains("definitions.json") == true)
            await other.kill()
        }

        @Test func queueThatIsNotFed() async throws {
            let other = try BrokenTopology.broker { definitions in
                definitions.bindings.removeAll { $0.destination == "shared.presence.query" }
            }
            try await other.start()
            let error = await failure(other.url(for: "cti"))
            #expect(error?.kind == .notRouted && error?.message.contains("shared.presence.query") == true)
            await other.kill()
        }
    }
}

/// A broker whose definitions are not those of the contract.
enum BrokenTopology {
    static func broker(_ change: (inout Definitions) -> Void) throws -> Broker {
        let users = Service.allCases.map(\.rawValue)
        var definitions = Topology.definitions(
            passwords: Dictionary(uniqueKeysWithValues: users.map { ($0, "\($0)-local") }))
        change(&definitions)
        let text = String(decoding: try JSONEncoder().encode(definitions), as: UTF8.self)
        return try Broker(in: try LocalFolder("bus"), definitions: text)
    }
}

/// A server that greets in its own way and says nothing more.
final class Stranger: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(_ greeting: [UInt8]) throws {
        port = try FreePort.next()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        try #require(bound == 0 && listen(descriptor, 1) == 0)
        Thread.detachNewThread { [descriptor] in
            let peer = accept(descriptor, nil, nil)
            guard peer >= 0 else { return }
            _ = greeting.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, 0) }
            sleep(greeting.isEmpty ? 20 : 1)
            close(peer)
        }
    }
    deinit { close(descriptor) }
}
