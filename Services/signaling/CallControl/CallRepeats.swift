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
    mutating func redirected(_ key: LegKey, _ status: Int, to places: [Destination], _ work: inout Work) {
        guard let leg = self[key], leg.isCalling, let place = places.first(where: { mayFollow(leg, to: $0) }) else {
            return refused(key, status, nil, &work)
        }
        closeFailed(key, status, nil, &work)
        watchRings(&work)
        if key == far { disarm(.earlyMedia, &work) }
        again(leg, at: profile.dialled(place), place.reach, hops: leg.hops + 1, &work)
    }

    /// Whoever was called inside cannot make us call outside: a forwarded extension is no way to phone at our expense.
    /// The user's own number would come back to us, his phones are for his ring plan, and nobody is called twice.
    private func mayFollow(_ leg: CallLeg, to place: Destination) -> Bool {
        let number = profile.dialled(place)
        let isOwn = place.number == profile.officeNumber || profile.ownPhones.contains(number)
        return leg.key.role != .device && leg.hops == 0 && (place.reach == .inside || leg.reach == .outside)
            && !isOwn && !legs.contains { $0.number == number }
            && !EmergencyNumbers.isOne(number, behind: profile.outsidePrefix)
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
