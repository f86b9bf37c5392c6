import BusContract
import Hummingbird
import Logging
import NIOCore
import TelephonyModel

/// The HTTP API (docs/openapi.yaml): reads requests, asks the house, answers. Holds no state but `CallBoard`, which is
/// rebuilt from the bus, and a short memory of who holds which token.
public struct Gateway: Sendable {
    let house: any GatewayHouse
    let board: CallBoard
    let tokens: TokenMemory
    /// How long a connection may stay without a request, in seconds. An event stream is a request that goes on.
    static let idleSeconds: Int64 = 60
    /// Makes the id of a new call (UUIDv7).
    let makeCallID: @Sendable () -> CallID

    public init(house: any GatewayHouse, board: CallBoard, makeCallID: @escaping @Sendable () -> CallID) {
        (self.house, self.board, self.makeCallID) = (house, board, makeCallID)
        tokens = TokenMemory()
    }

    /// The server, ready to `run()`.
    /// - Parameter onReady: called once the port is open.
    public func application(
        address: String, port: Int, logger: Logger, onReady: @escaping @Sendable () async -> Void
    ) -> some ApplicationProtocol {
        Application(
            router: router(), server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
            configuration: ApplicationConfiguration(address: .hostname(address, port: port), serverName: "rufbus"),
            onServerRunning: { _ in await onReady() }, logger: logger)
    }

    func router() -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: ProblemMiddleware())
        router.post("/v1/login", use: login)
        let own = router.group("/v1").add(middleware: BearerMiddleware(house: house, tokens: tokens))
        own.post("calls", use: makeCall)
        own.get("calls", use: listCalls)
        own.get("calls/:call", use: showCall)
        own.delete("calls/:call", use: clearConnection)
        own.post("calls/:call/decline", use: declineCall)
        own.post("calls/:call/deflect", use: deflectCall)
        own.get("me/devices", use: listDevices)
        own.put("me/devices/active", use: setActiveDevice)
        own.get("me/incoming", use: showIncoming)
        own.get("presence/:user", use: showPresence)
        own.get("journal", use: listJournal)
        own.get("events", use: streamEvents)
        return router
    }
}

/// One request on its way through the gateway.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whose token the request carries; set behind `BearerMiddleware`.
    private(set) var holder: UserID?

    init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }

    /// Largest request body, in bytes; a larger one is 413.
    var maxUploadSize: Int { 16 * 1024 }

    mutating func authenticate(_ user: UserID) { holder = user }

    /// The user who asks.
    var user: UserID {
        guard let holder else { preconditionFailure("a route outside the group behind BearerMiddleware") }
        return holder
    }
}
