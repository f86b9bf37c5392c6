import BusContract
import TelephonyModel

/// One phone of a user's as a call rings it: a step of his ring plan, with what the device says by itself.
public struct Ring: Codable, Hashable, Sendable {
    public var device: Device
    /// Before it rings, in milliseconds: from the call's beginning, in a sequence from the end of the one before.
    public var delay: Int64
    /// How long it rings, in milliseconds.
    public var limit: Int64
    public var answerGuard: AnswerGuard

    public init(_ device: Device, delay: Int64 = 0, limit: Int64? = nil, answerGuard: AnswerGuard? = nil) {
        (self.device, self.delay) = (device, delay)
        self.limit = limit ?? Int64(device.ringSeconds) * 1_000
        self.answerGuard = answerGuard ?? device.answerGuard
    }

    /// Nil for a step whose device is gone.
    init?(_ step: RingStep, of user: DirectoryUser) {
        guard let device = user.devices.first(where: { $0.id == step.device }) else { return nil }
        self.init(
            device, delay: Int64(step.delaySeconds) * 1_000, limit: step.ringSeconds.map { Int64($0) * 1_000 },
            answerGuard: step.answerGuard)
    }
}

extension RingPlan {
    /// The phones in the order of their turns; a phone rings once.
    func rings(of user: DirectoryUser) -> [Ring] {
        var seen: Set<DeviceID> = []
        let known = steps.compactMap { Ring($0, of: user) }.filter { seen.insert($0.device.id).inserted }
        let ordered = mode == .simultaneous ? known.sorted { $0.delay < $1.delay } : known
        return Array(ordered.prefix(mode == .single ? 1 : Limit.phones))
    }
}
