import BusContract
import TelephonyModel

/// Legs that are tried a second time, in another way: without the caller's number, or where the far side sends us.
extension Call {
    /// A trunk that does not let a foreign number through says so before any phone rings; once one rings, 603 is what
    /// its user did. No leg after it shows the caller's number.
    /// - Returns: whether the leg was called once more, under the office number (PRODUCT §6).
    mutating func repeatsAsOffice(_ key: LegKey, _ status: Int, _ cause: Int?, _ work: inout Work) -> Bool {
        guard let leg = self[key], leg.showsCaller, party.number != nil, leg.rangAt == nil,
            [403, 404, 603].contains(status), leg.isCalling || leg.letGoAt != nil
        else { return false }
        callerNumberRefused = true
        for index in legs.indices where legs[index].dialog == .planned { legs[index].showsCaller = false }
        work.add(.callerNumberRefused(profile.trunk))
        guard leg.isCalling else { return false }
        closeFailed(key, status, cause, &work)
        watchRings(&work)
        again(leg, at: leg.number ?? "", leg.reach, hops: leg.hops, &work)
        return true
    }

    /// 3xx: one hop, since a circle is no route. A user's phone that sends its calls elsewhere is not followed: who is
    /// there would not be he, and where his calls go is for his ring plan to say.
    mutating func redirected(_ key: LegKey, _ status: Int, to number: String?, _ work: inout Work) {
        guard let leg = self[key], leg.isCalling, let number, mayFollow(leg, to: number) else {
            return refused(key, status, nil, &work)
        }
        closeFailed(key, status, nil, &work)
        watchRings(&work)
        if key == far { disarm(.earlyMedia, &work) }
        let prefix = profile.outsidePrefix
        let isOutside = !prefix.isEmpty && number.hasPrefix(prefix)
        again(leg, at: number, isOutside ? .outside : leg.reach, hops: leg.hops + 1, &work)
    }

    /// Whoever was called inside cannot make us call outside: a forwarded extension is no way to phone at our expense.
    private func mayFollow(_ leg: CallLeg, to number: String) -> Bool {
        let prefix = profile.outsidePrefix
        let isOutside = number.hasPrefix("+") || (!prefix.isEmpty && number.hasPrefix(prefix))
        return leg.key.role != .device && leg.hops == 0 && (!isOutside || leg.reach == .outside)
            && !profile.ownPhones.contains(number) && !legs.contains { $0.number == number }
            && !EmergencyNumbers.isOne(number, behind: prefix)
    }

    /// A leg in place of one that is over, through the same ports.
    private mutating func again(
        _ old: CallLeg, at number: String, _ reach: Reach, hops: Int, _ work: inout Work
    ) {
        let key = nextKey(old.key.role)
        let isTarget = old.key == far
        var leg = CallLeg(key, of: id, reach, number: number, ring: old.ring, port: old.port, at: work.now)
        leg.hops = hops
        add(leg)
        if isTarget { far = key }
        askLines([key], evenIfFull: false, &work)
    }
}
