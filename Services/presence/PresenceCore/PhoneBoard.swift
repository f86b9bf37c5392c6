import BusContract
import TelephonyModel

/// Whose phone is available, rings or is in use, by the calls that run. Times are milliseconds of any steady clock.
public struct PhoneBoard: Sendable {
    private var calls = RunningCalls()

    public init() {}

    /// - Parameter fallbackIsOwn: whether calls that no device took go on to a phone of the user himself; if not, such
    ///   a call is a talk of somebody else, and its user is free.
    public func phone(of user: UserID, fallbackIsOwn: Bool = false) -> UserStatus.Phone {
        Self.phone(of: user, calls, fallbackIsOwn)
    }

    /// How many calls are kept, running or remembered.
    public var count: Int { calls.count }

    /// A `call.*` event.
    /// - Returns: the user, if his status may have changed.
    public mutating func heard(
        _ state: CallState, at position: CallPosition, from owner: InstanceID?, now: Int64
    ) -> UserID? {
        let before = Self.phones(of: state.user, calls)
        guard calls.heard(state, at: position, from: owner, now: now) else { return nil }
        return Self.phones(of: state.user, calls) == before ? nil : state.user
    }

    /// What one instance runs now.
    /// - Returns: the users whose status may have changed.
    public mutating func snapshot(
        _ items: [CallSnapshot.Answer.Item], of owner: InstanceID, askedAt: Int64, now: Int64
    ) -> [UserID] {
        changed { _ = $0.snapshot(items, of: owner, askedAt: askedAt, now: now) }
    }

    /// An instance is gone.
    /// - Returns: the users whose status may have changed.
    public mutating func lost(_ owner: InstanceID) -> [UserID] { changed { _ = $0.lost(owner) } }

    /// Forgets what is over.
    /// - Returns: the users whose status may have changed.
    public mutating func forget(now: Int64) -> [UserID] { changed { _ = $0.forget(now: now) } }

    private mutating func changed(_ work: (inout RunningCalls) -> Void) -> [UserID] {
        let before = calls
        work(&calls)
        return before.users.union(calls.users).filter { Self.phones(of: $0, before) != Self.phones(of: $0, calls) }
            .sorted()
    }

    /// As it shows with a fallback elsewhere, and with one of his own.
    private static func phones(of user: UserID, _ calls: RunningCalls) -> [UserStatus.Phone] {
        [phone(of: user, calls, false), phone(of: user, calls, true)]
    }

    private static func phone(of user: UserID, _ calls: RunningCalls, _ fallbackIsOwn: Bool) -> UserStatus.Phone {
        let phones = calls.calls(of: user).compactMap { phone(in: $0, fallbackIsOwn) }
        return phones.contains(.onThePhone) ? .onThePhone : phones.first ?? .available
    }

    /// Nobody has picked up anything before an outgoing call's device answered, or an incoming call is talked on.
    /// What a newer version means by its phase is not known: then it is never a false "available".
    private static func phone(in state: CallState, _ fallbackIsOwn: Bool) -> UserStatus.Phone? {
        if !fallbackIsOwn, isElsewhere(state) { return nil }
        return switch state.phase {
        case .started, .ringing: .ringing
        case .guarding: state.direction == .incoming ? .ringing : .onThePhone
        case .dialing, .alerting, .talking, .unknown: .onThePhone
        case .ended: nil
        }
    }

    /// Whether the call is at the fallback: none of the user's devices has a part in it any more.
    private static func isElsewhere(_ state: CallState) -> Bool {
        func isLive(_ role: LegRole) -> Bool { state.legs.contains { $0.role == role && $0.phase != .ended } }
        return isLive(.fallback) && !isLive(.device)
    }
}

extension DirectoryUser {
    /// Whether calls that no device took go on to a phone of his own: then he is on the phone there.
    public var fallbackIsOwn: Bool {
        guard let fallback else { return false }
        let isExtension = fallback.reach == .inside && fallback.number == self.extension
        return isExtension || devices.contains { $0.number == fallback.number && $0.reach == fallback.reach }
    }
}
