import TelephonyModel

/// What a user wants done with incoming calls, in the order in which it is looked at (PRODUCT §3.9). Callers are
/// written as E.164 with `+`, as an extension, as the first digits of either with `*` behind them, or as `anonymous`.
public struct IncomingRules: Codable, Hashable, Sendable {
    /// Callers who are refused.
    public var blocked: [String]
    /// Callers for whom the ring plan rings, whatever the rules below say.
    public var vip: [String]
    /// No device rings; calls go to the fallback.
    public var doNotDisturb: Bool
    /// Where calls go at which hours; the first entry that holds counts.
    public var timetable: [TimetableEntry]
    /// Hours in which no device rings; calls go to the fallback.
    public var quietHours: [WeekHours]
    /// Who takes calls first; calls from him ring through.
    public var assistant: Destination?
    /// Whether calls that came through a group ring here (PRODUCT §3.8).
    public var groupCalls: Bool
    /// Where calls go instead of the user's general fallback; each reason at most once.
    public var fallbacks: [ReasonFallback]
    public init(
        blocked: [String] = [], vip: [String] = [], doNotDisturb: Bool = false, timetable: [TimetableEntry] = [],
        quietHours: [WeekHours] = [], assistant: Destination? = nil, groupCalls: Bool = true,
        fallbacks: [ReasonFallback] = []
    ) {
        (self.blocked, self.vip, self.doNotDisturb) = (blocked, vip, doNotDisturb)
        (self.timetable, self.quietHours, self.assistant) = (timetable, quietHours, assistant)
        (self.groupCalls, self.fallbacks) = (groupCalls, fallbacks)
    }
}

/// Hours that come again each week, by the office's clock.
public struct WeekHours: Codable, Hashable, Sendable {
    /// The days on which the hours begin.
    public var days: [Weekday]
    /// Minutes since midnight, 0 to 1,439.
    public var from: Int
    /// The first minute that is not part of them any more, 1 to 1,440. Not after `from`: of the next day.
    public var to: Int
    public init(days: [Weekday] = Weekday.allCases, from: Int, to: Int) {
        (self.days, self.from, self.to) = (days, from, to)
    }
}

/// One line of a timetable.
public struct TimetableEntry: Codable, Hashable, Sendable {
    public enum Then: Codable, Hashable, Sendable {
        case plan(PlanID)
        /// This device alone.
        case device(DeviceID)
        case divert(Destination)
        /// No device rings; the fallback for the reason `timetable`.
        case fallback
    }
    public var hours: WeekHours
    public var then: Then
    public init(hours: WeekHours, then: Then) { (self.hours, self.then) = (hours, then) }
}

/// Why a call goes to a fallback.
public enum FallbackReason: String, Codable, Sendable, CaseIterable {
    // No device was asked.
    case doNotDisturb, timetable, quietHours
    // Devices were asked.
    /// A phone was busy, or the user talks already.
    case busy
    /// He declined, on a phone or by a verb.
    case declined
    /// Nobody answered in time, or the guard was not passed.
    case noAnswer
    case unreachable
    /// The trunk had no line for a device.
    case noLine
}

/// A fallback for one reason.
public struct ReasonFallback: Codable, Hashable, Sendable {
    public var reason: FallbackReason
    public var to: Destination
    public init(reason: FallbackReason, to: Destination) { (self.reason, self.to) = (reason, to) }
}
