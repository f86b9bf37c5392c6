import BusClient
import BusContract
import CallControl
import SDP
import SIPStack
import TelephonyModel

/// An INVITE outside of any dialog: whose call it is, or why it is none of ours.
extension Driver {
    private struct Refused: Error {
        var status: Int
        var retryAfterSeconds: Int?
    }

    func arrived(_ arrival: SIPArrival) {
        do throws(Refused) { try take(arrival) } catch {
            logger.debug(
                "INVITE refused",
                metadata: ["status": "\(error.status)", "source": "\(arrival.sourceAddress):\(arrival.sourcePort)"])
            let headers = error.retryAfterSeconds.map { [(name: "Retry-After", value: "\($0)")] } ?? []
            stack.refuse(arrival.id, status: error.status, headers: headers)
        }
    }

    private func take(_ arrival: SIPArrival) throws(Refused) {
        let directory = try readyDirectory()
        guard let trunk = directory.trunk(from: arrival.sourceAddress, port: arrival.sourcePort) else {
            counters.foreign += 1
            throw Refused(status: 403)
        }
        guard arrival.maxForwards > 1 else { throw Refused(status: 483) }  // Our device leg needs one (RFC 3261 §16.6).
        let headers = InviteHeaders(arrival)
        let trail = trail(of: arrival)
        let user = try user(of: headers, on: trunk, trail, directory)
        let caller = directory.lookup.caller(of: headers, prefix: trunk.outsidePrefix)
        let welcome: Welcome
        do throws(Refusal) {
            welcome = try self.welcome(caller, headers, to: user, on: trunk, in: directory)
        } catch {
            logger.error("\(error.sentence)", metadata: ["user": "\(user.user)"])
            throw Refused(status: 480)
        }
        let leg = adopt(arrival, for: user, welcome, caller, trail)
        legs.change(leg) { $0.trunk = trunk.trunk }
        if arrival.transport == .tls, let target = trunk.targets.first(where: { $0.transport == .tls }) {
            stack.route(leg, through: SIPTarget(target))
        }
    }

    private func readyDirectory() throws(Refused) -> Directory {
        guard !isEnding, bus.noRoom == nil, let directory = directory.current else {
            counters.notReady += 1
            throw Refused(status: 503, retryAfterSeconds: isEnding ? 10 : 2)
        }
        return directory
    }

    /// Whom the call is for. A fallback to a colleague names him and, as its diversion, the user whom it has passed.
    private func user(
        of headers: InviteHeaders, on trunk: DirectoryTrunk, _ trail: CallTrail, _ directory: Directory
    ) throws(Refused) -> DirectoryUser {
        let lookup = directory.lookup, prefix = trunk.outsidePrefix
        let found = lookup.user(of: headers, prefix: prefix, besides: trail.users)
        guard let user = (found ?? lookup.user(of: headers, prefix: prefix))?.user else {
            counters.unknownNumber += 1
            throw Refused(status: 404)
        }
        guard !trail.isLoop(to: user.user) else {
            counters.loops += 1
            throw Refused(status: 482)
        }
        return user
    }

    /// Legs of ours with the same Session-ID: the call went on from them.
    private func trail(of arrival: SIPArrival) -> CallTrail {
        var trail = CallTrail()
        trail.diversions = arrival.diversions.reduce(0) { $0 + $1.count }
        for leg in arrival.sessionID.map({ legs.legs(in: $0) }) ?? [] {
            guard let record = legs[leg] else { continue }
            trail.users.formUnion(record.trail.users.union([record.user]))
            if leg.role == .device, isCalled(leg) { trail.comesFromDevice = true }
        }
        return trail
    }

    private func adopt(
        _ arrival: SIPArrival, for user: DirectoryUser, _ welcome: Welcome, _ caller: Caller, _ trail: CallTrail
    ) -> LegID {
        let call = CallID(unchecked: uuid7())
        let leg = LegID(call, .party)
        var record = LegRecord(user: user.user, sessionID: sessionID(of: call))
        (record.maxForwards, record.trail) = (arrival.maxForwards, trail)
        record.officeNumber = user.officeNumber
        let offer = read(arrival.sdp, &record)
        legs.add(leg, record)
        stack.adopt(arrival.id, as: leg, sessionID: record.sessionID)
        let seen = Arrival(
            call: call, caller: caller.view, callerReach: caller.reach, offer: offer, route: welcome.route,
            viaGroup: welcome.viaGroup)
        _ = seat(of: user.user)
        tell(user.user, .invited(seen, welcome.profile))
        return leg
    }

    private func read(_ sdp: String?, _ record: inout LegRecord) -> Arrival.Offer {
        guard let sdp else { return .none }
        do throws(SDPError) {
            let offer = Array(sdp.utf8)
            let far = try FarAudio(offered: offer)
            (record.offer, record.far) = (offer, far)
            return .audio(RemoteAudio(far))
        } catch {
            counters.unusableSDP += 1
            logger.debug("offer unusable: \(error)")
            return .unusable
        }
    }
}
