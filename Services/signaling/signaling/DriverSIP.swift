import BusContract
import CallControl
import Logging
import SDP
import SIPStack
import TelephonyModel

/// SIP: a seat's commands to the stack, the stack's events to their seats, and the offers and answers between.
extension Driver {
    // MARK: Commands

    func provisional(_ leg: LegID, _ status: Int) {
        stack.provisional(leg, status: status, assertedIdentity: legs[leg]?.officeNumber)
    }

    func refuse(_ leg: LegID, _ status: Int, _ reason: SIPReason?) {
        legs.over(leg, at: SeatClock.boot())
        stack.refuse(leg, status: status, reason.map(ReasonHeader.init))
    }

    func cancel(_ leg: LegID, _ reason: SIPReason?) {
        trunks.settled(leg)
        stack.cancel(leg, reason.map(ReasonHeader.init))
    }

    func forget(_ leg: LegID) {
        trunks.settled(leg)
        legs.over(leg, at: SeatClock.boot())
        stack.forget(leg)
    }

    func invite(_ leg: LegID, _ invitation: Invitation, _ holder: SeatHolder) {
        let user = holder.seat.user
        guard let trunk = directory.current?.trunk(invitation.trunk) else {
            // The trunk was taken out of the directory while this call began.
            return tell(user, .undelivered(leg))
        }
        let conversation = holder.seat.standing(of: leg)?.position.conversation ?? leg.call
        var record = LegRecord(user: user, sessionID: sessionID(of: conversation))
        record.trunk = trunk.trunk
        record.trail = legs[LegID(leg.call, .party)]?.trail ?? CallTrail()
        let identity: SIPIdentity
        do throws(Refusal) {
            identity = try self.identity(of: invitation, on: trunk, diversions: record.trail.diversions + 1)
        } catch {
            logger.error("\(error.sentence)", metadata: metadata(of: leg.call, user))
            return tell(user, .failed(leg, status: 403, cause: nil))
        }
        var audio = session(invitation.audio)
        let offer = audio.offer()
        record.audio = audio
        legs.add(leg, record)
        let request = SIPInvitation(
            target: SIPTarget(user: invitation.number, address: trunk.address, port: trunk.port), identity: identity,
            sessionID: record.sessionID, maxForwards: forwards(of: leg),
            sessionSeconds: trunk.sessionTimerRequired ? Self.sessionSeconds : nil, sdp: offer)
        if !trunks.invite(leg, request, on: trunk.trunk) {
            // The trunk has just said that it has no line: whoever asks again is told the same (PRODUCT §7).
            ended(leg, .failed(leg, status: 503, cause: nil))
        }
    }

    /// The session timer that we offer where a trunk insists on one (RFC 4028 §4).
    private static let sessionSeconds = 1_800

    /// A leg that goes on from an incoming one has one forward less (RFC 3261 §16.6).
    private func forwards(of leg: LegID) -> Int {
        let incoming = LegID(leg.call, .party)
        guard incoming != leg, let record = legs[incoming], record.officeNumber != nil else { return 70 }
        return record.maxForwards - 1
    }

    func accept(_ leg: LegID, _ local: LocalAudio) {
        var audio = session(local)
        let text: String
        do throws(SDPError) {
            if let offer = legs[leg]?.offer { text = try audio.answer(offer).text } else { text = audio.offer() }
        } catch {
            // Only a bug: `arrived` has read this very offer.
            logger.error("defect: offer no longer readable: \(error)", metadata: metadata(of: leg))
            refuse(leg, 488, nil)
            return tell(leg, .lost(leg))
        }
        legs.change(leg) { $0.audio = audio }
        stack.accept(leg, sdp: text, assertedIdentity: legs[leg]?.officeNumber)
    }

    private func session(_ local: LocalAudio) -> AudioSession {
        // 62 bits: some read o= as a signed number (RFC 8866 §5.2 sets no limit).
        AudioSession(address: local.address, port: local.port, id: UInt64.random(in: 1..<1 << 62))
    }

    /// The trunk of a leg may speak for its far side from any of its addresses.
    func isTrusted(_ leg: LegID, _ address: String) -> Bool {
        guard let trunk = legs[leg]?.trunk, let sources = directory.current?.sources else { return false }
        return sources.trunks(from: address).contains(trunk)
    }

    // MARK: Events

