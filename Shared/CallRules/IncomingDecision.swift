import BusContract
import TelephonyModel

/// What is done first with an incoming call, and which rule said so.
public struct IncomingDecision: Hashable, Sendable {
    /// The rules in the order in which they are looked at (PRODUCT §3.9). `fallback` by reason comes after these, when
    /// what rings was not taken.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// The call came through a group whose calls the user does not want (PRODUCT §3.8).
        case group
        case blocked, vip, doNotDisturb, timetable, quietHours, assistant, ringPlan
    }

    public enum Then: Hashable, Sendable {
        /// The caller is refused.
        case refuse
        /// The PBX goes on with it (480): a group's call is the group's.
        case passOn
        /// The active ring plan, or the active device alone.
        case ring
        case plan(PlanID)
        /// This device alone.
        case device(DeviceID)
        /// Somebody else rings; after him the fallback.
        case divert(Destination)
        /// No phone rings.
        case fallback(FallbackReason)
    }

    public let rule: Rule
    public let then: Then
    public init(_ rule: Rule, _ then: Then) { (self.rule, self.then) = (rule, then) }
}

extension IncomingRules {
    /// What a call would do. Who calls and when are all that it depends on.
    /// - Parameters:
    ///   - viaGroup: whether it came through a group. Such a call uses none of the user's fallbacks and diversions.
    ///   - time: by the office's clock.
    public func decide(caller: IncomingCaller, viaGroup: Bool, at time: LocalTime) -> IncomingDecision {
        if viaGroup, !groupCalls { return IncomingDecision(.group, .passOn) }
        let decision = firstMatch(caller, viaGroup, time)
        switch decision.then {
        case .refuse, .divert, .fallback: return viaGroup ? IncomingDecision(decision.rule, .passOn) : decision
        case .passOn, .ring, .plan, .device: return decision
        }
    }

    private func firstMatch(_ caller: IncomingCaller, _ viaGroup: Bool, _ time: LocalTime) -> IncomingDecision {
        if caller.isMeant(by: blocked) { return IncomingDecision(.blocked, .refuse) }
        if caller.isMeant(by: vip) { return IncomingDecision(.vip, .ring) }
        if doNotDisturb { return IncomingDecision(.doNotDisturb, .fallback(.doNotDisturb)) }
        if let entry = timetable.first(where: { $0.hours.contain(time) }) {
            return IncomingDecision(.timetable, entry.decided)
        }
        if quietHours.contains(where: { $0.contain(time) }) {
            return IncomingDecision(.quietHours, .fallback(.quietHours))
        }
        if let assistant, !viaGroup, !caller.isMeant(by: assistant.number) {
            return IncomingDecision(.assistant, .divert(assistant))
        }
        return IncomingDecision(.ringPlan, .ring)
    }
}

extension TimetableEntry {
    fileprivate var decided: IncomingDecision.Then {
        switch then {
        case .plan(let plan): .plan(plan)
        case .device(let device): .device(device)
        case .divert(let to): .divert(to)
        case .fallback: .fallback(.timetable)
        }
    }
}

extension WeekHours {
    /// Hours over midnight belong to the day on which they begin.
    public func contain(_ time: LocalTime) -> Bool {
        guard to <= from else { return days.contains(time.day) && (from..<to).contains(time.minute) }
        if time.minute >= from { return days.contains(time.day) }
        return time.minute < to && days.contains(time.day.before)
    }
}

extension Weekday {
    fileprivate var before: Weekday {
        let all = Weekday.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[(place + all.count - 1) % all.count]
    }
}
