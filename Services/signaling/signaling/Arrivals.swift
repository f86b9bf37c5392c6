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
        guard let user = directory.lookup.user(of: headers, prefix: trunk.outsidePrefix)?.user else {
            counters.unknownNumber += 1
            throw Refused(status: 404)
        }
        try breakLoops(arrival, to: user.user)
        let profile = try profile(of: user, on: trunk)
        let caller = directory.lookup.caller(of: headers, prefix: trunk.outsidePrefix)
        adopt(arrival, for: user, profile, caller)
    }

    private func readyDirectory() throws(Refused) -> Directory {
        guard !isEnding, let directory = directory.current else {
            counters.notReady += 1
            throw Refused(status: 503, retryAfterSeconds: isEnding ? 10 : 2)
        }
        return directory
    }

    /// A leg that we ring comes back when its phone is diverted to the office number; a leg to a party comes back
    /// rightly when a user calls a colleague, but not to the same user.
    private func breakLoops(_ arrival: SIPArrival, to user: UserID) throws(Refused) {
        guard let session = arrival.sessionID else { return }
        let isLoop = legs.legs(in: session).contains { legs[$0]?.user == user || role(of: $0) != .party }
        guard isLoop else { return }
        counters.loops += 1
        throw Refused(status: 482)
    }

    private func role(of leg: LegID) -> LegRole? {
        legs[leg].flatMap { seats[$0.user]?.seat.standing(of: leg)?.role }
    }

    private func profile(of user: DirectoryUser, on trunk: DirectoryTrunk) throws(Refused) -> Profile {
        do throws(Refusal) { return try Profile(of: user, on: trunk) } catch {
            logger.error("\(error.sentence)", metadata: ["user": "\(user.user)"])
            throw Refused(status: 480)
        }
    }

    private func adopt(_ arrival: SIPArrival, for user: DirectoryUser, _ profile: Profile, _ caller: Caller) {
        let call = CallID(unchecked: uuid7())
        let leg = LegID(call, .party)
        var record = LegRecord(user: user.user, sessionID: sessionID(of: call))
        record.maxForwards = arrival.maxForwards
        record.officeNumber = user.officeNumber
        let offer = read(arrival.sdp, &record)
        legs.add(leg, record)
        stack.adopt(arrival.id, as: leg, sessionID: record.sessionID)
        let seen = Arrival(call: call, caller: caller.view, callerReach: caller.reach, offer: offer)
        _ = seat(of: user.user)
        tell(user.user, .invited(seen, profile))
    }

    private func read(_ sdp: String?, _ record: inout LegRecord) -> Arrival.Offer {
        guard let sdp else { return .none }
        do throws(SDPError) {
            let offer = Array(sdp.utf8)
            let far = try FarAudio(offered: offer)
            (record.offer, record.far) = (offer, far)
            return RemoteAudio(far).map { .audio($0) } ?? .unusable
        } catch {
            counters.unusableSDP += 1
            logger.debug("offer unusable: \(error)")
            return .unusable
        }
    }
}
