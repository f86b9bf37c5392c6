import TelephonyModel

/// The values that the catalogue's examples are made of: Anna calls a number through her mobile.
enum Example {
    static let anna = UserID(unchecked: "anna")
    static let call = CallID(unchecked: "019a3b52-6c00-7000-8000-0000000000c1")
    static let device = LegID(unchecked: "019a3b52-6c00-7000-8000-0000000000d1")
    static let party = LegID(unchecked: "019a3b52-6c00-7000-8000-0000000000d2")
    static let mobile = DeviceID(unchecked: "mobile")
    static let pbx = TrunkID(unchecked: "pbx")
    static let instance = InstanceID(unchecked: "a1")
    static let position = CallPosition(seat: anna, call: call, conversation: call, epoch: 1, sequence: 4)

    static func state(_ what: CallWhat) -> CallState {
        let isOver = what == .ended
        return CallState(
            call: call, user: anna, conversation: call, direction: .outgoing, phase: phase(what),
            officeNumber: "+498984098723", party: PartyView(number: "+4930123456", name: "Example GmbH"),
            legs: [
                LegView(
                    leg: device, role: .device, device: mobile, kind: .mobile, trunk: pbx,
                    phase: isOver ? .ended : .ringing, answeredAt: "2026-03-01T12:00:05.000Z",
                    endedAt: isOver ? "2026-03-01T12:01:00.000Z" : nil, status: isOver ? 200 : nil)
            ], startedAt: "2026-03-01T12:00:00.000Z", since: "2026-03-01T12:00:00.123Z",
            answeredAt: "2026-03-01T12:00:09.000Z", endedAt: isOver ? "2026-03-01T12:01:00.000Z" : nil,
            allowedVerbs: isOver ? [] : [.clearConnection], reason: isOver ? .completed : nil,
            endedBy: isOver ? .party : nil, unprotected: what == .started ? true : nil,
            context: what == .started
                ? .object(["ticket": .string("T-17"), "tags": .array([.bool(true), .null])]) : nil)
    }

    private static func phase(_ what: CallWhat) -> CallPhase {
        switch what {
        case .started: .started
        case .ringing: .ringing
        case .guarding: .guarding
        case .dialing: .dialing
        case .alerting: .alerting
        case .answered: .talking
        case .ended: .ended
        }
    }

    static func leg(ended: Bool) -> LegFact {
        LegFact(
            leg: device, role: .device, device: mobile, kind: .mobile, trunk: pbx, lines: LineUse(sip: 1, outside: 1),
            status: 200, cause: ended ? 16 : nil, startedAt: "2026-03-01T12:00:00.000Z",
            answeredAt: "2026-03-01T12:00:05.000Z", endedAt: ended ? "2026-03-01T12:01:00.000Z" : nil,
            sessionID: "019a3b526c0070008000000000000001")
    }

    static let quality = MediaFact.Leg(
        leg: device, packetsReceived: 2_750, packetsSent: 2_749, bytesReceived: 473_000, bytesSent: 472_828,
        packetsLost: 3, packetsRefused: 1)
    static let mediaFact = MediaFact(call: call, instance: instance, legs: [quality])

    static let entry = JournalEntry(
        call: call, user: anna, conversation: call, direction: .outgoing, officeNumber: "+498984098723",
        party: PartyView(number: "+4930123456", name: "Example GmbH"), startedAt: "2026-03-01T12:00:00.000Z",
        answeredAt: "2026-03-01T12:00:09.000Z", endedAt: "2026-03-01T12:01:00.000Z", ringMs: 9_000, talkMs: 51_000,
        reason: .completed, endedBy: .party, sentence: EndReason.completed.sentence, device: mobile,
        deviceKind: .mobile,
        legs: [leg(ended: true)], media: [quality], final: true, context: .object(["ticket": .string("T-17")]))

    private static let owner = SeatOwner(instance: instance, incarnation: "019a3b52-6c00-7000-8000-00000000000a")
    private static let value = SeatValue(text: #"{"seat":{"user":"anna"},"unconfirmed":[]}"#, calls: [call])
    private static let claimID = "019a3b52-6c00-7000-8000-0000000000e1"
    static let claim = SeatClaim(
        seat: anna, claim: claimID, owner: owner, first: .init(revision: 1, value: value))
    static let takeOver = SeatClaim(seat: anna, claim: claimID, owner: owner, follows: 6)
    static let checkpoint = SeatCheckpoint(seat: anna, epoch: 7, revision: 2, owner: owner, value: value)
    static let granted = SeatClaim.Answer(
        seat: anna, claim: claimID, outcome: .granted(epoch: 8, found: checkpoint))
    static let lost = SeatClaim.Answer(
        seat: anna, claim: claimID, outcome: .lost(to: owner, epoch: 7, isFree: false))
    static let end = SeatEnd(
        seat: anna, epoch: 7, revision: 3, owner: owner,
        value: SeatValue(text: #"{"seat":{"user":"anna"},"unconfirmed":[]}"#, calls: []))

    static let status = UserStatus(
        user: anna, name: "Anna Beispiel", officeNumber: "+498984098723", phone: .onThePhone, reachedAt: .mobile)

    /// A media notice of each kind, by the name of its variant; the first has none.
    static let notices: [(String?, MediaNotice.What)] = [
        (nil, .firstPacket(device)), ("collected", .collected(device, id: 2, digit: "1")),
        ("lease-ended", .leaseEnded),
    ]

    static let commands: [MediaCommand] = [
        .remote(
            device,
            RemoteAudio(address: "192.0.2.9", port: 4_000, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)),
        .hear(device, .tone(.ringback)), .hear(party, .silence), .hear(party, .leg(device)),
        .hear(device, .prompt(name: "guard", language: .de, times: 2)),
        .collect(device, id: 2, digits: "12", timeoutMs: 10_000), .stopCollecting(device),
    ]

    static let phone = Device(
        id: mobile, kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .key, name: "Mobile",
        ringSeconds: 25)

    static let questions: [(String?, PresenceQuery.Question, PresenceQuery.Answer)] = [
        (
            nil, .login(user: "anna", password: "secret"),
            .loggedIn(token: "t0k3n", expiresAt: "2026-03-01T20:00:00.000Z", user: anna)
        ),
        ("token", .token("t0k3n"), .holder(anna, expiresAt: "2026-03-01T20:00:00.000Z")),
        ("devices", .devices(anna), .devices([ownDevice], active: mobile)),
        ("set-active", .setActive(anna, mobile), .devices([ownDevice], active: mobile)),
        (
            "set-plan", .setPlan(anna, plan.id),
            .devices([ownDevice], active: mobile, plans: [plan], plan: plan.id)
        ), ("user", .user(anna), .user(user)),
        ("status", .status(anna), .status(status)),
        ("statuses", .statuses, .statuses([status])), ("office", .office, .office(office)),
    ]

    /// By the name of its variant; the first has none.
    static let deflections: [(String?, DeflectCall.To)] = [
        (nil, .device(mobile)), ("number", .number("+4930123456", reach: .outside)),
    ]

    private static let ownDevice = OwnDevice(
        id: mobile, name: "Mobile", kind: .mobile, reach: .outside, number: "+491711234567", active: true)

    static let lines: [(String?, LinesRequest.What)] = [
        (nil, .reserve([.init(leg: device, trunk: pbx, use: LineUse(sip: 1, outside: 1))], evenIfFull: false)),
        ("release", .release([device])),
    ]
}
