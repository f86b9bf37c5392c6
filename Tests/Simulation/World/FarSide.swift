import TelephonyModel
import TestSupport

/// What the person or the network behind a leg is going to do.
struct Temper {
    enum Answer { case lifts(withSDP: Bool), fails(Int, cause: Int?), never }
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
    /// At the guard; nil: no key.
    var key: String?
    var keyAfter: Int64

    init(_ random: inout SeededRandom) {
        sends100 = !random.one(in: 4)
        ringsAfter = random.one(in: 8) ? nil : random.ms(20...3_000)
        rings = random.pick([180, 180, 183, 181])
        answersAfter = random.one(in: 4) ? random.ms(0...1_500) : random.ms(500...40_000)
        isSilent = random.one(in: 25)
        isDeaf = random.one(in: 20)
        hangsUpAfter = random.one(in: 3) ? nil : random.ms(0...60_000)
        givesUpAfter = random.one(in: 2) ? random.ms(1...40_000) : 55_000
        acknowledges = !random.one(in: 25)
        losesDialog = random.one(in: 25)
        key = random.pick(["1", "1", "1", "2", nil, "x"])
        keyAfter = random.ms(100...11_000)
        answer = isDeaf ? .never : Temper.answer(&random)
    }

    private static func answer(_ random: inout SeededRandom) -> Answer {
        switch random.ms(0...19) {
        case 0...9: .lifts(withSDP: true)
        case 10: .lifts(withSDP: false)
        case 11, 12: .fails(random.pick([486, 600]), cause: random.pick([nil, 17, 42]))
        case 13: .fails(603, cause: 21)
        case 14: .fails(random.pick([404, 484, 488, 503, 500, 302]), cause: nil)
        case 15: .fails(480, cause: random.pick([nil, 19, 18, 34]))
        default: .never
        }
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
    var cancelSent = false
    var acceptGiven = false
    var wantsToLeave = false
    /// Our stack has given this up; what the far side does then is nobody's fault.
    var isForsaken = false
}
