import BusContract
import CallControl
import TelephonyModel

// Several phones for one call: who rings when, who wins, and that nobody ends the others.

private let office = House.officePhone, mobile = House.mobilePhone, home = House.homePhone
private let extension45 = Destination(number: "45", reach: .inside)
private let together = House.profile([office, mobile], .simultaneous, fallback: extension45)
private let noLine = Refusal(503, "no-line", "All lines are busy.")

let planArrived = Story(
    "all at once: each phone's line is asked for, ports are opened for all",
    Step(
        0, house.calls(nil, together), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
        "open media d+d1+p+f", "reserve d 1/0", "reserve d1 1/1"),
    Step(2, house.ports(of: [device, device1, party, fallback]), "media: p at 40000"))
let planRings = Story(
    "each rings once it has its line", after: planArrived.steps,
    Step(3, .linesGranted(legs: [device]), "invite d at 723 as +498984098723", "arm ring 20003", "2 call.ringing"),
    Step(4, .linesGranted(legs: [device1]), "invite d1 at 000491711234567 as +498984098723", "3 call.ringing"),
    Step(200, .provisional(device, status: 180, nil), "disarm alert", "180 to p"),
    Step(900, .provisional(device1, status: 183, house.audio(41_500))))
let planMobileGuarding = Story(
    "the mobile answers and is asked for a key; the office phone rings on", after: planRings.steps,
    Step(
        5_000, .answered(device1, house.audio(41_500)), "checkpoint 1", "arm writeAhead 5250", "4 leg.answered d1 200"),
    Step(
        5_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d1",
        "media: d1 at 41500, d1 hears \"accept\" de x2, collect 12 of d1 (1, 10000 ms)", "arm guardKey 17002",
        "5 call.guarding"))
let planOfficeWins = Story(
    "the first whose guard passes wins: the caller gets his 200, the others are let go",
    after: planMobileGuarding.steps,
    Step(
        6_000, .answered(device, house.audio(41_000)), "disarm ring", "checkpoint 2", "arm writeAhead 6250",
        "6 leg.answered d 200"),
    Step(
        6_002, .checkpointConfirmed(revision: 2), "disarm writeAhead", "ack d",
        "media: d at 41000, d hears p, p hears d", "200 to p from port 20004", "bye d1 (SIP 200)",
        "7 leg.ended d1 200", "media: stop collecting of d1, d1 hears nothing", "disarm guardKey",
        "8 leg.answered p 200", "9 call.answered"))
private let inSequence = House.profile([office, home], .sequence, delays: [0, 2], fallback: nil)
let planSequence = Story(
    "one after the other: the first alone rings",
    Step(
        0, house.calls(nil, inSequence), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
        "open media d+d1+p", "reserve d 1/0"), Step(2, house.ports(of: [device, device1, party]), "media: p at 40000"),
    Step(3, .linesGranted(legs: [device]), "invite d at 723 as +498984098723", "arm ring 20003", "2 call.ringing"),
    Step(200, .provisional(device, status: 180, nil), "disarm alert", "180 to p"))
