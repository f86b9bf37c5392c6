import CSofiaSIP
import TelephonyModel

// What the owner of the stack may ask of a leg.
extension SIPStack {
    // MARK: Legs that we call

    /// Sends INVITE. The leg's id must be new.
    public func invite(_ leg: LegID, _ invitation: SIPInvitation) {
        assertOnLoop()
        guard dialogOfLeg[leg] == nil else { return logger.critical("leg \(leg) is invited twice") }
        let transport = invitation.target.transport
        guard settings.port(transport) != nil else { return failed(leg, Self.off(transport)) }
        let id = nextID(), target = uri(of: invitation.target)
        let from = HeaderLines.address(invitation.identity.from, at: settings.address)
        let handle = withTexts([
            target, "<\(target)>", from, String(invitation.maxForwards), headers(of: invitation).lines, invitation.sdp,
            contact(invitation.target.transport), proxy(invitation.target),
        ]) { texts in
            var raw = sofia_invitation(
                url: texts[0], to: texts[1], from: texts[2], max_forwards: texts[3], headers: texts[4], sdp: texts[5],
                contact: texts[6], proxy: texts[7])
            return sofia_invite(stack, id, &raw)
        }
        dialling(invitation.target)
        guard let handle else {
            return emit(.failed(leg, status: 500, phrase: "No handle", cause: nil, isLocal: true))
        }
        if invitation.credentials != nil { sofia_permit_repeats(handle) }
        let dialog = Dialog(id: id, handle: handle, leg: leg, phase: .calling)
        dialog.contact = contact(invitation.target.transport)
        (dialog.sessionID, dialog.localSDP, dialog.invitation) = (invitation.sessionID, invitation.sdp, invitation)
        (dialog.hosts, dialog.credentials) = ([invitation.target.address], invitation.credentials)
        keep(dialog)
        dialogOfLeg[leg] = id
        note(dialog, .sent, "INVITE", hasSDP: true)
    }

    /// ACK to a 2xx; with SDP if the 2xx held the offer.
    public func acknowledge(_ leg: LegID, sdp: String? = nil) {
        guard let dialog = dialog(leg, in: .toAcknowledge) else { return }
        withTexts([sessionLine(dialog), sdp]) { sofia_ack(dialog.handle, $0[0], $0[1]) }
        note(dialog, .sent, "ACK", hasSDP: sdp != nil)
        dialog.offers.inviteOver()
        stands(dialog)
    }

    /// CANCEL; before a provisional answer it waits for one (RFC 3261 §9.1).
    public func cancel(_ leg: LegID, _ reason: ReasonHeader? = nil) {
        guard let dialog = dialog(leg, in: .calling) else { return }
        dialog.phase = .cancelling
        withTexts([lines(dialog, reason)]) { sofia_cancel(dialog.handle, $0[0]) }
        note(dialog, .sent, "CANCEL")
    }

    // MARK: Legs that call us

    /// Takes the arrival as a leg of ours. Only within the handler of `.invited`.
    /// - Parameters:
    ///   - sessionID: our UUID of Session-ID (RFC 7989) for the messages of this leg.
    ///   - credentials: for challenges to our requests within the dialog.
    public func adopt(
        _ arrival: ArrivalID, as leg: LegID, sessionID: String? = nil, credentials: SIPCredentials? = nil
    ) {
        assertOnLoop()
        guard let dialog = dialogs[arrival.record], dialog.leg == nil else { return }
        guard dialogOfLeg[leg] == nil else { return logger.critical("leg \(leg) is there already") }
        (dialog.leg, dialog.sessionID, dialog.credentials) = (leg, sessionID, credentials)
        dialogOfLeg[leg] = dialog.id
        for message in dialog.early { emit(.message(leg, message)) }
        dialog.early = []
    }

    /// Refuses an arrival that nobody adopted. Only within the handler of `.invited`.
    public func refuse(
        _ arrival: ArrivalID, status: Int, _ reason: ReasonHeader? = nil, headers: [(name: String, value: String)] = []
    ) {
        assertOnLoop()
        guard let dialog = dialogs[arrival.record], dialog.leg == nil else { return }
        refuse(dialog, status, reason, headers)
    }

    /// 18x without SDP. `assertedIdentity`: the number that the caller is to see (E.164 with `+`).
    public func provisional(_ leg: LegID, status: Int, assertedIdentity: String? = nil) {
        guard let dialog = dialog(leg, in: .arriving) else { return }
        respond(dialog, status, identityLines(dialog, assertedIdentity))
        note(dialog, .sent, "INVITE", status)
    }

