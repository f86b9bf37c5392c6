/// Every message of the bus with where it goes and one example: the source of `docs/events.md` and of the golden
/// fixtures in `Tests/Fixtures/bus`.
public struct Message: Sendable {
    /// Where a message goes.
    public enum Road: Hashable, Sendable {
        /// `rufbus.events`; `key` with its variable parts in angle brackets.
        case event(key: String, durable: Bool)
        /// `rufbus.requests`; `key` is the queue's name too.
        case request(key: String)
        /// `rufbus.seats`, durable.
        case seat(SeatWhat)
        /// `rufbus.replies`, to `replies.<service>.<instance>` of who asked.
        case reply
        case dead
        case probe
    }

    public let type: String
    /// Tells examples of one type apart; nil for the first.
    public let variant: String?
    public let road: Road
    public let from: [Service]
    /// In a sentence.
    public let says: String
    /// An `Envelope` with all fields that are not optional, and most that are.
    public let example: any (Codable & Sendable)
    /// The example's payload.
    public let payload: any (Codable & Sendable)

    init<P: Codable & Sendable>(
        _ type: String, _ road: Road, from: [Service], _ says: String, _ payload: P, variant: String? = nil,
        position: CallPosition? = nil
    ) {
        (self.type, self.variant, self.road, self.from, self.says) = (type, variant, road, from, says)
        self.payload = payload
        example = Envelope(
            id: "019a3b52-6c00-7000-8000-000000000001", source: "rufbus/\(from.first?.rawValue ?? "signaling")/a1",
            type: type, time: "2026-03-01T12:00:00.123Z", position: position, data: payload)
    }

    /// Name of the fixture's file.
    public var fixture: String { variant.map { "\(type).\($0).json" } ?? "\(type).json" }

    public static let all: [Message] = events + seats + signalingRequests + mediaRequests + presenceRequests + others

    // MARK: Events

    private static var events: [Message] { callEvents + legEvents + mediaEvents + looseEvents }

    private static var callEvents: [Message] {
        CallWhat.allCases.map { what in
            Message(
                what.type, .event(key: "call.<p>.\(what.rawValue).<user>.<call>", durable: true), from: [.signaling],
                what.meaning + " Carries the whole public state of the call.", Example.state(what),
                position: Example.position)
        }
    }

    private static var legEvents: [Message] {
        [
            Message(
                LegWhat.answered.type, .event(key: "leg.<p>.answered.<user>.<call>", durable: true), from: [.signaling],
                "A leg was answered.", Example.leg(ended: false), position: Example.position),
            Message(
                LegWhat.ended.type, .event(key: "leg.<p>.ended.<user>.<call>", durable: true), from: [.signaling],
                "A leg is over; its lines are free.", Example.leg(ended: true), position: Example.position),
            Message(
                LegWhat.message.type, .event(key: "leg.x.message.<user>.<call>", durable: false), from: [.signaling],
                "One SIP message, for ladders. No header value, no number.",
                LegMessage(
                    leg: Example.device, role: .device, way: .received, method: "INVITE", status: 183,
                    phrase: "Session Progress", hasSDP: true), position: Example.position),
        ]
    }

    private static var mediaEvents: [Message] {
        [
            (MediaWhat.opened, false, "Ports are open."), (.joined, false, "Two legs hear each other."),
            (.ended, true, "All legs are closed; what was measured."),
        ].map { what, durable, says in
            Message(
                what.type,
                .event(key: "media.\(durable ? "<p>" : "x").\(what.rawValue).<user>.<call>", durable: durable),
                from: [.media],
                says, Example.mediaFact, position: Example.position)
        }
    }