let planSecondCalled = Story(
    "the next is called when the one before was not answered, after its delay", after: planSequence.steps,
    Step(20_003, house.fires(.ring), "cancel d", "arm release 55003", "arm ring 22003"),
    Step(20_040, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release"),
    Step(22_003, house.fires(.ring), "reserve d1 1/1"),
    Step(
        22_005, .linesGranted(legs: [device1]), "invite d1 at 00049891234567 as +498984098723", "arm ring 52005",
        "4 call.ringing"), Step(22_500, .provisional(device1, status: 180, nil)))

let ringPlanStories: [Story] = [
    planArrived, planRings, planMobileGuarding, planOfficeWins, planSequence, planSecondCalled,
    Story(
        "a phone that still rings when another is taken is cancelled: completed elsewhere", after: planRings.steps,
        Step(
            6_000, .answered(device, house.audio(41_000)), "arm ring 25004", "checkpoint 1", "arm writeAhead 6250",
            "4 leg.answered d 200"),
        Step(
            6_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears p, p hears d", "200 to p from port 20004", "cancel d1 (SIP 200)",
            "arm release 41002", "disarm ring", "5 leg.answered p 200", "6 call.answered"),
        Step(6_040, .failed(device1, status: 487, cause: nil), "7 leg.ended d1 487", "disarm release")),
    Story(
        "the loser's 200 crosses its CANCEL: ACK and BYE, the talk goes on", after: planRings.steps,
        Step(
            6_000, .answered(device, house.audio(41_000)), "arm ring 25004", "checkpoint 1", "arm writeAhead 6250",
            "4 leg.answered d 200"),
        Step(
            6_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears p, p hears d", "200 to p from port 20004", "cancel d1 (SIP 200)",
            "arm release 41002", "disarm ring", "5 leg.answered p 200", "6 call.answered"),
        Step(
            6_003, .answered(device1, house.audio(41_500)), "ack d1", "bye d1 (Q.850 16)", "7 leg.answered d1 200",
            "8 leg.ended d1 200", "disarm release")),
    Story(
        "the key is pressed while another phone's answer is written down: that one gets ACK and BYE",
        after: planMobileGuarding.steps,
        Step(
            6_000, .answered(device, house.audio(41_000)), "disarm ring", "checkpoint 2", "arm writeAhead 6250",
            "6 leg.answered d 200"),
        Step(
            6_001, .mediaNotice(house.call, .collected(device1, id: 1, digit: "1")), "disarm guardKey", "checkpoint 3",
            "ack d", "bye d (SIP 200)", "7 leg.ended d 200", "media: stop collecting of d, d hears nothing",
            "arm writeAhead 6251"),
        Step(
            6_003, .checkpointConfirmed(revision: 3), "disarm writeAhead", "media: d1 hears p, p hears d1",
            "200 to p from port 20004", "8 leg.answered p 200", "9 call.answered")),
    Story(
        "busy at one phone ends no other", after: planRings.steps,
        Step(1_000, .failed(device, status: 486, cause: 17), "4 leg.ended d 486", "arm ring 25004")),
    Story(
        "no key (a mailbox) at one phone ends no other; the call rings again", after: planMobileGuarding.steps,
        Step(
            15_002, .mediaNotice(house.call, .collected(device1, id: 1, digit: nil)), "disarm guardKey",
            "bye d1 (Q.850 16)", "6 leg.ended d1 200", "media: stop collecting of d1, d1 hears nothing",
            "7 call.ringing")),
    Story(
        "2 at one phone ends no other", after: planMobileGuarding.steps,
        Step(
            7_000, .mediaNotice(house.call, .collected(device1, id: 1, digit: "2")), "disarm guardKey",
            "bye d1 (Q.850 16)", "6 leg.ended d1 200", "media: stop collecting of d1, d1 hears nothing",
            "7 call.ringing")),
    Story(
        "all out: the fallback, for the failure that tells most", after: planRings.steps,
        Step(1_000, .failed(device, status: 486, cause: 17), "4 leg.ended d 486", "arm ring 25004"),
        Step(2_000, .failed(device1, status: 480, cause: nil), "5 leg.ended d1 480", "disarm ring", "reserve f 1/0")),
    Story(
        "a phone without a line is passed over", after: planArrived.steps,
        Step(3, .linesRefused(legs: [device1], noLine)),
        Step(4, .linesGranted(legs: [device]), "invite d at 723 as +498984098723", "arm ring 20004", "2 call.ringing")),
    Story(
        "the caller gives up while one is asked for a key and one rings", after: planMobileGuarding.steps,
        Step(
            7_000, .cancelled(party, nil), "6 leg.ended p 487", "disarm guardKey", "cancel d", "arm release 42000",
            "disarm ring", "media: stop collecting of d1, d1 hears busy", "arm tone 8500"),
        Step(7_040, .failed(device, status: 487, cause: nil), "7 leg.ended d 487", "disarm release"),
        Step(
            8_500, house.fires(.tone), "bye d1 (Q.850 16)", "8 leg.ended d1 200", "close media",
            "9 call.ended missed by party")),
    Story(
        "taken elsewhere: every phone is told so", after: planRings.steps,
        Step(
            2_000, .cancelled(party, SIPReason(.sip, 200, "Call completed elsewhere")), "4 leg.ended p 487",
            "disarm ring", "cancel d (SIP 200)", "arm release 37000", "cancel d1 (SIP 200)", "close media")),
    Story(
        "the next in a sequence is called at once when the one before is busy and it has no delay",
        Step(
            0, house.calls(nil, House.profile([office, home], .sequence, fallback: nil)), "1 call.started",
            "arm alert 900", "reserve p 1/1 even if full", "open media d+d1+p", "reserve d 1/0"),
        Step(2, house.ports(of: [device, device1, party]), "media: p at 40000"),
        Step(3, .linesGranted(legs: [device]), "invite d at 723 as +498984098723", "arm ring 20003", "2 call.ringing"),
        Step(500, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "reserve d1 1/1")),
    Story(
        "a delayed phone rings after its delay, or at once if no other rings any more",
        Step(
            0,
            house.calls(nil, House.profile([office, mobile, home], .simultaneous, delays: [0, 5, 10], fallback: nil)),
            "1 call.started", "arm alert 900", "reserve p 1/1 even if full", "open media d+d1+d2+p", "reserve d 1/0",
            "arm ring 5000"), Step(2, house.ports(of: [device, device1, device2, party]), "media: p at 40000"),
        Step(3, .linesGranted(legs: [device]), "invite d at 723 as +498984098723", "2 call.ringing"),
        Step(5_000, house.fires(.ring), "reserve d1 1/1", "arm ring 10000"),
        Step(
            5_004, .linesGranted(legs: [device1]), "invite d1 at 000491711234567 as +498984098723", "3 call.ringing"),
        Step(6_000, .failed(device, status: 486, cause: nil), "4 leg.ended d 486"),
        Step(7_000, .failed(device1, status: 486, cause: nil), "5 leg.ended d1 486", "reserve d2 1/1", "disarm ring")),
    Story(
        "timed: an answer 2 s to 22 s after ringing began is a person's", after: planSecondCalled.steps,
        Step(
            25_000, .answered(device1, house.audio(41_500)), "disarm ring", "checkpoint 1", "arm writeAhead 25250",
            "5 leg.answered d1 200"),
        Step(
            25_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d1",
            "media: d1 at 41500, d1 hears p, p hears d1", "200 to p from port 20004", "6 leg.answered p 200",
            "7 call.answered")),
    Story(
        "timed: an answer under 2 s is a machine's", after: planSecondCalled.steps,
        Step(
            24_499, .answered(device1, house.audio(41_500)), "disarm ring", "ack d1", "bye d1 (Q.850 16)",
            "5 leg.answered d1 200", "6 leg.ended d1 200", "480 to p", "7 leg.ended p 480", "close media",
            "8 call.ended deviceNoAnswer by system")),
    Story(
        "timed: an answer after 22 s is a mailbox's", after: planSecondCalled.steps,
        Step(
            44_501, .answered(device1, house.audio(41_500)), "disarm ring", "ack d1", "bye d1 (Q.850 16)",
            "5 leg.answered d1 200", "6 leg.ended d1 200", "480 to p", "7 leg.ended p 480", "close media",
            "8 call.ended deviceNoAnswer by system")),
    Story(
        "a plan ends in time for the fallback, and the fallback before the trunk gives up",
        Step(
            0,
            house.calls(
                nil, House.profile([home, office], .sequence, fallback: extension45) { $0.noAnswerSeconds = 40 }),
            "1 call.started", "arm alert 900", "reserve p 1/1 even if full", "open media d+d1+p+f", "reserve d 1/1"),
        Step(2, house.ports(of: [device, device1, party, fallback]), "media: p at 40000"),
        Step(
            3, .linesGranted(legs: [device]), "invite d at 00049891234567 as +498984098723", "arm ring 28000",
            "2 call.ringing"), Step(28_000, house.fires(.ring), "arm release 63000", "reserve f 1/0"),
        Step(
            28_004, .linesGranted(legs: [fallback]), "invite f at 45 as +498984098723 diverted from +498984098723",
            "arm ring 38000", "3 call.ringing")),
]