    /// 200 with SDP: the answer, or our offer if the INVITE had none.
    public func accept(_ leg: LegID, sdp: String, assertedIdentity: String? = nil) {
        guard let dialog = dialog(leg, in: .arriving) else { return }
        (dialog.phase, dialog.localSDP) = (.answered, sdp)
        dialog.offers.answer(.invite, accepting: true, offering: !dialog.hadOffer)
        var lines = HeaderLines()
        if let wish = dialog.timerWish { agree(dialog, wish, &lines) }
        respond(dialog, 200, lines.text + (identityLines(dialog, assertedIdentity) ?? ""), sdp: sdp)
        note(dialog, .sent, "INVITE", 200, hasSDP: true)
    }

    /// Final answer that is no 2xx; the leg is over. `headers` such as Retry-After or Contact (302).
    public func refuse(
        _ leg: LegID, status: Int, _ reason: ReasonHeader? = nil, headers: [(name: String, value: String)] = []
    ) {
        guard let dialog = dialog(leg, in: .arriving) else { return }
        refuse(dialog, status, reason, headers)
    }

    // MARK: Any leg

    /// BYE. Before the ACK to our 200 it waits for it; a 2xx that is not yet acknowledged is first.
    public func bye(_ leg: LegID, _ reason: ReasonHeader? = nil) {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }) else { return }
        switch dialog.phase {
        case .answered: dialog.byeAfterAck = .some(reason)
        case .standing: hangUp(dialog, reason)
        case .toAcknowledge:
            acknowledge(leg)
            hangUp(dialog, reason)
        case .arriving, .calling, .cancelling, .leaving: return
        }
    }

    /// Lets the leg go without an event, whatever state it is in. Of a standing call the far side sees nothing; an
    /// INVITE of ours that rings is cancelled, one to us is answered 480.
    public func forget(_ leg: LegID) {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }) else { return }
        end(dialog, silently: true)
    }

    // MARK: Common parts

    func hangUp(_ dialog: Dialog, _ reason: ReasonHeader?) {
        dialog.phase = .leaving
        withTexts([lines(dialog, reason)]) { sofia_bye(dialog.handle, $0[0]) }
        note(dialog, .sent, "BYE")
    }

    func refuse(
        _ dialog: Dialog, _ status: Int, _ reason: ReasonHeader? = nil,
        _ headers: [(name: String, value: String)] = [], phrase: String? = nil
    ) {
        var lines = HeaderLines()
        lines.add(reason)
        for header in headers { lines.add(header.name, header.value) }
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        respond(dialog, status, lines.lines, phrase: phrase)
        note(dialog, .sent, "INVITE", status)
        end(dialog)
    }

    /// - Parameter current: the request whose event is being handled, not the INVITE.
    func respond(
        _ dialog: Dialog, _ status: Int, _ headers: String?, sdp: String? = nil, phrase: String? = nil,
        current: Bool = false
    ) {
        // A Contact in the answer moves the dialog's target, so it is the same in each (RFC 3261 §12.1.1, §12.2.2).
        let contact = status < 300 ? dialog.contact.map { "Contact: \($0)\r\n" } : nil
        withTexts([contact.map { $0 + (headers ?? "") } ?? headers, sdp, phrase]) {
            sofia_respond(stack, dialog.handle, current, Int32(status), $0[2], $0[0], $0[1])
        }
    }

    private func dialog(_ leg: LegID, in phase: Dialog.Phase) -> Dialog? {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }), dialog.phase == phase else { return nil }
        return dialog
    }

    private func headers(of invitation: SIPInvitation) -> HeaderLines {
        var lines = HeaderLines()
        lines.add(invitation.identity, at: settings.address)
        if let seconds = invitation.sessionSeconds {
            lines.add("Supported", "100rel, timer")
            lines.add("Session-Expires", "\(seconds)")
            lines.add("Min-SE", "\(invitation.leastSessionSeconds)")
        }
        lines.addSessionID(invitation.sessionID, far: nil)
        return lines
    }

    private func identityLines(_ dialog: Dialog, _ identity: String?) -> String? {
        var lines = HeaderLines()
        if let identity { lines.add("P-Asserted-Identity", HeaderLines.phone(identity, at: settings.address)) }
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        return lines.lines
    }

    private func lines(_ dialog: Dialog, _ reason: ReasonHeader?) -> String? {
        var lines = HeaderLines()
        lines.add(reason)
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        return lines.lines
    }

    func sessionLine(_ dialog: Dialog) -> String? { lines(dialog, nil) }
}

/// Gives texts to C for the time of one call; nil becomes a null pointer.
func withTexts<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    func next(_ pointers: [UnsafePointer<CChar>?]) -> Result {
        guard pointers.count < texts.count else { return body(pointers) }
        guard let text = texts[pointers.count] else { return next(pointers + [nil]) }
        return text.withCString { next(pointers + [$0]) }
    }
    return next([])
}
