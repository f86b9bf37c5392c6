import BusContract
import CallControl
import TelephonyModel

/// Our SIP stack and the far sides behind it: transactions with provisional answers, CANCEL and its 487, answers that
/// cross it, ACKs that never come, dialogs that get lost. Messages of one leg may overtake each other.
extension World {
    // MARK: What the seat asks of the stack

    func sip(_ effect: Seat.Effect) {
        switch effect {
        case .invite(let leg, let invitation): invite(leg, invitation)
        case .acknowledge(let leg): acknowledge(leg)
        case .cancel(let leg, _): cancel(leg)
        case .bye(let leg, _): bye(leg)
        case .forget(let leg):
            checks.expect(far[leg]?.stack != nil, "forgets \(leg), which never was")
            far[leg]?.stack = .over
            far[leg]?.isForsaken = true
        case .provisional(let leg, _): checks.expect(far[leg]?.stack == .received, "180 to \(leg) after its end")
        case .accept(let leg, _): accept(leg)
        case .refuse(let leg, let status, _): refuse(leg, status)
        case .redirect(let leg, _, _): refuse(leg, 302)
        default: break
        }
    }

    private func invite(_ leg: LegID, _ invitation: Invitation) {
        checks.expect(far[leg] == nil, "second INVITE of \(leg)")
        let temper = Temper(&random)
        far[leg] = FarLeg(
            stack: .calling, temper: temper, isCaller: false, number: invitation.number, port: invitation.audio.leg,
            showsCaller: invitation.identity.caller?.number != nil, invitedAt: clock.awake(now), order: far.count)
        if temper.isUndeliverable { return after(random.ms(0...200), .undelivered(leg)) }
        send(leg, .invite)
        after(32_000, .noAnswerToInvite(leg))
    }

    private func acknowledge(_ leg: LegID) {
        guard far[leg]?.stack != .over else { return }  // Their BYE was quicker.
        checks.expect(far[leg]?.stack == .answered, "ACK of \(leg) without a 2xx")
        far[leg]?.stack = .up
        send(leg, .ack)
        if far[leg]?.temper.losesDialog == true { after(soon(or: 30_000), .dialogLost(leg)) }
    }

    private func cancel(_ leg: LegID) {
        checks.expect(far[leg]?.stack == .proceeding, "CANCEL of \(leg) without a provisional answer")
        checks.expect(far[leg]?.cancelSent == false, "second CANCEL of \(leg)")
        far[leg]?.cancelSent = true
        send(leg, .cancel)
        if random.one(in: 2) { after(32_000, .noAnswerToCancel(leg)) }
    }

    private func bye(_ leg: LegID) {
        guard far[leg]?.stack != .over else { return }  // Theirs was quicker.
        checks.expect(far[leg]?.stack == .up, "BYE of \(leg) before its ACK")
        far[leg]?.stack = .over
        send(leg, .bye)
    }

    private func accept(_ leg: LegID) {
        checks.expect(far[leg]?.stack == .received && far[leg]?.acceptGiven == false, "second final answer to \(leg)")
        far[leg]?.acceptGiven = true
        if random.one(in: 30) {
            // The caller gives up in the same moment.
            far[leg]?.wantsToLeave = true
            after(0, .atStack(leg, .cancel))
        }
        after(random.ms(0...1), .acceptTakesEffect(leg))
    }

    private func refuse(_ leg: LegID, _ status: Int) {
        checks.expect(far[leg]?.stack == .received && far[leg]?.acceptGiven == false, "second final answer to \(leg)")
        far[leg]?.stack = .over
        send(leg, .failure(status, cause: nil))
    }

    // MARK: The wire

    /// To the far side; mostly quick, sometimes retransmitted.
    private func send(_ leg: LegID, _ wire: Wire) {
        after(random.one(in: 12) ? random.ms(500...2_500) : random.ms(1...60), .atFar(leg, wire))
    }

    private func reply(_ leg: LegID, _ wire: Wire) {
        after(random.one(in: 12) ? random.ms(500...2_500) : random.ms(1...60), .atStack(leg, wire))
    }