    private static var looseEvents: [Message] {
        [
            Message(
                JournalWhat.written.type, .event(key: "journal.<p>.written.<user>.<call>", durable: true),
                from: [.journal], "A call's journal entry is final.", Example.entry, position: Example.position),
            Message(
                UserStatus.type, .event(key: "user.x.status.<user>", durable: false), from: [.presence],
                "A user's phone status changed.", Example.status),
            Message(
                UserChanged.type, .event(key: "user.x.changed.<user>", durable: false), from: [.presence],
                "A user's devices or settings changed; whoever keeps a copy asks again.",
                UserChanged(user: Example.anna, revision: 3)),
            Message(
                LineOccupancy.type, .event(key: "line.x.occupancy.<trunk>", durable: false), from: [.presence],
                "Lines of a trunk that are in use.",
                LineOccupancy(
                    trunk: Example.pbx, used: LineUse(sip: 4, outside: 2), capacity: LineUse(sip: 30, outside: 30))),
            Message(
                TrunkState.type, .event(key: "line.x.state.<trunk>", durable: false), from: [.signaling],
                "A trunk's state changed, or is said again for those who came later.", Example.trunkState),
            Message(
                ServiceAlive.type, .event(key: "service.x.alive.<service>.<instance>", durable: false),
                from: Service.allCases.filter { !$0.isPassive }, "Every second, while the service takes work.",
                ServiceAlive(
                    service: "signaling", instance: Example.instance,
                    incarnation: "019a3b52-6c00-7000-8000-00000000000a",
                    startedAt: "2026-03-01T11:00:00.000Z")),
        ]
    }

    // MARK: Seats

    private static var seats: [Message] {
        [
            Message(
                SeatClaim.type, .seat(.claim), from: [.signaling],
                "Somebody wants to own a seat. Answered after the commit, behind every checkpoint before it.",
                Example.claim),
            Message(
                SeatClaim.type, .seat(.claim), from: [.signaling], "Its owner is held to be gone.", Example.takeOver,
                variant: "follows"),
            Message(
                SeatClaim.replyType, .reply, from: [.journal],
                "Who owns the seat now: the claimer, with the newest checkpoint, or the one who was quicker.",
                Example.granted),
            Message(
                SeatClaim.replyType, .reply, from: [.journal], "Another one owns it.", Example.lost, variant: "lost"),
            Message(
                SeatCheckpoint.type, .seat(.checkpoint), from: [.signaling],
                "A seat as it is now; the highest (epoch, revision) is kept.", Example.checkpoint),
            Message(
                SeatEnd.type, .seat(.end), from: [.signaling],
                "Its owner lets the seat go: no call runs. The epoch stays, for the next owner.", Example.end),
        ]
    }

    // MARK: Requests

    /// A request and its reply.
    private static func pair<R: BusRequest>(
        _ request: R, _ variant: String? = nil, from: [Service], _ says: String, answer: R.Answer,
        answered: String = "The answer."
    ) -> [Message] {
        guard let service = Service(rawValue: R.service) else { preconditionFailure("\(R.type) is answered by nobody") }
        let key = R.sharedVerb.map { RoutingKey.shared(R.service, $0) } ?? "instance.\(R.service).<instance>"
        return [
            Message(R.type, .request(key: key), from: from, says, request, variant: variant),
            Message(
                R.replyType, .reply, from: [service], answered, Reply<R.Answer>.answer(answer), variant: variant),
        ]
    }

    private static var signalingRequests: [Message] {
        pair(
            Originate(
                call: Example.call, user: Example.anna, target: "+4930123456", targetReach: .outside,
                device: Example.mobile, context: .object(["ticket": .string("T-17"), "score": .integer(3)])),
            from: [.cti], "makeCall: call the user's device, then the target.",
            answer: Originate.Answer(state: Example.state(.started), position: Example.position),
            answered: "Taken: the call that this request stands for.")
            + pair(
                ClearConnection(call: Example.call, user: Example.anna), from: [.cti],
                "clearConnection: hang up one call.", answer: Done(),
                answered: "Taken; the result is the call's events.")
            + pair(
                DeclineCall(call: Example.call, user: Example.anna), from: [.cti],
                "declineCall: stop all ringing of an incoming call; it goes on to the fallback.", answer: Done(),
                answered: "Taken; the result is the call's events.")
            + Example.deflections.flatMap { name, to in
                pair(
                    DeflectCall(call: Example.call, user: Example.anna, to: to), name, from: [.cti],
                    "deflectCall: ring another phone instead.", answer: Done(),
                    answered: "Taken; the result is the call's events.")
            }
            + pair(
                CallSnapshot(), from: [.presence, .cti], "What calls run at this instance?",
                answer: CallSnapshot.Answer(calls: [.init(state: Example.state(.answered), position: Example.position)])
            )
            + Example.notices.flatMap { name, notice in
                pair(
                    MediaNotice(position: Example.position, what: notice), name, from: [.media],
                    "What media tells the owner of a call.", answer: Done(), answered: "Heard.")
            }
    }

