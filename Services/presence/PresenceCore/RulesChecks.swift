import BusContract
import CallRules
import TelephonyModel

/// What must hold between a user's ring plans, his rules, his devices and the trunks.
extension DirectoryReading {
    func checkPlansAndRules(_ mistakes: MistakeList) {
        let limit = trunks.min { $0.value.noAnswerSeconds < $1.value.noAnswerSeconds }
        for user in users.map(\.value.user) {
            guard let fields = users.first(where: { $0.value.user.user == user.user })?.fields else { continue }
            for plan in user.plans { check(plan, of: user, fields, limit) }
            check(timetableOf: user, fields)
            check(assistantOf: user, fields)
        }
    }

    private func check(_ plan: RingPlan, of user: DirectoryUser, _ fields: Fields, _ limit: Read<DirectoryTrunk>?) {
        let place = "ring plan \"\(plan.id)\""
        let own = user.devices.map(\.id.rawValue)
        if own.contains(plan.id.rawValue) { fields.mistake("ringPlans", "\(place) has the id of a device") }
        if user.plans.filter({ $0.id == plan.id }).count > 1 { fields.mistake("ringPlans", "\(place) stands twice") }
        for step in plan.steps where !own.contains(step.device.rawValue) {
            fields.mistake(
                "ringPlans",
                "\(place) has a device \"\(step.device)\"; expected one of his (\(own.joined(separator: ", ")))")
        }
        if plan.mode == .single, plan.steps.count > 1 {
            fields.mistake("ringPlans", "\(place) has mode: single and several steps; expected one step")
        }
        let seconds = plan.seconds(of: user.devices)
        if let limit, seconds > limit.value.noAnswerSeconds {
            fields.mistake(
                "ringPlans",
                "\(place) rings for \(seconds) s, but \(limit.fields.place) gives a call up after "
                    + "\(limit.value.noAnswerSeconds) s (noAnswerSeconds); expected a shorter plan")
        }
    }

    private func check(timetableOf user: DirectoryUser, _ fields: Fields) {
        for entry in user.rules.timetable {
            guard case .device(let device) = entry.then, !user.devices.contains(where: { $0.id == device }) else {
                continue
            }
            let own = user.plans.map(\.id.rawValue) + user.devices.map(\.id.rawValue)
            fields.mistake(
                "rules",
                "the timetable rings \"\(device)\"; expected one of his ring plans and devices "
                    + "(\(own.joined(separator: ", ")))")
        }
    }

    /// A call that is diverted to the user himself would come back.
    private func check(assistantOf user: DirectoryUser, _ fields: Fields) {
        guard let number = user.rules.assistant?.number, number == user.extension || number == user.officeNumber else {
            return
        }
        fields.mistake("rules", "he is his own assistant; expected somebody else's number")
    }
}

extension DirectoryUser {
    /// All numbers that calls for him may be sent on to, with the file's key that they stand under.
    var destinations: [(key: String, to: Destination)] {
        let timetable = rules.timetable.compactMap { entry in
            if case .divert(let to) = entry.then { ("rules", to) } else { nil }
        }
        return (fallback.map { [("fallback", $0)] } ?? []) + timetable
            + (rules.assistant.map { [("rules", $0)] } ?? []) + rules.fallbacks.map { ("rules", $0.to) }
    }
}
