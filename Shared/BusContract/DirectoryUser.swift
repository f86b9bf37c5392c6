import TelephonyModel

/// A number that is no device of the user's: where a call may go, or where it came from.
public struct Destination: Codable, Hashable, Sendable {
    /// E.164 with `+` (outside) or an extension (inside).
    public var number: String
    public var reach: Reach
    public init(number: String, reach: Reach) { (self.number, self.reach) = (number, reach) }
}

/// A user with what signaling needs to place and to take his calls.
public struct DirectoryUser: Codable, Hashable, Sendable {
    public typealias Fallback = Destination

    public var user: UserID
    public var name: String
    /// E.164 with `+`.
    public var officeNumber: String
    /// The PBX's extension of the office number ("23").
    public var `extension`: String
    public var language: Language
    public var devices: [Device]
    /// What a call-back rings; the first device of the active ring plan, if there is one.
    public var active: DeviceID
    /// Where a call goes that no device took: the office phone's bypass address or another number. Nil: none.
    public var fallback: Fallback?
    /// Ring plans that the user can choose.
    public var plans: [RingPlan]
    /// One of `plans`; nil: the active device rings alone.
    public var activePlan: PlanID?
    public var rules: IncomingRules

    public init(
        user: UserID, name: String, officeNumber: String, extension: String, language: Language, devices: [Device],
        active: DeviceID, fallback: Fallback?, plans: [RingPlan] = [], activePlan: PlanID? = nil,
        rules: IncomingRules = IncomingRules()
    ) {
        (self.user, self.name, self.officeNumber) = (user, name, officeNumber)
        (self.extension, self.language, self.devices) = (`extension`, language, devices)
        (self.active, self.fallback) = (active, fallback)
        (self.plans, self.activePlan, self.rules) = (plans, activePlan, rules)
    }

    /// The active ring plan.
    public var plan: RingPlan? { activePlan.flatMap { id in plans.first { $0.id == id } } }

    /// Where a call goes that is not taken, or must not ring, for this reason.
    public func fallback(for reason: FallbackReason) -> Destination? {
        rules.fallbacks.first { $0.reason == reason }?.to ?? fallback
    }
}

extension DirectoryUser {
    /// Plans and rules are missing where an older version wrote it.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            user: try box.decode(UserID.self, forKey: .user), name: try box.decode(String.self, forKey: .name),
            officeNumber: try box.decode(String.self, forKey: .officeNumber),
            extension: try box.decode(String.self, forKey: .extension),
            language: try box.decode(Language.self, forKey: .language),
            devices: try box.decode([Device].self, forKey: .devices),
            active: try box.decode(DeviceID.self, forKey: .active),
            fallback: try box.decodeIfPresent(Destination.self, forKey: .fallback),
            plans: try box.decodeIfPresent([RingPlan].self, forKey: .plans) ?? [],
            activePlan: try box.decodeIfPresent(PlanID.self, forKey: .activePlan),
            rules: try box.decodeIfPresent(IncomingRules.self, forKey: .rules) ?? IncomingRules())
    }
}
