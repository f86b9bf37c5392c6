import TelephonyModel

/// makeCall: start an outgoing call (call-back). Answered when taken; the result is the `call.*` events.
public struct Originate: BusRequest, Hashable {
    public static let type = "rufbus.signaling.originate.v1"
    public static let service = "signaling"
    public static let sharedVerb: String? = "originate"
    /// Made by the gateway, so that a repeated request never rings twice.
    public var call: CallID
    public var user: UserID
    /// What to dial: E.164 with `+`, or an inside extension.
    public var target: String
    /// Whether the target is a phone of the PBX: then it needs no outside line.
    public var targetReach: Reach
    /// The device to ring; nil for the active one.
    public var device: DeviceID?
    public var context: JSONValue?
    public init(
        call: CallID, user: UserID, target: String, targetReach: Reach, device: DeviceID? = nil,
        context: JSONValue? = nil
    ) {
        (self.call, self.user, self.target) = (call, user, target)
        (self.targetReach, self.device, self.context) = (targetReach, device, context)
    }
    public struct Answer: Codable, Hashable, Sendable {
        /// The call that this request stands for: the one asked for, or the first one when the same user asked for
        /// the same target within 2 s.
        public var state: CallState
        public var position: CallPosition
        public init(state: CallState, position: CallPosition) { (self.state, self.position) = (state, position) }
    }
}

/// clearConnection: hang up one call. Goes to the instance that owns the call's seat.
public struct ClearConnection: BusRequest, Hashable {
    public static let type = "rufbus.signaling.clear-connection.v1"
    public static let service = "signaling"
    public var call: CallID
    public var user: UserID
    public init(call: CallID, user: UserID) { (self.call, self.user) = (call, user) }
    public typealias Answer = Done
}

/// declineCall: an incoming call that is not answered stops ringing everywhere and goes on to the user's fallback for
/// the reason `declined`, else to the trunk's last answer. Goes to the instance that owns the call's seat.
public struct DeclineCall: BusRequest, Hashable {
    public static let type = "rufbus.signaling.decline-call.v1"
    public static let service = "signaling"
    public var call: CallID
    public var user: UserID
    public init(call: CallID, user: UserID) { (self.call, self.user) = (call, user) }
    public typealias Answer = Done
}

/// deflectCall: an incoming call that is not answered rings that phone instead. Goes to the instance that owns the
/// call's seat.
public struct DeflectCall: BusRequest, Hashable {
    public static let type = "rufbus.signaling.deflect-call.v1"
    public static let service = "signaling"
    public enum To: Codable, Hashable, Sendable {
        /// Another device of the user's.
        case device(DeviceID)
        /// E.164 with `+`, or an inside extension; as a fallback is.
        case number(String, reach: Reach)
    }
    public var call: CallID
    public var user: UserID
    public var to: To
    public init(call: CallID, user: UserID, to: To) { (self.call, self.user, self.to) = (call, user, to) }
    public typealias Answer = Done
}

/// What calls run here? Asked by presence and cti when they first see a signaling incarnation.
public struct CallSnapshot: BusRequest, Hashable {
    public static let type = "rufbus.signaling.snapshot.v1"
    public static let service = "signaling"
    public init() {}
    public struct Answer: Codable, Hashable, Sendable {
        public struct Item: Codable, Hashable, Sendable {
            public var state: CallState
            public var position: CallPosition
            public init(state: CallState, position: CallPosition) { (self.state, self.position) = (state, position) }
        }
        public var calls: [Item]
        public init(calls: [Item]) { self.calls = calls }
    }
}
