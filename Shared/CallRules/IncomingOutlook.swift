import BusContract
import TelephonyModel

/// "A call now would …": what a user's settings do with a call, for himself to look at.
public struct IncomingOutlook: Codable, Hashable, Sendable {
    /// A phone that would ring.
    public struct Phone: Codable, Hashable, Sendable {
        public let device: DeviceID
        public let name: String
        /// Seconds after the call came in, if nobody takes it before.
        public let from: Int
        public let to: Int
        public let answerGuard: AnswerGuard
    }
    public let rule: IncomingDecision.Rule
    /// In the order in which they begin to ring.
    public let phones: [Phone]
    /// Who rings instead of his own phones.
    public let divertedTo: Destination?
    /// Where the call goes when nobody took it, or at once if no phone rings.
    public let fallback: Destination?
    /// For people.
    public let sentence: String

    /// - Parameter viaGroup: for a call that came through a group.
    public init(
        of user: DirectoryUser, caller: IncomingCaller, viaGroup: Bool = false, at time: LocalTime
    ) {
        let decision = user.rules.decide(caller: caller, viaGroup: viaGroup, at: time)
        let times = user.times(for: decision.then)
        rule = decision.rule
        phones = times.sorted { $0.from < $1.from }.map {
            Phone(device: $0.device.id, name: $0.device.name, from: $0.from, to: $0.to, answerGuard: $0.answerGuard)
        }
        divertedTo = if case .divert(let to) = decision.then { to } else { nil }
        fallback = viaGroup ? nil : user.fallback(after: decision.then)
        sentence = Self.sentence(decision, phones, fallback, user)
    }

    private static func sentence(
        _ decision: IncomingDecision, _ phones: [Phone], _ fallback: Destination?, _ user: DirectoryUser
    ) -> String {
        let after = fallback.map { "go to \($0.number)" } ?? "be given back to the telephone system"
        let what =
            switch decision.then {
            case .refuse: "be refused"
            case .passOn: "be left to the rest of the group"
            case .divert(let to): "ring \(to.number), then \(after)"
            case .fallback: after
            case .ring, .plan, .device:
                phones.isEmpty ? after : "ring \(phones.map(words).joined(separator: ", ")), then \(after)"
            }
        return "A call would \(what)\(decision.rule.because)."
    }

    private static func words(_ phone: Phone) -> String { "\(phone.name) (second \(phone.from) to \(phone.to))" }
}

extension DirectoryUser {
    /// Where a call goes that is not taken; nil: back to the trunk.
    fileprivate func fallback(after then: IncomingDecision.Then) -> Destination? {
        switch then {
        case .refuse, .passOn: nil
        case .fallback(let reason): fallback(for: reason)
        case .ring, .plan, .device, .divert: fallback(for: .noAnswer)
        }
    }
}

extension IncomingDecision.Rule {
    fileprivate var because: String {
        switch self {
        case .group: ": you take no calls of groups"
        case .blocked: ": you have blocked this caller"
        case .vip: ": this caller always gets through"
        case .doNotDisturb: ": you do not want to be disturbed"
        case .timetable: ": your timetable says so"
        case .quietHours: ": these are your quiet hours"
        case .assistant: ": your assistant takes calls first"
        case .ringPlan: ""
        }
    }
}
