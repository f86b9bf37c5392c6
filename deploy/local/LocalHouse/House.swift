import BusContract
import Foundation
import Synchronization
import TelephonyModel

/// Private servers and our services around them, started side by side.
///
///     let house = try await House.start([.broker, .database])
///     defer … await house.stop()
///     house.broker.url(for: "media")
public final class House: Sendable {
    public struct Parts: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let broker = Parts(rawValue: 1)
        public static let database = Parts(rawValue: 2)
        public static let pbx = Parts(rawValue: 4)
        /// All five services; asks for the three servers too.
        public static let services = Parts(rawValue: 15)
    }

    public let folder: LocalFolder
    /// Where SIP, RTP and HTTP listen: an IPv4 literal of this machine.
    public let address: String
    public let sipPort: UInt16
    public let httpPort: UInt16
    public let rtpPorts: ClosedRange<UInt16>

    /// How signaling and the PBX speak with each other.
    private let link: Link

    private struct Started {
        var broker: Broker?, database: PostgresServer?, pbx: Kamailio?, services: [String: ServiceProcess] = [:]
    }
    private let started = Mutex(Started())

    /// Starts the parts; all that is started ends with this process, or by `stop`.
    /// - Parameters:
    ///   - rtp: size of the media service's port range.
    ///   - link: what carries SIP between signaling and the PBX, and whether signaling registers there.
    ///   - directory: users and trunks, given the PBX's address and port; nil for those of the demo.
    ///   - report: called when a part is ready, with its name and the time since the start.
    public static func start(
        _ parts: Parts, address: String = "127.0.0.1", rtp: Int = 400, link: Link = Link(),
        directory: (@Sendable (_ pbx: String, _ port: UInt16) -> DirectoryFile)? = nil,
        report: @escaping @Sendable (String, Duration) -> Void = { _, _ in }
    ) async throws -> House {
        let house = try House(address: address, rtp: rtp, link: link)
        do {
            let clock = ContinuousClock()
            let begin = clock.now
            let tell: @Sendable (String) -> Void = { report($0, clock.now - begin) }
            try await house.startServers(parts, tell)
            if parts.contains(.services) { try await house.startServices(directory ?? Demo.directory, tell) }
            return house
        } catch {
            await house.stop(keepFolder: true)
            throw error
        }
    }

    public var broker: Broker { part(\.broker, "broker") }
    public var database: PostgresServer { part(\.database, "database") }
    public var pbx: Kamailio { part(\.pbx, "pbx") }
    /// A running service by its name ("media").
    public func service(_ name: String) -> ServiceProcess { part(\.services[name], name) }
    public var services: [ServiceProcess] { started.withLock { Array($0.services.values) } }
    /// "http://127.0.0.1:PORT"
    public var apiURL: String { "http://\(address):\(httpPort)" }

    /// Starts one of our services with the settings of this house (again, after a kill).
    @discardableResult
    public func startService(_ name: String) async throws(HouseError) -> ServiceProcess {
        let service = try await ServiceProcess(
            name, busURL: broker.url(for: name), settings: try settings(of: name), folder: folder.path)
        started.withLock { $0.services[name] = service }
        return service
    }

    /// Ends all in order: services, PBX, servers; removes the folder.
    public func stop() async { await stop(keepFolder: false) }

    private init(address: String, rtp: Int, link: Link) throws(HouseError) {
        (self.address, self.link) = (address, link)
        folder = try LocalFolder()
        (sipPort, httpPort) = (try FreePort.next(), try FreePort.next())
        rtpPorts = try FreePort.range(rtp)
    }

    private func part<T>(_ path: KeyPath<Started, T?> & Sendable, _ name: String) -> T {
        guard let part = started.withLock({ $0[keyPath: path] }) else {
            preconditionFailure("this house was started without \(name)")
        }
        return part
    }

    private func startServers(_ parts: Parts, _ tell: @escaping @Sendable (String) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if parts.contains(.broker) { group.addTask { try await self.startBroker(tell) } }
            if parts.contains(.database) { group.addTask { try await self.startDatabase(tell) } }
            if parts.contains(.pbx) { group.addTask { try await self.startPBX(tell) } }
            try await group.waitForAll()
        }
    }

    private func startBroker(_ tell: @Sendable (String) -> Void) async throws {
        let broker = try Broker(in: folder)
        started.withLock { $0.broker = broker }
        try await broker.start()
        tell("RabbitMQ")
    }

    private func startDatabase(_ tell: @Sendable (String) -> Void) async throws {
        let database = try PostgresServer(in: folder)
        started.withLock { $0.database = database }
        try await database.start()
        tell("PostgreSQL")
    }

    private func startPBX(_ tell: @Sendable (String) -> Void) async throws {
        let pbx = try await Kamailio(
            in: folder, address: address, rufbus: sipPort, link: try await link.pbx(in: folder, at: address))
        started.withLock { $0.pbx = pbx }
        tell("demo PBX")
    }

    private func startServices(
        _ directory: @Sendable (String, UInt16) -> DirectoryFile, _ tell: @escaping @Sendable (String) -> Void
    ) async throws {
        try writeFile(folder.path + "/directory.yaml", directory(pbx.address, pbx.port).yaml)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["presence", "journal", "media", "signaling", "cti"] {
                group.addTask {
                    try await self.startService(name)
                    tell("rufbus-\(name)")
                }
            }
            try await group.waitForAll()
        }
    }

    private func settings(of service: String) throws(HouseError) -> String {
        switch service {
        case "signaling": link.settings(address: address, port: sipPort, in: folder)
        case "media":
            """
            rtp:
              address: \(address)
              ports: \(rtpPorts.lowerBound)-\(rtpPorts.upperBound)
            office:
              country: DE
            prompts: \(try Build.checkout())/Services/media/Prompts
            """
        case "presence": "database:\n  url: \(database.url("presence"))\ndirectory: \(folder.path)/directory.yaml"
        case "journal": "database:\n  url: \(database.url("journal"))"
        case "cti": "http:\n  address: \(address)\n  port: \(httpPort)"
        default: ""
        }
    }

    private func stop(keepFolder: Bool) async {
        let all = started.withLock { started in
            defer { started = Started() }
            return started
        }
        await withTaskGroup(of: Void.self) { group in
            for service in all.services.values { group.addTask { await service.stop() } }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await all.pbx?.stop() }
            // Nothing in it is needed again: the quick end will do.
            group.addTask { await all.broker?.kill() }
            group.addTask { await all.database?.stop() }
        }
        // A folder that stays after a failure is removed by the janitor when this process ends.
        if keepFolder { return }
        do { try folder.remove() } catch { FileHandle.standardError.write(Data("\(error)\n".utf8)) }
    }
}
