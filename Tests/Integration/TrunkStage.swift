import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

/// A broker, the players of SignalingStage around a trunk of our making, and rufbus-signaling with settings of its own.
struct TrunkStage {
    let house: House
    let players: SignalingPlayers
    let signaling: ServiceProcess
    let port: UInt16
    let folder: LocalFolder

    /// - Parameters:
    ///   - trunk: gets our SIP port.
    ///   - more: lines of the settings below `sip:`, indented by two; `{sip}` is our port.
    ///   - secret: the trunk's password.
    static func with(
        _ trunk: @Sendable (UInt16) -> DirectoryTrunk, more: String = "", secret: String? = nil,
        _ body: (TrunkStage) async throws -> Void
    ) async throws {
        let house = try await House.start([.broker])
        do {
            let stage = try await TrunkStage(house, trunk, more, secret)
            try await body(stage)
            await stage.signaling.stop()
            await stage.players.close()
            try stage.folder.remove()
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }

    private init(
        _ house: House, _ trunk: @Sendable (UInt16) -> DirectoryTrunk, _ more: String, _ secret: String?
    ) async throws {
        (self.house, port, folder) = (house, try FreePort.next(), try LocalFolder("trunk"))
        let facts = trunk(port)
        players = try await SignalingPlayers(house, trunk: facts.targets[0].port)
        players.set { $0.directory.trunks = [facts] }
        var settings = "sip:\n  address: 127.0.0.1\n  port: \(port)\n\(more.replacing("{sip}", with: "\(port)"))\n"
        if let secret {
            let secrets = try folder.folder("secrets")
            try writeFile(secrets + "/pbx", secret + "\n")
            chmod(secrets + "/pbx", 0o600)
            settings += "trunks:\n  secrets: \(secrets)\n"
        }
        signaling = try await ServiceProcess(
            "signaling", busURL: house.broker.url(for: "signaling"), settings: settings, folder: folder.path)
    }

    /// What `line.x.state.pbx` has said, newest last.
    func states() throws -> [TrunkState] {
        try players.read(\.facts).filter { $0.type == TrunkState.type }.map { try $0.data(TrunkState.self) }
    }

    func has(_ state: TrunkState.State, _ words: String = "", seconds: Double = 10) async throws -> Bool {
        let limit = Date(timeIntervalSinceNow: seconds)
        while Date() < limit {
            if let last = try states().last, last.state == state, words.isEmpty || last.sentence.contains(words) {
                return true
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func originate(_ target: String = "+498912345678") -> Originate {
        Originate(
            call: CallID(unchecked: uuid7()), user: SignalingPlayers.anna, target: target, targetReach: .outside,
            device: DeviceID(unchecked: "office"))
    }

    static func trunk(
        _ targets: [TrunkTarget], sources: [String] = ["127.0.0.1"], registration: TrunkRegistration? = nil,
        keepAliveSeconds: Int = 0
    ) -> DirectoryTrunk {
        DirectoryTrunk(
            trunk: TrunkID(unchecked: "pbx"), targets: targets, sources: sources, registration: registration,
            keepAliveSeconds: keepAliveSeconds, outsidePrefix: "0", bypassPrefix: "7", sipChannels: 30,
            outsideChannels: 30, reserve: 2)
    }
}
