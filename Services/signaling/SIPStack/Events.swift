import CSofiaSIP
import TelephonyModel

// What the library tells, turned into events of legs.
extension SIPStack {
    func take(_ event: sofia_event) { timed { read(event) } }

    func count(_ fault: sofia_fault) {
        counted.withLock { counters in
            switch fault {
            case SOFIA_MALFORMED: counters.malformed += 1
            case SOFIA_HEADER_TOO_LARGE: counters.headerTooLarge += 1
            case SOFIA_BODY_TOO_LARGE: counters.bodyTooLarge += 1
            case SOFIA_BAD_CONTACT: counters.badContact += 1
            case SOFIA_NOT_SERVED: counters.notServed += 1
            case SOFIA_UNADMITTED: counters.unadmitted += 1
            case SOFIA_STRANGER: counters.strangers += 1
            default: return
            }
        }
    }

    private func read(_ event: sofia_event) {
        if event.kind == SOFIA_SHUTDOWN {
            if event.status >= 200 { hasShutDown() }
            return
        }
        guard let dialog = dialogs[event.id] else { return readNew(event) }
        let message = ReceivedMessage(event: event)
        if event.has_message, dialog.sessionID != nil, let far = message.sessionID { dialog.farSessionID = far }
        if dialog.isAbandoned { return abandoned(dialog, message) }
        switch event.kind {
        case SOFIA_INVITE_ANSWER: inviteAnswered(dialog, message)
        case SOFIA_UPDATE_ANSWER: reofferAnswered(dialog, message)
        case SOFIA_OPTIONS_ANSWER: optionsAnswered(dialog, message)
        case SOFIA_INVITE, SOFIA_UPDATE: reoffered(dialog, message)
        case SOFIA_ACK: acknowledged(dialog, message)
        case SOFIA_CANCEL: cancelled(dialog, message)
        case SOFIA_BYE: hungUp(dialog, message)
        case SOFIA_BYE_ANSWER: byeAnswered(dialog, message)
        case SOFIA_CANCEL_ANSWER: noteAnswer(dialog, message)
        case SOFIA_PRACK_ANSWER: prackAnswered(dialog, message)
        case SOFIA_PRACK, SOFIA_REQUEST: noteRequest(dialog, message)
        case SOFIA_STATE where event.call_state == SOFIA_STATE_TERMINATED: terminated(dialog)
        case SOFIA_ERROR: failed(dialog, message)
        default: return
        }
    }

    // MARK: New handles

    private func readNew(_ event: sofia_event) {
        if let request = outside[event.id] { return answered(request, ReceivedMessage(event: event)) }
        guard event.id == 0, let handle = event.handle else { return }
        switch event.kind {
        case SOFIA_INVITE: invited(handle, ReceivedMessage(event: event))
        case SOFIA_REQUEST: sofia_destroy(handle)  // The library has answered it and leaves us the handle.
        default: return
        }
    }

    private func invited(_ handle: OpaquePointer, _ message: ReceivedMessage) {
        let dialog = Dialog(id: nextID(), handle: handle, leg: nil, phase: .arriving)
        sofia_bind(handle, dialog.id)
        keep(dialog)
        if let refusal = refusal(of: message) {
            return refuse(dialog, refusal.status, nil, refusal.headers, phrase: refusal.phrase)
        }
        guard let arrival = message.arrival(dialog.id, from: source()) else {
            return refuse(dialog, 400, phrase: "Unreadable address")
        }
        dialog.farSessionID = arrival.sessionID
        dialog.contact = contact(arrival.transport)
        (dialog.hadOffer, dialog.timerWish) = (arrival.sdp != nil, message.timerWish)
        dialog.allowsUpdate = message.has("UPDATE", in: "Allow")
        learn(dialog, message, from: arrival.sourceAddress)
        note(dialog, .received, "INVITE", hasSDP: arrival.sdp != nil)
        note(dialog, .sent, "INVITE", 100)
        emit(.invited(arrival))
        deliver()
        guard dialogs[dialog.id] != nil, dialog.leg == nil else { return }
        counted.withLock { $0.unclaimed += 1 }
        refuse(dialog, 500)
    }

    struct Refusal {
        let status: Int, phrase: String?
        var headers: [(name: String, value: String)] = []
    }

