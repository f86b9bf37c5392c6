import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

@testable import BusClient

extension BusTests {
    /// A service as a process: its settings, its exit codes, its sign of life. The gateway stands for all.
    @Suite struct ServiceLife {
        private struct Ended { let exit: Child.Exit?, text: String }

        /// Runs the gateway with these settings until it ends.
        private func run(_ yaml: String, _ arguments: [String] = []) async throws -> Ended {
            let folder = try LocalFolder("life")
            let file = folder.path + "/settings.yaml"
            try writeFile(file, yaml)
            let child = try Child(
                "cti", try Build.executable("rufbus-cti"), ["--config", file] + arguments,
                environment: ["PATH": "/usr/bin:/bin"], folder: folder.path)
            let exit = await child.wait(limit: .seconds(30))
            if exit == nil { await child.kill() }
            let text = child.logText
            try folder.remove()
            return Ended(exit: exit, text: text)
        }

        private func settings(_ url: String, port: String) -> String {
            "bus: {url: \"\(url)\"}\nhttp: {address: 127.0.0.1, port: \(port)}\n"
        }

        @Test func checkingGoodSettingsSaysFine() async throws {
            let ended = try await run(settings("amqp://cti:x@127.0.0.1/rufbus", port: "8080"), ["--check-config"])
            #expect(ended.exit == .status(0) && ended.text.contains("configuration is fine"))
        }

        @Test(arguments: [[], ["--check-config"]]) func badSettingsEndWith78(_ arguments: [String]) async throws {
            let ended = try await run(settings("http://x", port: "99999") + "speed: 9\n", arguments)
            #expect(ended.exit == .status(78))
            for words in ["bus.url: \"http://x\"", "amqp://", "http.port: \"99999\"", "speed is unknown"] {
                #expect(ended.text.contains(words), "\(ended.text)")
            }
        }

        @Test func anArgumentThatIsNoneEndsWith64() async throws {
            let ended = try await run("", ["--frob"])
            #expect(ended.exit == .status(64) && ended.text.contains("--frob"))
        }

        @Test func aBusThatRefusesEndsWithASentence() async throws {
            let port = try FreePort.next()
            let url = "amqp://cti:wrong@127.0.0.1:\(BusStage.broker.port)/rufbus"
            let ended = try await run(settings(url, port: "\(port)"))
            #expect(ended.exit == .status(1))
            #expect(ended.text.contains("bus.url") && ended.text.contains("\"level\":\"critical\""))
            #expect(!ended.text.contains("wrong"), "a password is never shown")
        }

        @Test func itSaysThatItIsAliveUntilItIsAskedToStop() async throws {
            let listener = BusStage.bus("presence", "life")
            let alive = Inbox<(at: ContinuousClock.Instant, ServiceAlive)>()
            listener.listen(["service.x.alive.cti.#"]) { received in
                if let data = try? received.data(ServiceAlive.self) { alive.add((.now, data)) }
            }
            try await listener.open()
            let folder = try LocalFolder("life")
            let service = try await ServiceProcess(
                "cti", instance: "life", busURL: BusStage.broker.url(for: "cti"),
                settings: "http:\n  address: 127.0.0.1\n  port: \(try FreePort.next())", folder: folder.path)
            let beats = try await alive.wait(for: 4)
            try #require(beats.count >= 4)
            #expect(beats[3].at - beats[0].at > .seconds(2) && beats[3].at - beats[0].at < .seconds(6))
            #expect(Set(beats.map(\.1.incarnation)).count == 1)
            #expect(beats.allSatisfy { $0.1.service == "cti" && $0.1.instance.rawValue == "life" })
            #expect(await service.stop() == .status(0))
            #expect(service.child.logText.contains("\"message\":\"stopped\""))
            await listener.close()
            try folder.remove()
        }
    }
}
