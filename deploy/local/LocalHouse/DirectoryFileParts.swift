import BusContract
import TelephonyModel

// The longer parts of the directory file: what stands beside the plain keys, and only where it is not as usual.

extension DirectoryTrunk {
    /// `, key: …` for all that a trunk may have.
    var furtherKeys: String {
        let usual = DirectoryTrunk(
            trunk: trunk, targets: targets, outsidePrefix: outsidePrefix, bypassPrefix: bypassPrefix,
            sipChannels: sipChannels, outsideChannels: outsideChannels, reserve: reserve)
        return YAMLFlow.pairs([
            ("targets", YAMLFlow.list(targets.map(\.yaml))),
            ("sources", sources.isEmpty ? nil : YAMLFlow.list(sources)),
            ("registration", registration?.yaml),
            ("keepAliveSeconds", keepAliveSeconds == usual.keepAliveSeconds ? nil : "\(keepAliveSeconds)"),
            ("sessionTimerRequired", sessionTimerRequired ? "true" : nil),
            ("lastAnswer", lastAnswer == usual.lastAnswer ? nil : lastAnswer.rawValue),
            ("noAnswerSeconds", noAnswerSeconds == usual.noAnswerSeconds ? nil : "\(noAnswerSeconds)"),
            ("identity", identity == usual.identity ? nil : identity.yaml),
        ])
    }
}

extension TrunkTarget {
    fileprivate var yaml: String {
        YAMLFlow.map([
            ("address", address), ("port", "\(port)"), ("transport", transport.rawValue), ("priority", "\(priority)"),
            ("serverName", serverName),
        ])
    }
}

extension TrunkRegistration {
    fileprivate var yaml: String {
        YAMLFlow.map([
            ("domain", domain), ("user", YAMLFlow.text(user)), ("authUser", authUser.map(YAMLFlow.text)),
            ("expirySeconds", "\(expirySeconds)"),
        ])
    }
}

extension IdentityProfile {
    fileprivate var yaml: String {
        YAMLFlow.map([
            ("name", YAMLFlow.text(name)), ("from", from.yaml), ("asserted", asserted?.yaml),
            ("preferred", preferred?.yaml), ("diversion", diversion?.rawValue), ("historyInfo", historyInfo?.rawValue),
            ("showsCaller", showsCaller.rawValue), ("suppression", suppression.rawValue),
        ])
    }
}

extension IdentityProfile.Header {
    fileprivate var yaml: String {
        YAMLFlow.map([
            ("number", number.rawValue), ("format", format.rawValue), ("fixed", fixed.map(YAMLFlow.text)),
        ])
    }
}

extension DirectoryUser {
    /// Lines with ring plans and rules; empty where there are none.
    var furtherLines: String {
        let plans = plans.isEmpty ? "" : "\n    ringPlans: " + YAMLFlow.list(plans.map(\.yaml))
        return plans + (rules == IncomingRules() ? "" : "\n    rules: " + rules.yaml)
    }
}

extension RingPlan {
    fileprivate var yaml: String {
        let steps = steps.map {
            YAMLFlow.map([
                ("device", $0.device.rawValue), ("delaySeconds", "\($0.delaySeconds)"),
                ("ringSeconds", $0.ringSeconds.map { "\($0)" }), ("guard", $0.answerGuard?.rawValue),
            ])
        }
        return YAMLFlow.map([
            ("id", id.rawValue), ("name", YAMLFlow.text(name)), ("mode", mode.rawValue),
            ("steps", YAMLFlow.list(steps)),
        ])
    }
}

extension IncomingRules {
    fileprivate var yaml: String {
        func some(_ items: [String]) -> String? { items.isEmpty ? nil : YAMLFlow.list(items) }
        let fallbacks = fallbacks.map { ($0.reason.rawValue, Optional($0.to.yaml)) }
        return YAMLFlow.map([
            ("blocked", some(blocked.map(YAMLFlow.text))), ("vip", some(vip.map(YAMLFlow.text))),
            ("doNotDisturb", "\(doNotDisturb)"), ("timetable", some(timetable.map(\.yaml))),
            ("quietHours", some(quietHours.map { YAMLFlow.map($0.pairs) })), ("assistant", assistant?.yaml),
            ("groupCalls", "\(groupCalls)"), ("fallbacks", fallbacks.isEmpty ? nil : YAMLFlow.map(fallbacks)),
        ])
    }
}

extension TimetableEntry {
    fileprivate var yaml: String {
        let then: (String, String?) =
            switch then {
            case .plan(let plan): ("ring", plan.rawValue)
            case .device(let device): ("ring", device.rawValue)
            case .divert(let to): ("divert", to.yaml)
            case .fallback: ("ring", "false")
            }
        return YAMLFlow.map(hours.pairs + [then])
    }
}

extension WeekHours {
    fileprivate var pairs: [(String, String?)] {
        func clock(_ minutes: Int) -> String {
            let parts = [minutes / 60, minutes % 60].map { ($0 < 10 ? "0" : "") + String($0) }
            return YAMLFlow.text(parts.joined(separator: ":"))
        }
        return [("days", YAMLFlow.list(days.map(\.rawValue))), ("from", clock(from)), ("to", clock(to))]
    }
}

extension Destination {
    var yaml: String { YAMLFlow.map([("number", YAMLFlow.text(number)), ("reach", reach.rawValue)]) }
}

/// YAML on one line.
enum YAMLFlow {
    static func text(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    static func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }
    static func map(_ pairs: [(String, String?)]) -> String { "{" + self.pairs(pairs) + "}" }
    /// Keys without a value are left out.
    static func pairs(_ pairs: [(String, String?)]) -> String {
        pairs.compactMap { key, value in value.map { "\(key): \($0)" } }.joined(separator: ", ")
    }
}