    /// What is wrong with an INVITE, whoever it is for.
    private func refusal(of message: ReceivedMessage) -> Refusal? {
        if let refusal = refusalOfParts(message) { return refusal }
        // RFC 3261 §16.3: an INVITE of ours would go on from this one.
        if message.event.max_forwards == 0 { return Refusal(status: 483, phrase: nil) }
        // RFC 3891 §3: no dialog of ours may be taken over this way, so none matches.
        if message.line("Replaces") != nil {
            counted.withLock { $0.strangers += 1 }
            return Refusal(status: 481, phrase: nil)
        }
        if SessionTimer.answer(to: message.timerWish) == .tooShort {
            return Refusal(status: 422, phrase: nil, headers: [("Min-SE", "\(SessionTimer.least)")])
        }
        return nil
    }

    /// What is wrong with any request that may hold an offer.
    func refusalOfParts(_ message: ReceivedMessage) -> Refusal? {
        switch message.event.fault {
        case SOFIA_BAD_CONTACT: return Refusal(status: 400, phrase: "Contact must be sip: or sips:")
        case SOFIA_BAD_ROUTE: return Refusal(status: 400, phrase: "Record-Route must be sip: or sips:")
        default: break
        }
        guard message.event.has_body, !message.isSDP else { return nil }
        return Refusal(status: 415, phrase: nil, headers: [("Accept", "application/sdp")])
    }

