import CSofiaSIP
import Glibc
import Logging
import Synchronization
import TelephonyModel

/// SIP over UDP by sofia-sip's `nua`, on the thread that calls `run`. Owns dialogs, transactions and their timers;
/// knows legs, not calls.
///
/// Unchecked: `inbox` and `counted` are behind locks; all else is touched by the thread of `run` alone, which every
/// method that touches it checks.
public final class SIPStack: @unchecked Sendable {
    let settings: SIPSettings
    let logger: Logger
    private let handler: (SIPEvent) -> Void
    private let inbox = Mutex(Inbox())
    let counted = Mutex(SIPCounters())

    /// Nil outside of `run`.
    var stack: OpaquePointer?
    private var thread: pthread_t?
    private var ended = false
    var admits: (String) -> SIPAdmission = { _ in .taken }
    var outside: [Int64: OutsideRequest] = [:]
    var dialogs: [Int64: Dialog] = [:]
    var dialogOfLeg: [LegID: Int64] = [:]
    var dialogsOfCall: [String: [Int64]] = [:]
    /// Whether requests within a leg's dialog are taken from this address (IPv4), too: one of its trunk's, say. Asked
    /// on the loop's thread, for addresses that the dialog itself has not named.
    public var isTrusted: (LegID, String) -> Bool = { _, _ in false }
    private var lastID: Int64 = 0
    private var timers: [Int64: Timer] = [:]
    private var pending: [SIPEvent] = []
    private var isDelivering = false

    private struct Timer {
        let raw: OpaquePointer
        let work: () -> Void
    }

    private struct Inbox {
        var works: [@Sendable () -> Void] = []
        var door: Door?
    }

    /// Unchecked: `sofia_wake` may be called from any thread, and the door is closed before the stack goes.
    private struct Door: @unchecked Sendable { let stack: OpaquePointer }

    /// - Parameter handler: called on the loop's thread for each event, one after another; it is to return within 1 ms.
    public init(_ settings: SIPSettings, logger: Logger, handler: @escaping (SIPEvent) -> Void) {
        (self.settings, self.logger, self.handler) = (settings, logger, handler)
    }

    // MARK: Life

    /// Binds the port and runs the loop on this thread until `stop`; then hangs up what is left and returns. Once only.
    /// - Parameter ready: called once on the loop's thread when the port is open.
    public func run(ready: () -> Void = {}) throws(SIPStackError) {
        precondition(thread == nil, "a SIP stack runs once")
        thread = pthread_self()
        let stack = try start()
        self.stack = stack
        let hasWork = inbox.withLock { inbox in
            inbox.door = Door(stack: stack)
            return !inbox.works.isEmpty
        }
        if hasWork { sofia_wake(stack) }
        timed { ready() }
        sofia_run(stack)
        inbox.withLock { $0.door = nil }
        for timer in timers.values { sofia_timer_destroy(timer.raw) }
        timers = [:]
        sofia_destroy_stack(stack, ended)
        self.stack = nil
    }

    /// Ends `run`. From any thread, also before `run`.
    public func stop() { post { self.shutDown() } }

    /// Does work on the loop's thread, in the order of posting. From any thread. After `run` has returned: never.
    public func post(_ work: @escaping @Sendable () -> Void) {
        inbox.withLock { inbox in
            inbox.works.append(work)
            if inbox.works.count == 1, let door = inbox.door { sofia_wake(door.stack) }
        }
    }

    /// From any thread.
    public var counters: SIPCounters { counted.withLock { $0 } }

