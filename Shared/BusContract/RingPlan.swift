import TelephonyModel

/// Which of a user's devices ring for an incoming call, and when (PRODUCT §3.3). Its sum fits the trunk's
/// `noAnswerSeconds`.
public struct RingPlan: Codable, Hashable, Sendable {
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// The first step alone.
        case single
        /// All at once, each after its delay; the first that is taken wins.
        case simultaneous
        /// One after the other: the next when the one before was not taken in its time. A delay counts from there.
        case sequence
    }
    public var id: PlanID
    /// Name that its user gave it ("At home").
    public var name: String
    public var mode: Mode
    /// At least one.
    public var steps: [RingStep]
    public init(id: PlanID, name: String, mode: Mode, steps: [RingStep]) {
        (self.id, self.name, self.mode, self.steps) = (id, name, mode, steps)
    }
}

/// One device of a ring plan.
public struct RingStep: Codable, Hashable, Sendable {
    public var device: DeviceID
    /// Before it rings, in seconds.
    public var delaySeconds: Int
    /// How long it rings, in seconds; nil: as long as the device rings otherwise.
    public var ringSeconds: Int?
    /// Nil: the device's own.
    public var answerGuard: AnswerGuard?
    public init(device: DeviceID, delaySeconds: Int = 0, ringSeconds: Int? = nil, answerGuard: AnswerGuard? = nil) {
        (self.device, self.delaySeconds) = (device, delaySeconds)
        (self.ringSeconds, self.answerGuard) = (ringSeconds, answerGuard)
    }
}