    func took(_ event: SIPEvent) {
        switch event {
        case .invited(let arrival): arrived(arrival)
        case .cancelled(let leg, let reasons): ended(leg, .cancelled(leg, SIPReason(reasons)))
        case .confirmed(let leg, let sdp): tell(leg, .confirmed(leg, sdp.flatMap { answer($0, leg) }))
        case .provisional(let leg, let status, let sdp):
            trunks.heard(leg)
            tell(leg, .provisional(leg, status: status, sdp.flatMap { answer($0, leg) }))
        case .answered(let leg, _, let sdp):
            trunks.settled(leg)
            tell(leg, .answered(leg, settled(sdp, leg)))
        case .targetFailed(let leg, let answer): trunks.targetFailed(leg, answer)
        case .failed(let leg, _, _, _, _) where trunks.goesOn(leg): break
        // What the stack says by itself on a broken transport: no word of a trunk without lines.
        case .failed(let leg, 503, _, _, isLocal: true): ended(leg, .undelivered(leg))
        case .failed(let leg, let status, _, let cause, _): ended(leg, .failed(leg, status: status, cause: cause))
        case .redirected(let leg, let status, let contacts): redirected(leg, status, contacts)
        case .hungUp(let leg, let reasons): ended(leg, .hungUp(leg, cause: reasons.q850))
        case .lost(let leg): ended(leg, .lost(leg))
        case .released(let leg): legs.over(leg, at: SeatClock.boot())
        case .reoffered(let leg, let sdp): reoffered(leg, sdp)
        case .reconfirmed(let leg, let sdp), .reofferAnswered(let leg, let sdp): reconfirmed(leg, sdp)
        case .reofferRefused(let leg, let status):
            logger.info("offer of ours refused", metadata: metadata(of: leg).merging(["status": "\(status)"]) { $1 })
        case .message(let leg, let message): show(leg, message)
        }
    }

    private func metadata(of leg: LegID) -> Logger.Metadata { metadata(of: leg.call, legs[leg]?.user) }

    private func tell(_ leg: LegID, _ event: Seat.Event) {
        if let user = legs[leg]?.user { tell(user, event) }
    }

    func ended(_ leg: LegID, _ event: Seat.Event) {
        legs.over(leg, at: SeatClock.boot())
        tell(leg, event)
    }

    /// Reads the answer to an offer of ours; nil too when the offer was theirs.
    private func answer(_ sdp: String, _ leg: LegID) -> RemoteAudio? {
        guard let audio = legs[leg]?.audio, legs[leg]?.offer == nil else { return nil }
        do throws(SDPError) {
            let far = try audio.accept(Array(sdp.utf8))
            legs.change(leg) { $0.far = far }
            return RemoteAudio(far)
        } catch {
            counters.unusableSDP += 1
            logger.info("answer unusable: \(error)", metadata: metadata(of: leg))
            return nil
        }
    }

    /// A 2xx without SDP leaves what a reliable 18x, or an UPDATE after it, said (RFC 3261 §13.2.1, RFC 3311 §5.1).
    private func settled(_ sdp: String?, _ leg: LegID) -> RemoteAudio? {
        if let sdp, legs[leg]?.offer == nil { return answer(sdp, leg) }
        return legs[leg]?.far.flatMap(RemoteAudio.init)
    }

    // MARK: Offers within a dialog

    /// A re-INVITE or UPDATE: answered with our same side; a far side that moved is told to media.
    private func reoffered(_ leg: LegID, _ sdp: String?) {
        guard var audio = legs[leg]?.audio else { return stack.refuseOffer(leg, status: 491) }
        let before = legs[leg]?.far
        do throws(SDPError) {
            let offer = sdp.map { Array($0.utf8) }
            let answer = try offer.map { offer throws(SDPError) in try audio.answer(offer) }
            let text = answer?.text ?? audio.offer()
            legs.change(leg) { ($0.audio, $0.offer, $0.far) = (audio, offer, answer?.far ?? $0.far) }
            stack.answerOffer(leg, sdp: text)
            if let far = answer?.far, far != before { tell(leg, .moved(leg, RemoteAudio(far))) }
        } catch {
            counters.unusableSDP += 1
            stack.refuseOffer(leg, status: 488)
        }
    }

    /// What answers an offer of ours: the ACK to our 200, or the 2xx to our re-INVITE or UPDATE.
    private func reconfirmed(_ leg: LegID, _ sdp: String?) {
        guard let sdp else { return }
        let before = legs[leg]?.far
        if let remote = answer(sdp, leg), legs[leg]?.far != before { tell(leg, .moved(leg, remote)) }
    }
}