    /// The stack's word comes at once; now and then once more.
    private func word(_ event: Seat.Event) {
        if random.one(in: 40) {
            tell(event, after: random.one(in: 3) ? random.ms(0...60_000) : random.ms(0...5_000), twice: false)
        }
        deliver(event)
    }

    func sipHappens(_ happening: Happening) {
        switch happening {
        case .atFar(let leg, let wire):
            if far[leg]?.isCaller == true { atCaller(leg, wire) } else { atPhone(leg, wire) }
        case .atStack(let leg, let wire):
            if far[leg]?.isCaller == true { atServer(leg, wire) } else { atClient(leg, wire) }
        case .farRings, .farDecides, .farHangsUp, .farGivesUp, .farLeavesAtOnce: personActs(happening)
        case .acceptTakesEffect(let leg):
            guard far[leg]?.stack == .received else { return }
            far[leg]?.stack = .accepted
            send(leg, .answer(withSDP: true))
            after(32_000, .noAckAtStack(leg))
        default: timeIsUp(happening)
        }
    }

    private func timeIsUp(_ happening: Happening) {
        switch happening {
        case .callerMoves(let leg) where far[leg]?.stack != .over: word(.moved(leg, audio))
        case .undelivered(let leg) where far[leg]?.stack == .calling:
            end(leg)
            word(.undelivered(leg))
        case .noAnswerToInvite(let leg) where far[leg]?.stack == .calling:
            forsake(leg)
            word(.failed(leg, status: 408, cause: nil))
        case .noAnswerToCancel(let leg) where far[leg]?.stack == .proceeding:
            forsake(leg)
            word(.failed(leg, status: 408, cause: nil))
        case .noAckAtFar(let leg) where far[leg]?.far == .answered:
            checks.expect(far[leg]?.isForsaken == true, "the 200 of \(leg) was never acknowledged")
            far[leg]?.far = .ended
            reply(leg, .bye)
        case .noAckAtStack(let leg) where far[leg]?.stack == .accepted:
            end(leg)
            word(.lost(leg))
        case .dialogLost(let leg) where far[leg]?.stack == .up:
            end(leg)
            word(.lost(leg))
        default: break
        }
    }

    private func end(_ leg: LegID) {
        far[leg]?.stack = .over
        far[leg]?.far = .ended
    }

    private func forsake(_ leg: LegID) {
        far[leg]?.stack = .over
        far[leg]?.isForsaken = true
    }

    // MARK: Phones that we call

    private func atPhone(_ leg: LegID, _ wire: Wire) {
        guard let state = far[leg], !state.temper.isSilent else { return }
        switch (wire, state.far) {
        case (.invite, .idle):
            if state.temper.sends100 { reply(leg, .provisional(100)) }
            if let rings = state.temper.ringsAfter { return after(rings, .farRings(leg)) }
            after(state.temper.answersAfter, .farDecides(leg))
        case (.cancel, .idle), (.cancel, .ringing):
            guard !state.temper.isDeaf else { return }
            far[leg]?.far = .ended
            reply(leg, .failure(487, cause: nil))
        case (.ack, .answered):
            far[leg]?.far = .up
            if random.one(in: 8) { tell(.moved(leg, audio), after: random.ms(0...30_000)) }
            if let talk = state.temper.hangsUpAfter { after(talk, .farHangsUp(leg)) }
        case (.bye, _): far[leg]?.far = .ended
        default: break
        }
    }

    private func personActs(_ happening: Happening) {
        switch happening {
        case .farRings(let leg) where far[leg]?.far == .idle:
            far[leg]?.far = .ringing
            reply(leg, .provisional(far[leg]?.temper.rings ?? 180))
            after(far[leg]?.temper.answersAfter ?? 0, .farDecides(leg))
            if random.one(in: 20) { tell(.moved(leg, audio), after: random.ms(0...5_000)) }
        case .farDecides(let leg): decide(leg)
        case .farHangsUp(let leg) where far[leg]?.far == .up:
            far[leg]?.far = .ended
            reply(leg, .bye)
        case .farLeavesAtOnce(let leg) where far[leg]?.far == .answered:
            // No callee may before the ACK (RFC 3261 §15); some do.
            far[leg]?.far = .ended
            reply(leg, .bye)
        case .farGivesUp(let leg) where far[leg]?.far == .ringing:
            far[leg]?.wantsToLeave = true
            reply(leg, .cancel)
        default: break
        }
    }

