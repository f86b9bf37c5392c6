import CSofiaSIP
import TelephonyModel

/// Name and password for a Digest challenge (RFC 3261 §22).
public struct SIPCredentials: Sendable, Hashable {
    public var user: String
    public var password: String
    public init(user: String, password: String) { (self.user, self.password) = (user, password) }
}

/// What became of an OPTIONS or REGISTER of ours.
public struct SIPAnswer: Sendable, Hashable {
    /// Of the final answer; 408 for silence, 503 for a broken transport.
    public var status: Int
    public var phrase: String
    /// No far side said so, the stack found it out by itself.
    public var isLocal: Bool
    /// The far side challenged us, and did not take what we answered, or we had nothing to answer with.
    public var isUnauthorised = false
    /// For how many seconds a registration stands: of our Contact in the answer, else of Expires.
    public var expirySeconds: Int?
    /// Min-Expires of a 423 (RFC 3261 §10.2.8).
    public var leastSeconds: Int?
    /// Retry-After, in seconds.
    public var retryAfterSeconds: Int?
    /// Q.850 of Reason (RFC 3326).
    public var cause: Int?
    /// The way to the target broke at its TLS handshake.
    public var handshake: HandshakeFailure?
}

/// A REGISTER of ours (RFC 3261 §10.2).
public struct SIPRegistration: Sendable, Hashable {
    /// Where it goes; its user is not used.
    public var target: SIPTarget
    /// Host of the address of record and of the Request-URI.
    public var domain: String
    public var user: String
    /// 0: no longer.
    public var expirySeconds: Int
    public var credentials: SIPCredentials?
    /// The same for all of one registration; `sequence` grows.
    public var callID: String
    public var sequence: Int
    public init(
        target: SIPTarget, domain: String, user: String, expirySeconds: Int, credentials: SIPCredentials?,
        callID: String, sequence: Int
    ) {
        (self.target, self.domain, self.user, self.expirySeconds) = (target, domain, user, expirySeconds)
        (self.credentials, self.callID, self.sequence) = (credentials, callID, sequence)
    }
}

/// A request outside of any call that waits for its answer.
final class OutsideRequest {
    let id: Int64
    let handle: OpaquePointer
    let target: SIPTarget
    let credentials: SIPCredentials?
    let answered: (SIPAnswer) -> Void
    var isChallenged = false
    var limit: LoopTimerID?

    init(
        id: Int64, handle: OpaquePointer, target: SIPTarget, credentials: SIPCredentials?,
        answered: @escaping (SIPAnswer) -> Void
    ) {
        (self.id, self.handle, self.target) = (id, handle, target)
        (self.credentials, self.answered) = (credentials, answered)
    }
}

// Requests outside of any call.
extension SIPStack {
    /// OPTIONS (RFC 3261 §11). `answered` is called once, on the loop.
    /// - Parameter limitMs: after so long without a final answer it is 408.
    public func options(_ target: SIPTarget, limitMs: Int, _ answered: @escaping (SIPAnswer) -> Void) {
        assertOnLoop()
        var lines = HeaderLines()
        lines.add("Accept", "application/sdp")
        let request = OutsideText(
            method: "OPTIONS", url: uri(of: target), to: "<\(uri(of: target))>", from: "<sip:\(settings.address)>",
            lines: lines)
        send(request, to: target, nil, limitMs, answered)
    }

    /// REGISTER; a challenge is answered once. `answered` is called once, on the loop.
    public func register(_ wish: SIPRegistration, limitMs: Int, _ answered: @escaping (SIPAnswer) -> Void) {
        assertOnLoop()
        let transport = wish.target.transport
        guard let port = settings.port(transport) else { return answered(Self.off(transport)) }
        var lines = HeaderLines()
        lines.add("Call-ID", wish.callID)
        lines.add("CSeq", "\(wish.sequence) REGISTER")
        lines.add("Expires", "\(wish.expirySeconds)")
        let user = HeaderLines.escaped(wish.user), own = "<sip:\(user)@\(wish.domain)>"
        let suffix = transport == .udp ? "" : ";transport=\(transport.rawValue)"
        let contact = "<sip:\(user)@\(settings.address):\(port)\(suffix)>;expires=\(wish.expirySeconds)"
        let request = OutsideText(
            method: "REGISTER", url: "sip:\(wish.domain)", to: own, from: own, contact: contact, lines: lines)
        send(request, to: wish.target, wish.credentials, limitMs, answered)
    }