    private static var mediaRequests: [Message] {
        pair(
            OpenMedia(position: Example.position, owner: Example.instance, legs: [Example.device, Example.party]),
            from: [.signaling], "Open all legs of one call at once.",
            answer: OpenMedia.Answer(
                instance: Example.instance,
                legs: [
                    LocalAudio(leg: Example.device, address: "192.0.2.1", port: 20_000),
                    LocalAudio(leg: Example.party, address: "192.0.2.1", port: 20_002),
                ]))
            + pair(
                MediaCommands(position: Example.position, commands: Example.commands), from: [.signaling],
                "Media work of one call: in order, all or none.", answer: Done())
            + pair(
                CloseMedia(position: Example.position), from: [.signaling], "End the media of one call.", answer: Done()
            )
            + pair(
                RenewMedia(
                    owner: Example.instance, leases: [.init(seat: Example.anna, call: Example.call, epoch: 1)]),
                from: [.signaling], "Keep the media of these calls.", answer: RenewMedia.Answer(unknown: [Example.call])
            )
    }

    private static var presenceRequests: [Message] {
        pair(
            DirectoryQuery(), from: [.signaling], "All users and trunks.", answer: Example.directory,
            answered: "The directory, with its revision.")
            + Example.questions.flatMap { name, question, answer in
                pair(
                    PresenceQuery(question), name, from: [.cti], "What the gateway asks about people.", answer: answer)
            }
            + Example.lines.flatMap { name, what in
                pair(
                    LinesRequest(seat: Example.anna, call: Example.call, epoch: 1, what: what), name,
                    from: [.signaling], "Reserve or release lines.", answer: Done())
            }
    }

    private static var others: [Message] {
        pair(
            JournalQuery(user: Example.anna, limit: 50, call: Example.call), from: [.cti], "A user's newest entries.",
            answer: JournalQuery.Answer(entries: [Example.entry])) + [
                Message(
                    JournalQuery.replyType, .reply, from: [.journal],
                    "Any request may be refused: status, code for programs, sentence for people.",
                    Reply<JournalQuery.Answer>.refusal(Refusal(503, "database-away", "Try again in a moment.")),
                    variant: "refusal"),
                Message(
                    DeadMessage.type, .dead, from: Service.allCases.filter { !$0.isPassive },
                    "What could not be handled, with its first exchange and key, and why.",
                    DeadMessage(
                        exchange: "rufbus.events", key: "call.3.started.anna.c1", why: "not JSON", body: "aGVsbG8=")),
                Message(
                    Probe.type, .probe, from: Service.allCases.filter { !$0.isPassive },
                    "Sent once per durable queue at connect, to see that the queue is fed; consumers drop it.",
                    Probe()),
            ]
    }
}

extension CallWhat {
    /// In a sentence.
    var meaning: String {
        switch self {
        case .started: "The call exists: asked for by the user, or arrived."
        case .ringing: "The device is being called or rings."
        case .guarding: "The device answered and its guard is asked."
        case .dialing: "The device is there, the target is being called."
        case .alerting: "The target rings."
        case .answered: "Both sides talk."
        case .ended: "The call is over."
        }
    }
}
