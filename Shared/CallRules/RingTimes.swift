import BusContract
import TelephonyModel

/// A device of a ring plan, with when and how long it rings.
public struct RingTime: Hashable, Sendable {
    public let device: Device
    /// Seconds after the call came in, if nobody takes it before.
    public let from: Int
    /// The first second in which it does not ring any more.
    public let to: Int
    public let answerGuard: AnswerGuard
}

extension RingPlan {
    /// When which device rings for a call that nobody takes. Devices that the user has not (any more) are passed over.
    public func times(of devices: [Device]) -> [RingTime] {
        let known = steps.compactMap { step in devices.first { $0.id == step.device }.map { (step, $0) } }
        var times: [RingTime] = [], passed = 0
        for (step, device) in mode == .single ? Array(known.prefix(1)) : known {
            let from = (mode == .sequence ? passed : 0) + step.delaySeconds
            let to = from + (step.ringSeconds ?? device.ringSeconds)
            times.append(
                RingTime(device: device, from: from, to: to, answerGuard: step.answerGuard ?? device.answerGuard))
            passed = to
        }
        return times
    }

    /// How long a call rings that nobody takes, in seconds.
    public func seconds(of devices: [Device]) -> Int { times(of: devices).map(\.to).max() ?? 0 }
}

extension DirectoryUser {
    /// What rings for a decision; empty if no device does.
    public func times(for then: IncomingDecision.Then) -> [RingTime] {
        switch then {
        case .refuse, .passOn, .divert, .fallback: []
        case .ring: plan.map { $0.times(of: devices) } ?? alone(active)
        case .plan(let id): plans.first { $0.id == id }.map { $0.times(of: devices) } ?? alone(active)
        case .device(let device): alone(device)
        }
    }

    private func alone(_ id: DeviceID) -> [RingTime] {
        devices.filter { $0.id == id }.map {
            RingTime(device: $0, from: 0, to: $0.ringSeconds, answerGuard: $0.answerGuard)
        }
    }
}