    private func source() -> (address: String, port: UInt16) {
        var port: UInt16 = 0, found = false
        let address = String(unsafeUninitializedCapacity: 16) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                found = sofia_source(stack, text.baseAddress, 16, &port)
                return found ? text.firstIndex(of: 0) ?? 0 : 0
            }
        }
        return (address, port)
    }

    // MARK: Legs that we call

    private func inviteAnswered(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard let leg = dialog.leg, dialog.phase == .calling || dialog.phase == .cancelling else {
            return reofferAnswered(dialog, message)
        }
        let status = Int(message.event.status)
        dialog.wasAnswered = true
        noteAnswer(dialog, message)
        if answersChallenge(dialog, message) { return note(dialog, .sent, "INVITE", hasSDP: true) }
        if raisesInterval(leg, dialog, message) { return }
        if (101..<300).contains(status) { learn(dialog, message) }
        if message.sdp != nil, message.isReliable { dialog.offers.answered() }
        switch status {
        case ..<200: emit(.provisional(leg, status: status, sdp: message.sdp))
        case 200..<300: accepted(dialog, leg, message)
        default:
            emit(.targetFailed(leg, finalAnswer(message, of: dialog.invitation?.target)))
            emit(refusal(leg, status, message))
            end(dialog)
        }
    }

    private func refusal(_ leg: LegID, _ status: Int, _ message: ReceivedMessage) -> SIPEvent {
        let isLocal = !message.event.has_message
        if !isLocal, status < 400 { return .redirected(leg, status: status, to: message.places) }
        let cause = isLocal ? nil : message.reasons.first(where: \.isQ850)?.cause
        return .failed(leg, status: min(status, 699), phrase: message.phrase, cause: cause, isLocal: isLocal)
    }

    /// A 2xx whose Contact is no SIP URI is never acknowledged: the far side gives up by itself (RFC 3261 §13.3.1.4).
    private func accepted(_ dialog: Dialog, _ leg: LegID, _ message: ReceivedMessage) {
        if message.event.fault != SOFIA_SOUND {
            emit(.failed(leg, status: 502, phrase: "Contact of the answer is not SIP", cause: nil, isLocal: true))
            return end(dialog, silently: true)
        }
        dialog.phase = .toAcknowledge
        dialog.offers.answered()
        dialog.allowsUpdate = message.has("UPDATE", in: "Allow")
        settleSession(dialog, message)
        emit(.answered(leg, status: Int(message.event.status), sdp: message.sdp))
    }

    private func prackAnswered(_ dialog: Dialog, _ message: ReceivedMessage) {
        note(dialog, .sent, "PRACK")  // The library's own: we learn of it by its answer.
        noteAnswer(dialog, message)
    }

    // MARK: Legs that call us

    private func acknowledged(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard let leg = dialog.leg else { return }
        note(dialog, .received, "ACK", hasSDP: message.sdp != nil)
        dialog.offers.acknowledged()
        guard dialog.phase == .answered else {
            emit(.reconfirmed(leg, sdp: message.sdp))
            return sendOffer(dialog)
        }
        stands(dialog)
        emit(.confirmed(leg, sdp: message.sdp))
        if let reason = dialog.byeAfterAck { hangUp(dialog, reason) }
    }

    private func cancelled(_ dialog: Dialog, _ message: ReceivedMessage) {
        note(dialog, .received, "CANCEL")
        note(dialog, .sent, "CANCEL", 200)
        note(dialog, .sent, "INVITE", 487)
        if let leg = dialog.leg { emit(.cancelled(leg, message.reasons)) }
        end(dialog)
    }

    // MARK: Any leg

    private func hungUp(_ dialog: Dialog, _ message: ReceivedMessage) {
        note(dialog, .received, "BYE")
        note(dialog, .sent, "BYE", Int(message.event.status))
        guard let leg = dialog.leg, dialog.phase != .leaving else { return }
        emit(.hungUp(leg, message.reasons))
        end(dialog)
    }

    private func byeAnswered(_ dialog: Dialog, _ message: ReceivedMessage) {
        noteAnswer(dialog, message)
        guard message.event.status >= 200 else { return }
        if !dialog.byeIsChallenged, answersChallengeInDialog(dialog, message) { return dialog.byeIsChallenged = true }
        terminated(dialog)
    }

    /// The library's dialog is over and no message has said so.
    private func terminated(_ dialog: Dialog) {
        guard let leg = dialog.leg else { return end(dialog) }
        emit(dialog.phase == .leaving ? .released(leg) : .lost(leg))
        end(dialog)
    }

    private func failed(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard let leg = dialog.leg, message.event.status == 408 else {
            return logger.warning("SIP \(dialog.leg?.rawValue ?? "-"): \(message.phrase)")
        }
        // No ACK to our 200, no PRACK to our 1xx: the library ends the dialog.
        emit(.lost(leg))
        end(dialog)
    }

    // MARK: Whose requests a dialog takes

    /// From where its requests may come: where its messages came from, and where it says that it is.
    private func learn(_ dialog: Dialog, _ message: ReceivedMessage, from address: String? = nil) {
        if dialog.callID.isEmpty, let callID = message.line("Call-ID") {
            dialog.callID = callID
            dialogsOfCall[callID, default: []].append(dialog.id)
        }
        dialog.hosts.formUnion(message.hosts)
        if let address { dialog.hosts.insert(address) }
    }

    /// The library asks this before it looks for the dialog. What is no dialog of ours is its business.
    func isStranger(_ callID: String, _ address: String) -> Bool {
        guard let ids = dialogsOfCall[callID] else { return false }
        let ours = ids.compactMap { dialogs[$0] }
        guard !ours.contains(where: { $0.hosts.contains(address) }) else { return false }
        return !ours.contains { dialog in dialog.leg.map { isTrusted($0, address) } ?? false }
    }

    // MARK: Records and ladders

    func keep(_ dialog: Dialog) {
        dialogs[dialog.id] = dialog
        counted.withLock { ($0.records, $0.handles) = ($0.records + 1, $0.handles + 1) }
    }

    /// The handle goes with the record. Silently: a standing call's far side sees nothing.
    func end(_ dialog: Dialog, silently: Bool = false) {
        guard dialogs.removeValue(forKey: dialog.id) != nil else { return }
        if let leg = dialog.leg { dialogOfLeg[leg] = nil }
        dialogsOfCall[dialog.callID]?.removeAll { $0 == dialog.id }
        if dialogsOfCall[dialog.callID]?.isEmpty == true { dialogsOfCall[dialog.callID] = nil }
        for timer in dialog.timers.values { cancel(timer) }
        dialog.timers = [:]
        if silently { sofia_let_go(stack, dialog.handle) } else { sofia_destroy(dialog.handle) }
        counted.withLock { ($0.records, $0.handles) = ($0.records - 1, $0.handles - 1) }
    }

    func note(
        _ dialog: Dialog, _ way: SIPMessage.Way, _ method: String, _ status: Int? = nil, _ phrase: String? = nil,
        hasSDP: Bool = false
    ) {
        let phrase = phrase ?? status.map { String(cString: sofia_phrase(Int32($0))) }
        let message = SIPMessage(way: way, method: method, status: status, phrase: phrase, hasSDP: hasSDP)
        if let leg = dialog.leg { emit(.message(leg, message)) } else { dialog.early.append(message) }
    }

    /// What the library says by itself (408 for silence) is no message.
    func noteAnswer(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard message.event.has_message else { return }
        let status = Int(message.event.status)
        note(dialog, .received, message.method, status, message.phrase, hasSDP: message.sdp != nil)
    }

    /// A request that the library has answered by itself.
    func noteRequest(_ dialog: Dialog, _ message: ReceivedMessage) {
        note(dialog, .received, message.method, hasSDP: message.sdp != nil)
        note(dialog, .sent, message.method, Int(message.event.status))
    }
}
