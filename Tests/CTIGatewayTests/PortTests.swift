import BusContract
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization
import TelephonyModel
import Testing

@testable import CTIGateway

/// The gateway behind a real port: what a client gets when all goes well.
@Suite(.timeLimit(.minutes(1))) struct PortTests {
    private struct Row: Sendable, CustomTestStringConvertible {
        let path: String
        let answers: [String: [any Sendable]]
        /// What the body must hold.
        let words: [String]
        var testDescription: String { path }
    }

    private static let status = UserStatus(
        user: UserID(unchecked: "bob"), name: "Bob", officeNumber: "+498984098724", phone: .onThePhone,
        reachedAt: .mobile)
    private static let mobile = OwnDevice(
        id: DeviceID(unchecked: "mobile"), name: "Mobile", kind: .mobile, reach: .outside, number: "+491711234567",
        active: true)
    private static let entry = JournalEntry(
        call: CallID(unchecked: "c1"), user: anna, conversation: CallID(unchecked: "c1"), direction: .outgoing,
        officeNumber: "+498984098723", party: PartyView(number: "+498912345678"),
        startedAt: "2026-03-01T12:00:00.000Z", final: true)

    private static let plan = RingPlan(
        id: PlanID(unchecked: "home"), name: "Home", mode: .sequence,
        steps: [RingStep(device: mobile.id, ringSeconds: 20)])
    private static let incoming: [String: [any Sendable]] = [
        PresenceQuery.type: [
            PresenceQuery.Answer.user(
                DirectoryUser(
                    user: anna, name: "Anna", officeNumber: "+498984098723", extension: "23", language: .de,
                    devices: [
                        Device(
                            id: mobile.id, kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .key,
                            name: "Mobile", ringSeconds: 25)
                    ], active: mobile.id, fallback: nil, plans: [plan],
                    rules: IncomingRules(
                        blocked: ["anonymous"],
                        timetable: [
                            TimetableEntry(hours: WeekHours(days: [.sun], from: 720, to: 780), then: .plan(plan.id))
                        ], groupCalls: false))),
            PresenceQuery.Answer.office(
                OfficeNumbers(
                    country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X"],
                    trunkNumber: "+4989840987", timeZone: "Europe/Berlin")),
        ]
    ]

    private static let rows = [
        Row(
            path: "/v1/journal?limit=5", answers: [JournalQuery.type: [JournalQuery.Answer(entries: [entry])]],
            words: [#"{"entries":[{"#, #""call":"c1""#, #""final":true"#]),
        Row(
            path: "/v1/me/devices",
            answers: [PresenceQuery.type: [PresenceQuery.Answer.devices([mobile], active: mobile.id)]],
            words: [#"{"active":"mobile","devices":[{"#, #""number":"+491711234567""#]),
        Row(
            path: "/v1/me/devices",
            answers: [
                PresenceQuery.type: [
                    PresenceQuery.Answer.devices([mobile], active: mobile.id, plans: [plan], plan: plan.id)
                ]
            ],
            words: [#""activePlan":"home""#, #""ringPlans":[{"#, #""mode":"sequence""#]),
        // 11:00 in UTC is noon in Berlin in winter: the timetable's hour has just begun.
        Row(
            path: "/v1/me/incoming?at=2026-03-01T11:00:00Z&from=030123456", answers: incoming,
            words: [
                #""sentence":"A call would ring Mobile (second 0 to 20), "#
                    + "then be given back to the telephone system: your ",
                #""rule":"timetable""#, #""at":"2026-03-01T11:00:00Z""#,
            ]),
        Row(
            path: "/v1/me/incoming?at=2026-03-01T10:59:59.999Z", answers: incoming,
            words: [#""sentence":"A call would ring Mobile (second 0 to 25), then be"#, #""rule":"ringPlan""#]),
        Row(
            path: "/v1/me/incoming?at=2026-03-01T12:00:00+01:00", answers: incoming, words: [#""rule":"timetable""#]),
        Row(
            path: "/v1/me/incoming?from=anonymous", answers: incoming,
            words: [#""sentence":"A call would be refused: you have blocked this caller.""#, #""phones":[]"#]),
        Row(path: "/v1/me/incoming?group=true", answers: incoming, words: [#""rule":"group""#]),
        Row(
            path: "/v1/presence/bob", answers: [PresenceQuery.type: [PresenceQuery.Answer.status(status)]],
            words: [#""phone":"onThePhone""#, #""reachedAt":"mobile""#]),
        Row(path: "/v1/calls", answers: [:], words: [#"{"calls":[]}"#]),
    ]

    @Test(arguments: rows) private func aRightQuestionIsAnswered(_ row: Row) async throws {
        try await served(GatewayStage(row.answers)) { port in
            let client = try PortClient(port, row.path, keepAlive: false)
            let text = await client.read { _ in false }
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(text)")
            for word in row.words { #expect(text.contains(word), "\(text)") }
        }
    }

    @Test func aStreamTellsWhatIsAndWhatChanges() async throws {
        let stage = GatewayStage()
        stage.board.offer(Self.status)
        stage.board.offer(state("c1"), at: position("c1", 1))
        try await served(stage) { port in
            let client = try PortClient(port, "/v1/events", keepAlive: true)
            let first = await client.read { $0.contains("event: presence\n") }
            #expect(first.contains("text/event-stream") && first.contains("event: call\ndata: {"), "\(first)")
            stage.board.offer(state("c1", .talking), at: position("c1", 2), id: "e2")
            let next = await client.read { $0.contains("talking") }
            #expect(next.contains("id: e2\nevent: call\n"), "\(next)")
        }
        stage.board.close()
    }

    /// What was asked is answered, streams and idle connections end, and nobody calls that an error.
    @Test func theOrderToStopEndsAllQuietly() async throws {
        let (stage, log, port) = (GatewayStage(), ErrorLog(), try PortClient.freePort())
        let logger = Logger(label: "test") { _ in log }
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let own = GatewayPort(stage.gateway, address: "127.0.0.1", port: Int(port), logger: logger) { isReady.yield() }
        let group = ServiceGroup(services: [own], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await _ in ready { break }
            let stream = try PortClient(port, "/v1/events", keepAlive: true)
            let idle = try PortClient(port, "/v1/calls", keepAlive: true)
            _ = await (stream.read { $0.contains("text/event-stream") }, idle.read { $0.contains("calls") })
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            let (last, none) = (await stream.read { _ in false }, await idle.read { _ in false })
            #expect(last.hasSuffix("0\r\n\r\n") && none.isEmpty)
            try await tasks.waitForAll()
            #expect(ContinuousClock.now - start < GatewayPort.patience)
        }
        #expect(log.errors.all == [])
    }

    /// Runs the gateway on a free port while `work` lasts.
    private func served(_ stage: GatewayStage, _ work: @Sendable @escaping (UInt16) async throws -> Void) async throws {
        let port = try PortClient.freePort()
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let application = stage.gateway.application(
            address: "127.0.0.1", port: Int(port), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onReady: { isReady.yield() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await _ in ready { break }
            do { try await work(port) } catch {
                group.cancelAll()
                throw error
            }
            stage.board.close()
            group.cancelAll()
        }
    }
}

/// What was logged as an error.
private struct ErrorLog: LogHandler {
    final class Errors: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ text: String) { kept.withLock { $0.append(text) } }
    }
    let errors = Errors()
    var logLevel = Logger.Level.error
    var metadata = Logger.Metadata()

    func log(event: LogEvent) { errors.add("\(event.message)") }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

/// One HTTP request over a socket of its own, and what comes back, as it comes.
private final class PortClient: Sendable {
    private let socket: Int32
    struct Failure: Error { let what: String }

    init(_ port: UInt16, _ path: String, keepAlive: Bool) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard Self.with(port, { connect(socket, $0, $1) }) == 0 else { throw Failure(what: "connect: \(errno)") }
        let request =
            "GET \(path) HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer \(HouseDouble.token)\r\n"
            + "Connection: \(keepAlive ? "keep-alive" : "close")\r\n\r\n"
        guard write(socket, request, request.utf8.count) == request.utf8.count else { throw Failure(what: "write") }
    }

    deinit { close(socket) }

    /// Reads until there is enough, the other side closes, or nothing comes for 10 s.
    func read(_ isEnough: @escaping @Sendable (String) -> Bool) async -> String {
        let socket = socket
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
                while !isEnough(String(decoding: bytes, as: UTF8.self)) {
                    let count = recv(socket, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    bytes += buffer[..<count]
                }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    static func freePort() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        guard with(0, { bind(socket, $0, $1) }) == 0 else { throw Failure(what: "bind: \(errno)") }
        var (address, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        guard result == 0 else { throw Failure(what: "getsockname: \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func with(_ port: UInt16, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        (address.sin_port, address.sin_addr.s_addr) = (port.bigEndian, UInt32(0x7F00_0001).bigEndian)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