    private struct OutsideText {
        var method: String, url: String, to: String, from: String
        var contact: String?
        var lines: HeaderLines
    }

    static func off(_ transport: Transport) -> SIPAnswer {
        let phrase = "\(transport.rawValue.uppercased()) is off: set sip.\(transport.rawValue).port"
        return SIPAnswer(status: 503, phrase: phrase, isLocal: true)
    }

    private func send(
        _ request: OutsideText, to target: SIPTarget, _ credentials: SIPCredentials?, _ limitMs: Int,
        _ answered: @escaping (SIPAnswer) -> Void
    ) {
        guard settings.port(target.transport) != nil else { return answered(Self.off(target.transport)) }
        let id = nextID()
        var lines = request.lines
        lines.addSessionID(Self.freshSessionID(), far: nil)
        dialling(target)
        let handle = withTexts([
            request.method, request.url, request.to, request.from, wayTo(target), request.contact, lines.lines,
        ]) { texts in
            var raw = sofia_outside(
                method: texts[0], url: texts[1], to: texts[2], from: texts[3], proxy: texts[4], contact: texts[5],
                headers: texts[6])
            return sofia_ask(stack, id, &raw)
        }
        guard let handle else { return answered(SIPAnswer(status: 500, phrase: "No handle", isLocal: true)) }
        if credentials != nil { sofia_permit_repeats(handle) }
        let waiting = OutsideRequest(
            id: id, handle: handle, target: target, credentials: credentials, answered: answered)
        outside[id] = waiting
        counted.withLock { $0.handles += 1 }
        waiting.limit = after(milliseconds: limitMs) { [unowned self, unowned waiting] in
            waiting.limit = nil
            var answer = SIPAnswer(status: 408, phrase: "No answer", isLocal: true)
            answer.handshake = takeHandshakeFailure(waiting.target)
            finish(waiting, answer)
        }
    }

    /// Whatever the Request-URI says, it goes to the target.
    private func wayTo(_ target: SIPTarget) -> String {
        proxy(target) ?? "sip:\(target.address):\(target.port);transport=\(target.transport.rawValue)"
    }

    /// RFC 7989 §4.1, for requests that belong to no conversation.
    static func freshSessionID() -> String {
        var digits = ""
        for _ in 0..<2 {
            let half = String(UInt64.random(in: .min ... .max), radix: 16)
            digits += String(repeating: "0", count: 16 - half.count) + half
        }
        return digits
    }

    // MARK: Answers

    func answered(_ request: OutsideRequest, _ message: ReceivedMessage) {
        let status = Int(message.event.status)
        guard message.event.kind == SOFIA_OPTIONS_ANSWER || message.event.kind == SOFIA_METHOD_ANSWER, status >= 200
        else { return }
        if status == 401 || status == 407, !request.isChallenged, let credentials = request.credentials,
            authenticate(request.handle, credentials, message)
        {
            request.isChallenged = true
            return
        }
        finish(request, finalAnswer(message, of: request.target))
    }

    func finalAnswer(_ message: ReceivedMessage, of target: SIPTarget?) -> SIPAnswer {
        let status = Int(message.event.status)
        var answer = SIPAnswer(status: status, phrase: message.phrase, isLocal: !message.event.has_message)
        answer.isUnauthorised = status == 401 || status == 407
        (answer.expirySeconds, answer.leastSeconds) = (message.expirySeconds, message.seconds("Min-Expires"))
        answer.retryAfterSeconds = message.seconds("Retry-After")
        if answer.isLocal {
            answer.handshake = target.flatMap { takeHandshakeFailure($0) }
        } else {
            answer.cause = message.reasons.first(where: \.isQ850)?.cause
        }
        return answer
    }