    private func start() throws(SIPStackError) -> OpaquePointer {
        var callbacks = sofia_callbacks()
        callbacks.context = Unmanaged.passUnretained(self).toOpaque()
        callbacks.event = { SIPStack.of($0).take($1!.pointee) }
        callbacks.woken = { SIPStack.of($0).work() }
        callbacks.fired = { SIPStack.of($0).fired($1) }
        callbacks.fault = { SIPStack.of($0).count($1) }
        callbacks.stranger = { SIPStack.of($0).isStranger(String(cString: $1!), String(cString: $2!)) }
        callbacks.admission = { SIPStack.of($0).admission(String(cString: $1!), $2.map { String(cString: $0) }) }
        callbacks.shut = { SIPStack.of($0).wasShut($1) }
        callbacks.log = { SIPStack.of($0).logger.warning("sofia-sip: \(String(cString: $1!))") }
        var stack: OpaquePointer?
        let result = settings.address.withCString { address in
            settings.userAgent.withCString { userAgent in
                var raw = sofia_settings(
                    address: address, port: settings.port, user_agent: userAgent,
                    largest_header: SIPSettings.largestHeader, largest_body: SIPSettings.largestBody,
                    tcp_port: settings.tcpPort ?? 0, tls: sofia_tls())
                guard let tls = settings.tls else { return sofia_start(&raw, &callbacks, &stack) }
                return tls.withRaw { rawTLS in
                    raw.tls = rawTLS
                    return sofia_start(&raw, &callbacks, &stack)
                }
            }
        }
        if result == SOFIA_CANNOT_BIND { throw .cannotBind(address: settings.address, port: settings.port) }
        guard result == SOFIA_STARTED, let stack else { throw .noResources }
        return stack
    }

    /// The stack outlives every callback: `run` holds it.
    private static func of(_ context: UnsafeMutableRawPointer?) -> SIPStack {
        Unmanaged<SIPStack>.fromOpaque(context!).takeUnretainedValue()
    }

    /// How long the end waits for answers to BYE, in milliseconds. Without them the memory of the library stays.
    private static let patience = 5_000

    private func shutDown() {
        guard let stack else { return }
        dropOutside()
        sofia_shutdown(stack)
        after(milliseconds: Self.patience) { sofia_leave(stack) }
    }

    /// All is hung up: the handles go with the loop's next turn, the loop with the one after.
    func hasShutDown() {
        ended = true
        for dialog in dialogs.values { end(dialog) }
        post { self.post { self.stack.map(sofia_leave) } }
    }

    // MARK: The loop

    func assertOnLoop() {
        precondition(thread.map { pthread_equal($0, pthread_self()) != 0 } == true, "only on the thread of `run`")
    }

    private func work() {
        let works = inbox.withLock { inbox in
            defer { inbox.works = [] }
            return inbox.works
        }
        for work in works { timed { work() } }
    }

    /// Runs something and what follows from it, and counts it if the loop was held up.
    func timed(_ work: () -> Void) {
        let begin = ContinuousClock.now
        work()
        deliver()
        if ContinuousClock.now - begin > .milliseconds(1) { counted.withLock { $0.slow += 1 } }
    }

    func emit(_ event: SIPEvent) { pending.append(event) }

    /// An event that a command causes waits until the handler that gave the command has returned.
    func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        var next = 0
        while next < pending.count {
            let event = pending[next]
            next += 1
            handler(event)
        }
        pending.removeAll(keepingCapacity: true)
        isDelivering = false
    }

    // MARK: Timers

    // All below, and all commands: on the loop's thread only. A command to a leg that is over or in another phase does
    // nothing.

    /// Calls `work` once on the loop.
    @discardableResult
    public func after(milliseconds: Int, _ work: @escaping () -> Void) -> LoopTimerID {
        assertOnLoop()
        let id = nextID()
        guard let raw = sofia_timer_start(stack, id, max(0, milliseconds)) else { fatalError("no memory for a timer") }
        timers[id] = Timer(raw: raw, work: work)
        return LoopTimerID(raw: id)
    }

    /// After this the timer does not fire any more.
    public func cancel(_ timer: LoopTimerID) {
        assertOnLoop()
        if let armed = timers.removeValue(forKey: timer.raw) { sofia_timer_destroy(armed.raw) }
    }

    private func fired(_ id: Int64) {
        guard let timer = timers.removeValue(forKey: id) else { return }
        sofia_timer_destroy(timer.raw)
        timed(timer.work)
    }

    func nextID() -> Int64 {
        lastID += 1
        return lastID
    }
}
