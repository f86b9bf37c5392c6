import CSofiaSIP
import TelephonyModel

// Whether the far side still lives: session timers (RFC 4028) and OPTIONS of ours within the dialog.
extension SIPStack {
    // MARK: Timers of a dialog

    /// Arms anew.
    func arm(_ what: Dialog.Timer, in milliseconds: Int, _ dialog: Dialog, _ work: @escaping () -> Void) {
        disarm(what, dialog)
        dialog.timers[what] = after(milliseconds: milliseconds) {
            dialog.timers[what] = nil
            work()
        }
    }

    func disarm(_ what: Dialog.Timer, _ dialog: Dialog) {
        if let armed = dialog.timers.removeValue(forKey: what) { cancel(armed) }
    }

    // MARK: Session timers

    /// What our 2xx to a request of theirs says; the timer runs from now.
    func agree(_ dialog: Dialog, _ wish: SessionTimer.Wish, _ lines: inout HeaderLines) {
        guard case .agreed(let timer, let expires) = SessionTimer.answer(to: wish) else { return set(nil, dialog) }
        // RFC 4028 §9: who is to refresh must know that he is.
        if !timer.isOurs { lines.add("Require", "timer") }
        lines.add("Session-Expires", expires.text)
        set(timer, dialog)
    }

    /// After a 2xx to an INVITE or UPDATE of ours that offered a timer.
    func settleSession(_ dialog: Dialog, _ message: ReceivedMessage) {
        guard dialog.session != nil || dialog.invitation?.sessionSeconds != nil else { return }
        set(SessionTimer.settled(by: message.sessionExpires), dialog)
    }

    /// 422 to an INVITE of ours: the same again with the interval that the far side wants at least (RFC 4028 §7.3).
    func raisesInterval(_ leg: LegID, _ dialog: Dialog, _ message: ReceivedMessage) -> Bool {
        guard message.event.status == 422, dialog.phase == .calling, var invitation = dialog.invitation,
            let seconds = invitation.sessionSeconds, let least = message.leastSession
        else { return false }
        guard least > seconds, least <= Self.longestSession else { return false }
        (invitation.sessionSeconds, invitation.leastSessionSeconds) = (least, least)
        end(dialog)
        invite(leg, invitation)
        return true
    }

    /// Beyond a day it is none of a session's.
    private static let longestSession = 86_400

    private func set(_ timer: SessionTimer?, _ dialog: Dialog) {
        dialog.session = timer
        guard let timer else { return disarm(.session, dialog) }
        arm(.session, in: timer.dueMilliseconds, dialog) { [unowned self] in sessionDue(dialog, timer) }
    }

    private func sessionDue(_ dialog: Dialog, _ timer: SessionTimer) {
        guard let leg = dialog.leg, dialog.phase == .standing else { return }
        guard timer.isOurs else {
            // RFC 4028 §10: it was to refresh and did not.
            emit(.lost(leg))
            return end(dialog)
        }
        // Nobody's answer: then it is over as if nobody had refreshed.
        arm(.session, in: timer.seconds * 1_000 - timer.dueMilliseconds, dialog) { [unowned self] in
            guard dialog.phase == .standing else { return }
            emit(.lost(leg))
            end(dialog)
        }
        let isUpdate = dialog.allowsUpdate || dialog.localSDP == nil
        let refresh = Reoffer(
            method: isUpdate ? .update : .invite, sdp: isUpdate ? nil : dialog.localSDP, isRefresh: true)
        dialog.waiting = dialog.waiting ?? refresh  // An offer that waits refreshes, too.
        sendOffer(dialog)
    }

    // MARK: OPTIONS

    /// The dialog stands from now on.
    func stands(_ dialog: Dialog) {
        dialog.phase = .standing
        if dialog.credentials != nil { sofia_permit_repeats(dialog.handle) }
        watch(dialog)
        sendOffer(dialog)
    }

    private func watch(_ dialog: Dialog) {
        guard settings.optionsSeconds > 0 else { return }
        arm(.options, in: settings.optionsSeconds * 1_000, dialog) { [unowned self] in askWhetherThere(dialog) }
    }

    private func askWhetherThere(_ dialog: Dialog) {
        guard dialogs[dialog.id] != nil, dialog.phase == .standing else { return }
        withTexts([sessionLine(dialog)]) { sofia_options(dialog.handle, $0[0]) }
        note(dialog, .sent, "OPTIONS")
    }

    /// Any word but 481 is a sign of life. Silence is none only where there were answers before: some never give one.
    func optionsAnswered(_ dialog: Dialog, _ message: ReceivedMessage) {
        noteAnswer(dialog, message)
        let status = Int(message.event.status)
        guard status >= 200, dialog.phase == .standing else { return }
        let isSilence = !message.event.has_message
        if status == 481 || (status == 408 && !isSilence) || (isSilence && dialog.answersOptions) {
            return losesSoon(dialog)
        }
        if !isSilence { dialog.answersOptions = true }
        watch(dialog)
    }
}

extension SIPStack {
    /// The far side has no such dialog any more. The library may be about to end it, too: it must not lose its handle
    /// in the middle of that.
    func losesSoon(_ dialog: Dialog) {
        arm(.session, in: 0, dialog) { [unowned self] in
            guard let leg = dialog.leg, dialogs[dialog.id] != nil else { return }
            emit(.lost(leg))
            end(dialog)
        }
    }
}

extension HeaderLines {
    /// A request of ours that refreshes; `100rel` is what the library would have said.
    mutating func add(_ session: SessionTimer) {
        add("Supported", "100rel, timer")
        add("Session-Expires", SessionExpires(seconds: session.seconds, refresher: session.isOurs ? .uac : .uas).text)
    }
}
