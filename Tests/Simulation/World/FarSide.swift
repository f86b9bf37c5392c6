import BusContract
import TelephonyModel
import TestSupport

/// What the person or the network behind a leg is going to do.
struct Temper {
    enum Answer { case lifts(withSDP: Bool), fails(Int, cause: Int?), sendsOn(to: [Destination]), never }
    var sends100: Bool
    /// After the INVITE; nil: never.
    var ringsAfter: Int64?
    var rings: Int
    var answer: Answer
    /// After ringing began.
    var answersAfter: Int64
    /// Neither INVITE nor CANCEL is ever answered.
    var isSilent: Bool
    /// Rings, and then hears nothing any more, not even a CANCEL.
    var isDeaf: Bool
    /// Called sides: after the ACK. Callers: after the 200.
    var hangsUpAfter: Int64?
    /// Callers: after the INVITE.
    var givesUpAfter: Int64?
    var acknowledges: Bool
    var losesDialog: Bool
    /// The transport to it is broken.
    var isUndeliverable: Bool
    /// At the guard; nil: no key.
    var key: String?
    var keyAfter: Int64

    init(_ random: inout SeededRandom) {
        sends100 = !random.one(in: 4)
        ringsAfter = random.one(in: 8) ? nil : random.ms(20...3_000)
        rings = random.pick([180, 180, 183, 181])
        answersAfter = random.one(in: 3) ? random.ms(0...1_500) : random.ms(500...random.pick([6_000, 20_000, 40_000]))
        isSilent = random.one(in: 25)
        isDeaf = random.one(in: 12)
        hangsUpAfter = random.one(in: 3) ? nil : random.ms(0...60_000)
        givesUpAfter = random.one(in: 2) ? random.ms(1...40_000) : (random.one(in: 2) ? 55_000 : nil)
        acknowledges = !random.one(in: 25)
        losesDialog = random.one(in: 12)
        isUndeliverable = random.one(in: 50)
        key = random.pick(["1", "1", "1", "2", nil, "x"])
        keyAfter = random.ms(100...11_000)
        answer = isDeaf ? .never : Temper.answer(&random)
    }

    private static func answer(_ random: inout SeededRandom) -> Answer {
        switch random.ms(0...19) {
        case 0...8: .lifts(withSDP: true)
        case 9, 10: .lifts(withSDP: !random.one(in: 2))
        case 11, 12: .fails(random.pick([486, 600]), cause: random.pick([nil, 17, 42]))
        case 13: .fails(603, cause: 21)
        case 14: .fails(random.pick([403, 404, 484, 488, 503, 500]), cause: nil)
        case 16, 17: .sendsOn(to: elsewhere(&random))
        case 15: .fails(480, cause: random.pick([nil, 19, 18, 34]))
        default: .never
        }
    }

    private static func elsewhere(_ random: inout SeededRandom) -> [Destination] {
        let (inside, outside) = (
            Destination(number: "47", reach: .inside), Destination(number: "+49401", reach: .outside)
        )
        let (nowhere, own) = (Destination(number: "112", reach: .outside), Destination(number: "23", reach: .inside))
        return random.pick([
            [], [inside], [inside, outside], [outside], [outside, inside], [nowhere], [own, outside],
        ])
    }
}

/// The far side of one leg, and our stack's side of it.
struct FarLeg {
    enum Far { case idle, ringing, answered, up, ended }
    /// Client: calling, proceeding, answered (2xx told, no ACK), up, over. Server: received, accepted, up, over.
    enum Stack { case calling, proceeding, answered, received, accepted, up, over }
    var far = Far.idle
    var stack: Stack
    var temper: Temper
    let isCaller: Bool
    /// What our stack dialled; nil for a caller.
    let number: String?
    /// Whose name its ports have.
    let port: LegID
    var showsCaller = false
    /// When its INVITE was sent, or came; in time that somebody owned the seat.
    let invitedAt: Int64
    /// Which leg of the world, counted.
    let order: Int
    /// By the seat's clock, as it was told.
    var rangAt: Instant?
    var answeredAt: Instant?
    var cancelSent = false
    var acceptGiven = false
    var wantsToLeave = false
    /// Our stack has given this up; what the far side does then is nobody's fault.
    var isForsaken = false

    /// It was shown a caller's number, and the trunk said before it rang that it will not have it.
    var refusedNumber = false
    /// Said no, or nothing.
    var hasFailed = false

    /// Its final answer is no 2xx.
    mutating func fails(_ status: Int) {
        (stack, hasFailed) = (.over, true)
        refusedNumber = showsCaller && rangAt == nil && [403, 404, 603].contains(status)
    }

    /// Whether our side of the dialog stands.
    var isStanding: Bool { stack == .up || stack == .accepted }
    /// Whether this phone rings or talks for us, and we want it to.
    var isBusy: Bool {
        switch stack {
        case .proceeding: !cancelSent
        case .answered, .up: true
        case .calling, .received, .accepted, .over: false
        }
    }
}