    private func finish(_ request: OutsideRequest, _ answer: SIPAnswer) {
        guard outside.removeValue(forKey: request.id) != nil else { return }
        if let limit = request.limit { cancel(limit) }
        sofia_destroy(request.handle)
        counted.withLock { $0.handles -= 1 }
        request.answered(answer)
    }

    /// Ends what waits for an answer, unanswered.
    func dropOutside() {
        for request in outside.values {
            if let limit = request.limit { cancel(limit) }
            sofia_destroy(request.handle)
            counted.withLock { $0.handles -= 1 }
        }
        outside = [:]
    }

    // MARK: Challenges

    /// Whether the request leaves again with an answer to the challenge.
    func authenticate(_ handle: OpaquePointer, _ credentials: SIPCredentials, _ message: ReceivedMessage) -> Bool {
        guard message.event.has_message else { return false }
        var found = false
        let realm = String(unsafeUninitializedCapacity: 256) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                found = sofia_challenge(message.event.message, text.baseAddress, 256)
                return found ? text.firstIndex(of: 0) ?? 0 : 0
            }
        }
        guard found else { return false }
        withTexts([realm, credentials.user, credentials.password]) { sofia_authenticate(handle, $0[0], $0[1], $0[2]) }
        return true
    }

    /// A challenge to the INVITE of a leg that we call is answered once.
    func answersChallenge(_ dialog: Dialog, _ message: ReceivedMessage) -> Bool {
        let status = Int(message.event.status)
        guard status == 401 || status == 407, dialog.phase == .calling, !dialog.isChallenged,
            let credentials = dialog.invitation?.credentials
        else { return false }
        dialog.isChallenged = true
        return authenticate(dialog.handle, credentials, message)
    }

    /// An INVITE that did not leave.
    func failed(_ leg: LegID, _ answer: SIPAnswer) {
        emit(.targetFailed(leg, answer))
        emit(.failed(leg, status: answer.status, phrase: answer.phrase, cause: nil, isLocal: true))
    }

    // MARK: A target that says nothing

    /// Gives up an INVITE to which nothing at all has come back, without an event: its leg may be invited again at
    /// another target. Whatever still comes of the old one is cancelled or hung up. False: it was answered meanwhile.
    public func abandon(_ leg: LegID) -> Bool {
        assertOnLoop()
        guard let id = dialogOfLeg[leg], let dialog = dialogs[id], dialog.phase == .calling, !dialog.wasAnswered
        else { return false }
        (dialog.isAbandoned, dialog.phase, dialog.leg) = (true, .cancelling, nil)
        dialogOfLeg[leg] = nil
        withTexts([sessionLine(dialog)]) { sofia_cancel(dialog.handle, $0[0]) }
        return true
    }

    func abandoned(_ dialog: Dialog, _ message: ReceivedMessage) {
        let status = message.event.status
        switch message.event.kind {
        case SOFIA_INVITE_ANSWER where (200..<300).contains(status):
            dialog.phase = .leaving
            sofia_ack(dialog.handle, nil, nil)
            sofia_bye(dialog.handle, nil)
        case SOFIA_INVITE_ANSWER where status >= 300: end(dialog)
        case SOFIA_BYE_ANSWER where status >= 200: end(dialog)
        case SOFIA_BYE, SOFIA_ERROR: end(dialog)
        case SOFIA_STATE where message.event.call_state == SOFIA_STATE_TERMINATED: end(dialog)
        default: return
        }
    }
}

extension ReceivedMessage {
    /// The first number of a header line.
    func seconds(_ name: String) -> Int? {
        line(name).flatMap { Int(HeaderText.trim($0.prefix { $0.isNumber || $0 == " " })) }
    }

    /// The shortest of the Contacts' expiries, else Expires: a registrar lists other phones' bindings, too, and it is
    /// never too late to refresh early.
    fileprivate var expirySeconds: Int? {
        let contacts = SIPAddress.list(lines("Contact")).compactMap { $0.parameters["expires"].flatMap { Int($0) } }
        return contacts.min() ?? seconds("Expires")
    }
}
