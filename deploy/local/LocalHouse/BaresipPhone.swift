import Foundation
import Synchronization

/// A real SIP phone without a head: registers with the PBX, speaks a file, records what it hears, is told what to do.
public final class BaresipPhone: Sendable {
    public enum Answering: Sendable {
        case after(Duration)
        case byHand
    }

    public let name: String
    /// Under which it registers: an extension, or E.164 digits at the carrier.
    public let user: String
    public let child: Child
    private let folder: String
    private let control: PhoneControl
    private let log: PhoneLog

    /// Starts the phone and waits until it is registered.
    /// - Parameter speaks: 8 kHz mono WAV that it plays to the far side, once and then silence.
    public init(
        _ name: String, user: String, pbx: Kamailio, speaks: String, answering: Answering = .after(.seconds(1)),
        in house: LocalFolder
    ) async throws(HouseError) {
        (self.name, self.user) = (name, user)
        folder = try house.folder("phone-\(name)")
        let setup = PhoneSetup(
            user: user, pbx: "\(pbx.address):\(pbx.port)", address: pbx.address, ports: try FreePort.range(24),
            speaks: speaks, folder: folder)
        try setup.write()
        child = try Child("baresip", "/usr/bin/baresip", ["-4", "-s", "-f", folder], folder: folder)
        let log = PhoneLog()
        self.log = log
        control = try await Self.connect(child, setup.control) { log.add($0) }
        let control = control
        log.onIncoming { if case .after(let delay) = answering { Self.answer(control, after: delay) } }
        let child = child
        try await child.waitUntil("registered", limit: .seconds(10)) { child.logText.contains("binding]") }
    }

    /// Calls a number as dialled on this phone.
    public func dial(_ number: String) throws(HouseError) { try control.send("dial", number) }
    public func answer() throws(HouseError) { try control.send("accept", "") }
    /// Hangs up; a call that still rings is declined (486: this phone knows no other way).
    public func hangUp() throws(HouseError) { try control.send("hangup", "") }
    /// Presses keys (RFC 4733).
    public func press(_ keys: String) throws(HouseError) { try control.send("sndcode", keys) }

    /// How many events there were so far; for `wait(since:)`.
    public var mark: Int { log.count }
    public var events: [PhoneEvent] { log.all }

    /// The first event of this type after `mark`.
    @discardableResult
    public func wait(for type: String, since mark: Int = 0, limit: Duration = .seconds(15)) async throws(HouseError)
        -> PhoneEvent
    {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let event = log.all.dropFirst(mark).first(where: { $0.type == type }) { return event }
            await pause(.milliseconds(20))
        }
        let seen = log.all.dropFirst(mark).map(\.type)
        throw HouseError("phone \(name): no \(type) within \(limit), only \(seen)")
    }

    /// What it printed; with every SIP message that it sent or received.
    public var trace: String { child.logText }

    /// Recordings of what it heard (8 kHz mono WAV), oldest first; complete when the call is closed.
    public var recordings: [String] {
        let files = FileManager.default.subpaths(atPath: folder + "/heard") ?? []
        return files.filter { $0.hasSuffix("dec.wav") }.sorted().map { "\(folder)/heard/\($0)" }
    }

    public func stop() async {
        control.close()
        await child.stop(limit: .seconds(3))
    }
    /// As when the battery falls out.
    public func kill() async {
        control.close()
        await child.kill()
    }

    private static func answer(_ control: PhoneControl, after delay: Duration) {
        Task {
            await pause(delay)
            // The caller may have given up, or the phone be gone.
            do { try control.send("accept", "") } catch {}
        }
    }

    private static func connect(
        _ child: Child, _ port: UInt16, _ heard: @escaping @Sendable (PhoneEvent) -> Void
    ) async throws(HouseError) -> PhoneControl {
        let found = Mutex<PhoneControl?>(nil)
        try await child.waitUntil("taking commands", limit: .seconds(10)) {
            let control = try? PhoneControl(address: PhoneSetup.controlAddress, port: port, heard: heard)
            found.withLock { $0 = control }
            return control != nil
        }
        guard let control = found.withLock({ $0 }) else { throw HouseError("unreachable") }
        return control
    }
}

/// What a phone has said so far.
private final class PhoneLog: Sendable {
    private struct State { var events: [PhoneEvent] = [], incoming: (@Sendable () -> Void)? }
    private let state = Mutex(State())
    var count: Int { state.withLock { $0.events.count } }
    var all: [PhoneEvent] { state.withLock { $0.events } }
    func onIncoming(_ act: @escaping @Sendable () -> Void) { state.withLock { $0.incoming = act } }
    func add(_ event: PhoneEvent) {
        let act = state.withLock { state in
            state.events.append(event)
            return event.type == "CALL_INCOMING" ? state.incoming : nil
        }
        act?()
    }
}
