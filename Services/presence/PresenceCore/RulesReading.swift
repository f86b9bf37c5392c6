import BusContract
import TelephonyModel

/// Ring plans and rules of incoming calls in a directory file. Each function answers nil after it has noted a mistake.
extension DirectoryReading {
    static func plans(_ user: Fields, _ mistakes: MistakeList) -> [RingPlan]? {
        guard let nodes = user.list("ringPlans", of: "ring plans", optional: true) else { return nil }
        let plans = nodes.compactMap { plan($0, user.place, mistakes) }
        return plans.count == nodes.count ? plans : nil
    }

    private static func plan(_ node: FileNode, _ place: String, _ mistakes: MistakeList) -> RingPlan? {
        let fields = Fields(
            node, "\(place), \(name("ring plan", node))", keys: ["id", "name", "mode", "steps"], mistakes)
        let id = fields.text("id", .id)
        let name = fields.text("name", .name)
        let mode = fields.choice("mode", of: RingPlan.Mode.allCases)
        guard let nodes = fields.list("steps", of: "steps"), let id, let name, let mode else { return nil }
        let steps = nodes.compactMap { step($0, fields.place, mistakes) }
        guard steps.count == nodes.count else { return nil }
        return RingPlan(id: PlanID(unchecked: id), name: name, mode: mode, steps: steps)
    }

    private static func step(_ node: FileNode, _ place: String, _ mistakes: MistakeList) -> RingStep? {
        let keys = ["device", "delaySeconds", "ringSeconds", "guard"]
        let fields = Fields(node, "\(place), steps", keys: keys, mistakes)
        let device = fields.text("device", .id)
        let delay = fields.number("delaySeconds", in: 0...120, default: 0)
        let ring = fields.has("ringSeconds") ? fields.number("ringSeconds", in: 5...120) : nil
        let answerGuard = fields.has("guard") ? fields.choice("guard", of: AnswerGuard.allCases) : nil
        guard let device, let delay, ring != nil || !fields.has("ringSeconds"),
            answerGuard != nil || !fields.has("guard")
        else { return nil }
        return RingStep(
            device: DeviceID(unchecked: device), delaySeconds: delay, ringSeconds: ring, answerGuard: answerGuard)
    }

    static func rules(_ user: Fields, _ mistakes: MistakeList) -> IncomingRules? {
        let keys = [
            "blocked", "vip", "doNotDisturb", "timetable", "quietHours", "assistant", "groupCalls", "fallbacks",
        ]
        guard user.has("rules") else { return IncomingRules() }
        guard let fields = user.map("rules", keys: keys) else { return nil }
        let blocked = fields.texts("blocked", of: "callers", .caller, optional: true)
        let vip = fields.texts("vip", of: "callers", .caller, optional: true)
        let undisturbed = fields.flag("doNotDisturb", default: false)
        let timetable = entries(fields, "timetable", mistakes) { timetableEntry($0, fields.place, mistakes) }
        let quiet = entries(fields, "quietHours", mistakes) { node in
            hours(Fields(node, "\(fields.place), quietHours", keys: hourKeys, mistakes))
        }
        let assistant = destination(fields, "assistant")
        let group = fields.flag("groupCalls", default: true)
        let fallbacks = fallbacks(fields)
        guard let blocked, let vip, let undisturbed, let timetable, let quiet, let group,
            assistant != nil || !fields.has("assistant"), let fallbacks
        else { return nil }
        return IncomingRules(
            blocked: blocked, vip: vip, doNotDisturb: undisturbed, timetable: timetable, quietHours: quiet,
            assistant: assistant, groupCalls: group, fallbacks: fallbacks)
    }

    private static func entries<Entry>(
        _ fields: Fields, _ key: String, _ mistakes: MistakeList, _ read: (FileNode) -> Entry?
    ) -> [Entry]? {
        guard let nodes = fields.list(key, of: "hours", optional: true) else { return nil }
        let entries = nodes.compactMap(read)
        return entries.count == nodes.count ? entries : nil
    }

    private static let hourKeys = ["days", "from", "to"]

    private static func hours(_ fields: Fields) -> WeekHours? {
        let days = days(fields)
        let from = fields.text("from", .clock).flatMap(TextRule.minutes)
        let to = fields.text("to", .clock).flatMap(TextRule.minutes)
        guard let days, let from, let to else { return nil }
        guard from < 1_440, to > 0 else {
            fields.mistake(from < 1_440 ? "to" : "from", "hours begin before \"24:00\" and end after \"00:00\"")
            return nil
        }
        return WeekHours(days: days, from: from, to: to)
    }

    private static func days(_ fields: Fields) -> [Weekday]? {
        guard fields.has("days") else { return Weekday.allCases }
        let rule = TextRule(expected: "days of \(Weekday.allCases.map(\.rawValue).joined(separator: ", "))") {
            Weekday(rawValue: $0) != nil
        }
        return fields.texts("days", of: "days", rule).map { $0.compactMap(Weekday.init) }
    }

    private static func timetableEntry(
        _ node: FileNode, _ place: String, _ mistakes: MistakeList
    ) -> TimetableEntry? {
        let fields = Fields(node, "\(place), timetable", keys: hourKeys + ["ring", "divert"], mistakes)
        guard let hours = hours(fields) else { return nil }
        guard fields.has("ring") != fields.has("divert") else {
            fields.mistake(
                "from", "expected either ring, with a ring plan, a device or false, or divert, with a number")
            return nil
        }
        if fields.has("divert") {
            return destination(fields, "divert").map { TimetableEntry(hours: hours, then: .divert($0)) }
        }
        if case .scalar("false", quoted: false) = fields.node("ring")?.content {
            return TimetableEntry(hours: hours, then: .fallback)
        }
        // Whether it is a device's is seen when all of them are read.
        return fields.text("ring", .id).map { TimetableEntry(hours: hours, then: .plan(PlanID(unchecked: $0))) }
    }

    private static func fallbacks(_ rules: Fields) -> [ReasonFallback]? {
        let reasons = FallbackReason.allCases.map(\.rawValue)
        guard rules.has("fallbacks") else { return [] }
        guard let fields = rules.map("fallbacks", keys: reasons) else { return nil }
        let present = FallbackReason.allCases.filter { fields.has($0.rawValue) }
        let read = present.compactMap { reason in
            destination(fields, reason.rawValue).map { ReasonFallback(reason: reason, to: $0) }
        }
        return read.count == present.count ? read : nil
    }
}

extension DirectoryUser {
    /// As a file says it: ids of ring plans and devices are told apart where they stand.
    func settled(active id: String) -> DirectoryUser {
        var user = self
        for index in user.rules.timetable.indices {
            guard case .plan(let plan) = user.rules.timetable[index].then, !plans.contains(where: { $0.id == plan })
            else { continue }
            user.rules.timetable[index].then = .device(DeviceID(unchecked: plan.rawValue))
        }
        user.choose(id)
        return user
    }

    /// Makes a ring plan or a device of this id the active one; an unknown id is taken for a device's.
    mutating func choose(_ id: String) {
        let plan = plans.first { $0.id.rawValue == id }
        activePlan = plan?.id
        active = plan?.steps.first?.device ?? DeviceID(unchecked: id)
    }
}
