import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import TelephonyModel
import TestSupport
import Testing

extension RecordsTests {
    /// SIGTERM ends presence and journal within seconds, also while what they work with is away.
    @Suite struct Stopping {
        @Test(arguments: ["presence", "journal"])
        func aServiceThatWaitsForItsDatabaseStops(_ service: String) async throws {
            let folder = try LocalFolder("stop")
            let file = folder.path + "/settings.yaml"
            try writeFile(folder.path + "/directory.yaml", PresenceStage.directory.yaml)
            try writeFile(
                file,
                "bus: {url: \"amqp://\(service):x@127.0.0.1/rufbus\"}\n"
                    + "database: {url: \"postgresql://x@127.0.0.1:\(try FreePort.next())/x\"}\n"
                    + (service == "presence" ? "directory: \(folder.path)/directory.yaml\n" : ""))
            let child = try Child(
                service, try Build.executable("rufbus-\(service)"), ["--config", file],
                environment: ["PATH": "/usr/bin:/bin"], folder: folder.path)
            try await child.waitUntil("waiting", limit: .seconds(20)) {
                child.logText.contains("waiting for the database")
            }
            #expect(await child.stop(limit: .seconds(5)) == .status(0), "\(child.logTail())")
            try folder.remove()
        }

        @Test(.timeLimit(.minutes(2))) func withoutABrokerBothStop() async throws {
            let house = try await House.start([.broker, .database])
            do { try await stopWithoutBroker(house) } catch {
                await house.stop()
                throw error
            }
            await house.stop()
        }

        private func stopWithoutBroker(_ house: House) async throws {
            try writeFile(house.folder.path + "/directory.yaml", PresenceStage.directory.yaml)
            let presence = try await house.startService("presence"), journal = try await house.startService("journal")
            var logger = Logger(label: "stop")
            logger.logLevel = .critical
            let signaling = Bus(
                BusSettings(
                    url: house.broker.url(for: "signaling"), service: "signaling", instance: InstanceID(unchecked: "s1")
                ),
                logger: logger)
            try await signaling.open()
            for _ in 0..<1_000 {
                let call = TestCall()
                signaling.publish(
                    call.state(.ended), type: CallWhat.ended.type, key: RoutingKey.call(.ended, call.seat, call.call),
                    position: call.position(1), durable: true)
            }
            // In the middle of its work.
            let isBusy = try await eventually {
                Int(try await house.database.sql("SELECT count(*) FROM events", database: "journal")) ?? 0 > 50
            }
            #expect(isBusy)
            await house.broker.kill()
            for service in [presence, journal] {
                #expect(await service.child.stop(limit: .seconds(15)) == .status(0), "\(service.child.logTail())")
                #expect(service.child.logText.contains("\"message\":\"stopped\""))
            }
            await signaling.close()
        }
    }
}
