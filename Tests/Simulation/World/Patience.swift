import BusContract
import CallControl
import TelephonyModel

/// How long things may last, in milliseconds, and what guards a phone: said here once more, apart from the core.
extension World {
    private static let fallbackRing: Int64 = 30_000
    private static let targetRing: Int64 = 120_000
    /// The guard's 10 s and what media's word about them may be late.
    private static let guardTime: Int64 = 12_000
    /// Whoever is called rings so long at least, however late it is.
    private static let shortestRing: Int64 = 5_000

    /// How long a phone may ring.
    func ringLimit(_ leg: LegID) -> Int64 {
        guard let plan = plans[leg.call] else { return 0 }
        switch leg.role {
        case .device:
            let number = far[leg]?.number
            let own = plan.devices.filter { $0.dialled == number }.map { Int64($0.ringSeconds) * 1_000 }
            return (own + plan.rings(at: number).map(\.limit)).max() ?? 0
        case .fallback: return Self.fallbackRing
        default: return Self.targetRing
        }
    }

    /// When a caller has his answer at the latest: the trunk's patience; and for whoever is tried at its very end, and
    /// after each deflection, a line, a shortest ring, the guard.
    func longestWait(_ call: CallID) -> Int64 {
        guard let plan = plans[call] else { return 0 }
        let lines: Int64 = 2_600
        let late = lines + Self.shortestRing + Self.guardTime + 500
        return plan.profile.noAnswer + Int64(2 + plan.deflections) * late
    }
}

extension CallPlan {
    /// The steps of the ring plan that ring this number.
    func rings(at number: String?) -> [Ring] { profile.rings.filter { $0.device.dialled == number } }

    /// What may guard the phone of this number: the step's guard, or its own once a call is deflected to it.
    func guards(of number: String?) -> Set<AnswerGuard> {
        let steps = rings(at: number).map(\.answerGuard)
        let own = deflections > 0 || steps.isEmpty ? devices.filter { $0.dialled == number }.map(\.answerGuard) : []
        return Set(steps + own)
    }

    /// What a caller may be told at last whom nobody took.
    var lastAnswers: Set<Int> {
        if viaGroup { return [480] }
        switch profile.lastAnswer {
        case .unavailable: return [503]
        case .notHere: return [480]
        case .redirect: return [302, 480]
        }
    }

    /// Whether the user's general fallback is a phone that his ring plan does not try anyway.
    var hasUsefulFallback: Bool {
        guard !viaGroup, let fallback = profile.fallback else { return false }
        return rings(at: fallback.dialled).isEmpty
    }
}
