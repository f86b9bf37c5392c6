import BusContract
import TelephonyModel

/// What a call needs to know of its user and trunk, taken from the directory when the call begins, so that the seat
/// is complete by itself and a later change affects the next call only.
public struct Profile: Codable, Hashable, Sendable {
    /// E.164 with `+`.
    public var officeNumber: String
    /// The PBX's extension of the office number.
    public var `extension`: String
    public var language: Language
    /// The phone that a call-back rings.
    public var device: Device
    /// The phones that ring for an incoming call, and how; never empty.
    public var mode: RingPlan.Mode
    public var rings: [Ring]
    /// What is dialled to reach any phone of the user's: one that is on a call of his is never dialled again.
    public var ownPhones: [String]
    /// Where an incoming call goes that no phone took, and where instead for one reason.
    public var fallback: Destination?
    public var fallbacks: [ReasonFallback]
    public var trunk: TrunkID
    public var outsidePrefix: String
    public var bypassPrefix: String
    /// How the trunk is handed back a caller whom nobody takes.
    public var lastAnswer: DirectoryTrunk.LastAnswer
    /// After how long the trunk gives up a call that nobody answers, in milliseconds.
    public var noAnswer: Int64
    /// On which phones the caller's own number may stand.
    public var showsCaller: IdentityProfile.ShowsCaller

    /// - Parameters:
    ///   - device: the one phone to ring; nil: the active ring plan, else the active device.
    ///   - plan: this ring plan instead of the active one.
    /// - Throws: 404 with a sentence when the user has no such device.
    public init(
        of user: DirectoryUser, on trunk: DirectoryTrunk, device: DeviceID? = nil, plan: PlanID? = nil
    ) throws(Refusal) {
        let wanted = device ?? user.active
        guard let first = user.devices.first(where: { $0.id == wanted }) else {
            let own = user.devices.map(\.id.rawValue).joined(separator: ", ")
            throw Refusal(404, "no-such-device", "You have no device \"\(wanted)\": choose one of \(own).")
        }
        let plan = plan.flatMap { id in user.plans.first { $0.id == id } } ?? user.plan
        let rings = device == nil ? plan?.rings(of: user) ?? [] : []
        (officeNumber, self.extension, language) = (user.officeNumber, user.extension, user.language)
        (self.device, mode) = (first, rings.isEmpty ? .single : plan?.mode ?? .single)
        self.rings = rings.isEmpty ? [Ring(first)] : rings
        (fallback, fallbacks) = (user.fallback, user.rules.fallbacks)
        (self.trunk, outsidePrefix, bypassPrefix) = (trunk.trunk, trunk.outsidePrefix, trunk.bypassPrefix)
        (lastAnswer, noAnswer) = (trunk.lastAnswer, Int64(trunk.noAnswerSeconds) * 1_000)
        showsCaller = trunk.identity.showsCaller
        ownPhones = []
        ownPhones = user.devices.map(dialled) + [bypassPrefix + self.extension]
    }

    /// What is dialled to reach the device of a call-back.
    var deviceNumber: String { dialled(device) }

    func dialled(_ device: Device) -> String { dialled(device.number, device.reach) }
    func dialled(_ to: Destination) -> String { dialled(to.number, to.reach) }

    // MARK: Fallbacks

    func fallback(for reason: FallbackReason) -> Destination? {
        fallbacks.first { $0.reason == reason }?.to ?? fallback
    }

    var hasFallback: Bool { fallback != nil || !fallbacks.isEmpty }

    /// Without the fallbacks that would not help: phones that are tried anyway, or are taken.
    func keepingFallbacks(_ isUseful: (Destination) -> Bool) -> Profile {
        var kept = self
        kept.fallback = fallback.flatMap { isUseful($0) ? $0 : nil }
        kept.fallbacks = fallbacks.filter { isUseful($0.to) }
        return kept
    }

    /// A call that came through a group is the group's: no fallback of the user's takes it, and 480 lets the PBX go on
    /// (PRODUCT §3.8).
    var forGroup: Profile {
        var bare = keepingFallbacks { _ in false }
        bare.lastAnswer = .notHere
        return bare
    }
}
