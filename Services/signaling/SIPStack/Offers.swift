import CSofiaSIP
import TelephonyModel

// Offers within a standing dialog: theirs are judged and answered, ours wait for their turn and go again when they
// crossed one of theirs.
extension SIPStack {
    /// An offer of ours on its way.
    struct Reoffer {
        let method: OfferMethod
        /// Nil: an UPDATE that only refreshes the session.
        let sdp: String?
        var attempts = 0
        var isChallenged = false
        /// A refresh is nobody's question: no event tells of its end.
        let isRefresh: Bool
    }

    // MARK: Commands

    /// Offers anew in a standing dialog. One that still waits for its turn is replaced; one that is out is first
    /// finished. Ends with `.reofferAnswered` or `.reofferRefused`, or with the leg.
    public func reoffer(_ leg: LegID, sdp: String, by method: OfferMethod = .invite) {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }), dialog.phase == .standing else { return }
        dialog.waiting = Reoffer(method: method, sdp: sdp, isRefresh: false)
        sendOffer(dialog)
    }

    /// Answers `.reoffered`. Only within its handler.
    public func answerOffer(_ leg: LegID, sdp: String) { answerOffer(leg, 200, sdp) }

    /// Refuses `.reoffered` (488 …); the dialog goes on as it was. Only within its handler.
    public func refuseOffer(_ leg: LegID, status: Int) { answerOffer(leg, status, nil) }

    private func answerOffer(_ leg: LegID, _ status: Int, _ sdp: String?) {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }), let offer = dialog.theirOffer else { return }
        dialog.theirOffer = nil
        dialog.offers.answer(offer.method, accepting: status < 300, offering: offer.asks)
        var lines = HeaderLines()
        if status < 300 { agree(dialog, offer.timer, &lines) }
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        if let sdp { dialog.localSDP = sdp }
        respond(dialog, status, lines.lines, sdp: sdp, current: true)
        note(dialog, .sent, offer.method.rawValue, status, hasSDP: sdp != nil)
        sendOffer(dialog)
    }

    // MARK: Theirs

    func reoffered(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard let leg = dialog.leg, message.event.status < 200 else { return noteRequest(dialog, message) }
        let sdp = message.sdp, method: OfferMethod = message.event.kind == SOFIA_UPDATE ? .update : .invite
        note(dialog, .received, message.method, hasSDP: sdp != nil)
        if let refusal = refusalOfParts(message) { return refuse(dialog, message, refusal) }
        if method == .update, sdp == nil { return refresh(dialog, message) }
        switch dialog.offers.receive(method) {
        case .take: take(leg, dialog, message, method, sdp)
        case .crosses: refuse(dialog, message, Refusal(status: 491, phrase: nil))
        case .overlaps:
            let wait = [(name: "Retry-After", value: "\(Int.random(in: 0...10))")]
            refuse(dialog, message, Refusal(status: 500, phrase: "Overlapping Requests", headers: wait))
        }
    }

    private func take(
        _ leg: LegID, _ dialog: Dialog, _ message: ReceivedMessage, _ method: OfferMethod, _ sdp: String?
    ) {
        dialog.theirOffer = TheirOffer(method: method, asks: sdp == nil, timer: message.timerWish)
        emit(.reoffered(leg, sdp: sdp))
        deliver()
        if dialogs[dialog.id] != nil, dialog.theirOffer != nil { refuseOffer(leg, status: 500) }
    }

    private func refuse(_ dialog: Dialog, _ message: ReceivedMessage, _ refusal: Refusal) {
        var lines = HeaderLines()
        for header in refusal.headers { lines.add(header.name, header.value) }
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        respond(dialog, refusal.status, lines.lines, phrase: refusal.phrase, current: true)
        note(dialog, .sent, message.method, refusal.status)
    }

    /// An UPDATE without an offer: all it does is to say that it lives.
    private func refresh(_ dialog: Dialog, _ message: ReceivedMessage) {
        var lines = HeaderLines()
        agree(dialog, message.timerWish, &lines)
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        respond(dialog, 200, lines.lines, current: true)
        note(dialog, .sent, message.method, 200)
    }

    // MARK: Ours

    /// Sends what waits, if it is our turn.
    func sendOffer(_ dialog: Dialog) {
        guard dialog.phase == .standing, var offer = dialog.waiting, dialog.reoffer == nil else { return }
        guard dialog.timers[.glare] == nil, offer.sdp == nil || dialog.offers.maySend(offer.method) else { return }
        offer.attempts += 1
        (dialog.waiting, dialog.reoffer) = (nil, offer)
        if offer.sdp != nil { dialog.offers.send(offer.method) }
        var lines = HeaderLines()
        if let session = dialog.session { lines.add(session) }
        lines.addSessionID(dialog.sessionID, far: dialog.farSessionID)
        note(dialog, .sent, offer.method.rawValue, hasSDP: offer.sdp != nil)
        withTexts([lines.lines, offer.sdp]) { texts in
            switch offer.method {
            case .invite: sofia_reinvite(dialog.handle, texts[0], texts[1])
            case .update: sofia_update(dialog.handle, texts[0], texts[1])
            }
        }
    }

    /// An answer to a re-INVITE or UPDATE of ours.
    func reofferAnswered(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard let leg = dialog.leg, let offer = dialog.reoffer else { return }
        noteAnswer(dialog, message)
        let status = Int(message.event.status)
        guard status >= 200 else { return }
        if !offer.isChallenged, answersChallengeInDialog(dialog, message) {
            dialog.reoffer?.isChallenged = true
            return
        }
        dialog.reoffer = nil
        if offer.sdp != nil { dialog.offers.answered() }
        if offer.method == .invite {
            if status < 300 { acknowledgeReoffer(dialog) }
            dialog.offers.inviteOver()
        }
        var random = SystemRandomNumberGenerator()
        let next = dialog.offers.next(
            status, retryAfterSeconds: message.retryAfter, attempts: offer.attempts, using: &random)
        goOn(leg, dialog, offer, message, next)
    }

    /// 401 or 407 to a request of ours within the dialog: the library sends it again with the answer.
    func answersChallengeInDialog(_ dialog: Dialog, _ message: ReceivedMessage) -> Bool {
        let status = Int(message.event.status)
        guard status == 401 || status == 407, let credentials = dialog.credentials else { return false }
        return authenticate(dialog.handle, credentials, message)
    }

    private func acknowledgeReoffer(_ dialog: Dialog) {
        withTexts([sessionLine(dialog)]) { sofia_ack(dialog.handle, $0[0], nil) }
        note(dialog, .sent, "ACK")
    }

    private func goOn(
        _ leg: LegID, _ dialog: Dialog, _ offer: Reoffer, _ message: ReceivedMessage, _ next: OfferRules.Next
    ) {
        switch next {
        case .done:
            if let sdp = offer.sdp { dialog.localSDP = sdp }
            settleSession(dialog, message)
            if !offer.isRefresh { emit(.reofferAnswered(leg, sdp: message.sdp)) }
        case .again(let milliseconds):
            dialog.waiting = dialog.waiting ?? offer  // A newer one stands for it.
            return arm(.glare, in: milliseconds, dialog) { [unowned self] in sendOffer(dialog) }
        case .refused:
            if !offer.isRefresh { emit(.reofferRefused(leg, status: Int(message.event.status))) }
        case .gone: return losesSoon(dialog)
        }
        sendOffer(dialog)
    }
}

/// An offer of theirs that waits for our answer.
struct TheirOffer {
    let method: OfferMethod
    /// A re-INVITE without an offer: our 200 has it.
    let asks: Bool
    let timer: SessionTimer.Wish
}