    private func decide(_ leg: LegID) {
        guard let state = far[leg], state.far == .idle || state.far == .ringing else { return }
        switch state.temper.answer {
        case .lifts(let withSDP):
            far[leg]?.far = .answered
            reply(leg, .answer(withSDP: withSDP))
            after(34_000, .noAckAtFar(leg))
            if random.one(in: 20) { after(random.ms(0...250), .farLeavesAtOnce(leg)) }
        case .fails(let status, let cause):
            far[leg]?.far = .ended
            reply(leg, .failure(status, cause: cause))
        case .sendsOn(let places):
            far[leg]?.far = .ended
            reply(leg, .elsewhere(to: places))
        case .never: break
        }
    }

    private func atClient(_ leg: LegID, _ wire: Wire) {
        guard let stack = far[leg]?.stack else { return }
        switch (wire, stack) {
        case (.provisional(let status), .calling), (.provisional(let status), .proceeding):
            far[leg]?.stack = .proceeding
            if status > 100, far[leg]?.rangAt == nil { far[leg]?.rangAt = clock.seat(now) }
            word(.provisional(leg, status: status, status == 183 ? audio : nil))
        case (.answer(let withSDP), .calling), (.answer(let withSDP), .proceeding):
            far[leg]?.stack = .answered
            far[leg]?.answeredAt = clock.seat(now)
            word(.answered(leg, withSDP ? audio : nil))
        case (.failure(let status, let cause), .calling), (.failure(let status, let cause), .proceeding):
            far[leg]?.fails(status)
            word(.failed(leg, status: status, cause: cause))
        case (.elsewhere(let places), .calling), (.elsewhere(let places), .proceeding):
            far[leg]?.fails(302)
            word(.redirected(leg, status: random.pick([300, 302]), to: places))
        case (.bye, .up), (.bye, .answered):
            far[leg]?.stack = .over
            word(.hungUp(leg, cause: random.pick([nil, 16])))
        case (.bye, .calling), (.bye, .proceeding): after(500, .atStack(leg, .bye))
        case (.answer, .over): far[leg]?.isForsaken = true
        default: break
        }
    }

    // MARK: Callers

    private func atCaller(_ leg: LegID, _ wire: Wire) {
        guard let state = far[leg] else { return }
        switch (wire, state.far) {
        case (.answer, .ringing):
            far[leg]?.far = .up
            guard state.temper.acknowledges else { return }
            reply(leg, .ack)
            if let talk = state.wantsToLeave ? 0 : state.temper.hangsUpAfter { after(talk, .farHangsUp(leg)) }
        case (.failure, _), (.bye, _): far[leg]?.far = .ended
        default: break
        }
    }

    private func atServer(_ leg: LegID, _ wire: Wire) {
        guard let stack = far[leg]?.stack else { return }
        switch (wire, stack) {
        case (.cancel, .received):
            far[leg]?.stack = .over
            send(leg, .failure(487, cause: nil))
            word(.cancelled(leg, random.one(in: 4) ? Self.elsewhere : nil))
        case (.ack, .accepted):
            far[leg]?.stack = .up
            let isLate = plans[leg.call]?.offer == Arrival.Offer.none
            word(.confirmed(leg, isLate && !random.one(in: 10) ? audio : nil))
        case (.bye, .accepted), (.bye, .up):
            far[leg]?.stack = .over
            word(.hungUp(leg, cause: nil))
        default: break
        }
    }

    private var audio: RemoteAudio {
        RemoteAudio(
            address: "192.0.2.2", port: UInt16(random.ms(4_000...60_000)), codec: .pcmu, payloadType: 0,
            dtmfPayloadType: 101)
    }
}
