import BusContract
import CallControl
import TelephonyModel

// Follow-Me: who answers, who gives up, and where the call goes then.

let incomingArrived = Story(
    "a call arrives: its line is counted, the device's is asked for",
    Step(
        0, house.calls(), "1 call.started", "arm alert 900", "reserve p 1/1 even if full", "open media d+p+f",
        "reserve d 1/1"))
let incomingCalled = Story(
    "with line and ports the device is called under the office number", after: incomingArrived.steps,
    Step(3, .linesGranted(legs: [party])), Step(4, .linesGranted(legs: [device])),
    Step(
        6, house.ports([.device, .party, .fallback]), "media: p at 40000",
        "invite d at 000491711234567 as +498984098723", "arm ring 25006", "2 call.ringing"))
let incomingRings = Story(
    "the device rings: so does it at the caller, without its early media", after: incomingCalled.steps,
    Step(300, .provisional(device, status: 183, house.audio(41000)), "disarm alert", "180 to p"),
    Step(400, .provisional(device, status: 180, nil)))
let incomingAnswered = Story(
    "the device of an incoming call answers: written down before its ACK", after: incomingRings.steps,
    Step(
        4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
        "3 leg.answered d 200"))
let incomingGuarding = Story(
    "then it hears \"1 accept, 2 decline\" twice; the caller still hears ringback", after: incomingAnswered.steps,
    Step(
        4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
        "media: d at 41000, d hears \"accept\" de x2, collect 12 of d (1, 10000 ms)", "arm guardKey 16002",
        "4 call.guarding"))
let incomingAccepting = Story(
    "1: our 200 is written down first", after: incomingGuarding.steps,
    Step(7_000, house.key("1"), "disarm guardKey", "checkpoint 2", "arm writeAhead 7250"))
let incomingAccepted = Story(
    "the guard passed and that written down: joined, then 200", after: incomingAccepting.steps,
    Step(
        7_002, .checkpointConfirmed(revision: 2), "disarm writeAhead", "media: d hears p, p hears d",
        "200 to p from port 20002", "5 leg.answered p 200", "6 call.answered"))
let incomingTalking = Story(
    "the caller's ACK: nothing more to do", after: incomingAccepted.steps, Step(7_030, .confirmed(party, nil)))
let incomingDiverting = Story(
    "the device is busy: the fallback's line is asked for", after: incomingRings.steps,
    Step(2_000, .failed(device, status: 486, cause: 17), "3 leg.ended d 486", "disarm ring", "reserve f 1/0"))
let incomingFallbackCalled = Story(
    "the fallback has its line: called by its bypass address, with the office number as diversion",
    after: incomingDiverting.steps,
    Step(
        2_004, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
        "arm ring 32004", "4 call.ringing"))
let incomingFallbackAnswered = Story(
    "the fallback answers: written down", after: incomingFallbackCalled.steps,
    Step(2_100, .provisional(fallback, status: 180, nil)),
    Step(
        6_000, .answered(fallback, house.audio(43000)), "disarm ring", "checkpoint 1", "arm writeAhead 6250",
        "5 leg.answered f 200"))
let incomingFallbackTalks = Story(
    "the fallback's answer is written down: ACK, joined, 200 to the caller", after: incomingFallbackAnswered.steps,
    Step(
        6_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack f",
        "media: f at 43000, f hears p, p hears f", "200 to p from port 20002", "6 leg.answered p 200", "7 call.answered"
    ))

let incomingStories: [Story] = [
    incomingArrived,
    incomingCalled,
    incomingRings,
    incomingAnswered,
    incomingGuarding,
    incomingAccepting,
    incomingAccepted,
    incomingTalking,
    incomingDiverting,
    incomingFallbackCalled,
    incomingFallbackAnswered,
    incomingFallbackTalks,
    Story(
        "a slow device: the caller hears ringback after 0.9 s all the same", after: incomingCalled.steps,
        Step(900, house.fires(.alert), "180 to p"), Step(3_000, .provisional(device, status: 180, nil))),
    Story(
        "the checkpoint of the 200 is not confirmed: on without it", after: incomingAccepting.steps,
        Step(
            7_250, house.fires(.writeAhead), "media: d hears p, p hears d", "200 to p from port 20002",
            "5 leg.answered p 200", "6 call.answered unprotected")),
    Story(
        "without a guard the answered device is joined and the caller gets his 200, on one checkpoint",
        Step(
            0, house.calls(nil, house.unguarded), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
            "open media d+p+f", "reserve d 1/1"), Step(3, .linesGranted(legs: [party])),
        Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party, .fallback]), "media: p at 40000",
            "invite d at 000491711234567 as +498984098723", "arm ring 25006", "2 call.ringing"),
        Step(300, .provisional(device, status: 180, nil), "disarm alert", "180 to p"),
        Step(
            4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
            "3 leg.answered d 200"),
        Step(
            4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears p, p hears d", "200 to p from port 20002", "4 leg.answered p 200",
            "5 call.answered")),
    Story(
        "the caller hangs up: the device is released", after: incomingTalking.steps,
        Step(
            60_000, .hungUp(party, cause: 16), "7 leg.ended p 200", "bye d (Q.850 16)", "8 leg.ended d 200",
            "close media", "9 call.ended completed by party")),
    Story(
        "the device hangs up: the caller is released", after: incomingTalking.steps,
        Step(
            60_000, .hungUp(device, cause: 16), "7 leg.ended d 200", "bye p (Q.850 16)", "8 leg.ended p 200",
            "close media", "9 call.ended completed by user")),
    Story(
        "the user hangs up at his desk", after: incomingTalking.steps,
        Step(
            60_000, .clear(house.call, QuestionID(2)), "question 2: done", "bye p (Q.850 16)", "7 leg.ended p 200",
            "bye d (Q.850 16)", "8 leg.ended d 200", "close media", "9 call.ended completed by user")),
    Story(
        "media is lost in the talk", after: incomingTalking.steps,
        Step(
            60_000, .mediaLost(house.call), "bye p (Q.850 41)", "7 leg.ended p 200", "bye d (Q.850 41)",
            "8 leg.ended d 200", "close media", "9 call.ended serviceFailed by system")),
    Story(
        "the device hangs up before the ACK: BYE to the caller waits for it", after: incomingAccepted.steps,
        Step(7_010, .hungUp(device, cause: 16), "7 leg.ended d 200", "arm release 42010", "close media"),
        Step(
            7_030, .confirmed(party, nil), "bye p (Q.850 16)", "8 leg.ended p 200", "disarm release",
            "9 call.ended completed by user")),
    Story(
        "the device hangs up before the ACK, and so does the caller", after: incomingAccepted.steps,
        Step(7_010, .hungUp(device, cause: 16), "7 leg.ended d 200", "arm release 42010", "close media"),
        Step(7_030, .hungUp(party, cause: nil), "8 leg.ended p 200", "disarm release", "9 call.ended completed by user")
    ),
    Story(
        "the device hangs up before the ACK, which never comes: let go", after: incomingAccepted.steps,
        Step(7_010, .hungUp(device, cause: 16), "7 leg.ended d 200", "arm release 42010", "close media"),
        Step(39_000, .lost(party), "8 leg.ended p 200", "disarm release", "9 call.ended completed by user")),
    Story(
        "the device hangs up before the ACK, and the stack says nothing more: forgotten after 35 s",
        after: incomingAccepted.steps,
        Step(7_010, .hungUp(device, cause: 16), "7 leg.ended d 200", "arm release 42010", "close media"),
        Step(42_010, house.fires(.release), "forget p", "8 leg.ended p 200", "9 call.ended completed by user")),
    Story(
        "the ACK to our 200 never comes: both are released", after: incomingAccepted.steps,
        Step(
            39_000, .lost(party), "7 leg.ended p 200", "bye d (Q.850 16)", "8 leg.ended d 200", "close media",
            "9 call.ended partyUnreachable by system")),
    Story(
        "an INVITE without offer has its answer in the ACK",
        Step(
            0, house.calls(Arrival.Offer.none, house.unguarded), "1 call.started", "arm alert 900",
            "reserve p 1/1 even if full", "open media d+p+f", "reserve d 1/1"), Step(3, .linesGranted(legs: [party])),
        Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party, .fallback]), "invite d at 000491711234567 as +498984098723",
            "arm ring 25006", "2 call.ringing"),
        Step(300, .provisional(device, status: 180, nil), "disarm alert", "180 to p"),
        Step(
            4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
            "3 leg.answered d 200"),
        Step(
            4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears p, p hears d", "200 to p from port 20002", "4 leg.answered p 200",
            "5 call.answered"), Step(4_030, .confirmed(party, house.audio(40000)), "media: p at 40000")),
    Story(
        "an INVITE without offer has no usable answer in the ACK: released",
        Step(
            0, house.calls(Arrival.Offer.none, house.unguarded), "1 call.started", "arm alert 900",
            "reserve p 1/1 even if full", "open media d+p+f", "reserve d 1/1"), Step(3, .linesGranted(legs: [party])),
        Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party, .fallback]), "invite d at 000491711234567 as +498984098723",
            "arm ring 25006", "2 call.ringing"),
        Step(300, .provisional(device, status: 180, nil), "disarm alert", "180 to p"),
        Step(
            4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
            "3 leg.answered d 200"),
        Step(
            4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears p, p hears d", "200 to p from port 20002", "4 leg.answered p 200",
            "5 call.answered"),
        Step(
            4_030, .confirmed(party, nil), "bye p (Q.850 16)", "6 leg.ended p 200", "bye d (Q.850 16)",
            "7 leg.ended d 200", "close media", "8 call.ended noCommonCodec by system")),
    Story(
        "an offer that we cannot read: 488, nothing rings",
        Step(
            0, house.calls(.unusable), "1 call.started", "488 to p", "2 leg.ended p 488",
            "3 call.ended noCommonCodec by system")),
    Story(
        "the caller gives up before anything rings", after: incomingArrived.steps,
        Step(2, .cancelled(party, nil), "2 leg.ended p 487", "disarm alert", "3 call.ended missed by party"),
        Step(3, .linesGranted(legs: [party]), "release p"), Step(4, .linesGranted(legs: [device]), "release d"),
        Step(6, house.ports([.device, .party, .fallback]), "close media")),
    Story(
        "the caller gives up while the device rings: CANCEL, a missed call", after: incomingRings.steps,
        Step(
            2_000, .cancelled(party, nil), "3 leg.ended p 487", "disarm ring", "cancel d", "arm release 37000",
            "close media"),
        Step(
            2_030, .failed(device, status: 487, cause: nil), "4 leg.ended d 487", "disarm release",
            "5 call.ended missed by party")),
    Story(
        "somebody else took it: the device is told so, and the call is not missed", after: incomingRings.steps,
        Step(
            2_000, .cancelled(party, SIPReason(.sip, 200, "Call completed elsewhere")), "3 leg.ended p 487",
            "disarm ring", "cancel d (SIP 200)", "arm release 37000", "close media"),
        Step(
            2_030, .failed(device, status: 487, cause: nil), "4 leg.ended d 487", "disarm release",
            "5 call.ended takenElsewhere by system")),
    Story(
        "the caller gives up while the device's answer is written down: the device hears busy",
        after: incomingAnswered.steps,
        Step(
            4_001, .cancelled(party, nil), "4 leg.ended p 487", "disarm writeAhead", "ack d",
            "media: d at 41000, d hears busy", "arm tone 5501"), Step(4_002, .checkpointConfirmed(revision: 1)),
        Step(
            5_501, house.fires(.tone), "bye d (Q.850 16)", "5 leg.ended d 200", "close media",
            "6 call.ended missed by party")),
    Story(
        "the caller gives up during the guard: the device hears busy and is released within 2 s",
        after: incomingGuarding.steps,
        Step(
            5_000, .cancelled(party, nil), "5 leg.ended p 487", "disarm guardKey",
            "media: stop collecting of d, d hears busy", "arm tone 6500"),
        Step(
            6_500, house.fires(.tone), "bye d (Q.850 16)", "6 leg.ended d 200", "close media",
            "7 call.ended missed by party")),
    Story(
        "the caller gives up during the guard, and the device hangs up on the busy tone", after: incomingGuarding.steps,
        Step(
            5_000, .cancelled(party, nil), "5 leg.ended p 487", "disarm guardKey",
            "media: stop collecting of d, d hears busy", "arm tone 6500"),
        Step(
            5_500, .hungUp(device, cause: 16), "6 leg.ended d 200", "disarm tone", "close media",
            "7 call.ended missed by party")),
    Story(
        "the device's leg is lost during the guard: the fallback is called, and the journal says lost",
        after: incomingGuarding.steps,
        Step(
            5_000, .lost(device), "5 leg.ended d 200", "disarm guardKey",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0"),
        Step(
            5_004, .linesRefused(legs: [fallback], Refusal(503, "no-line", "All lines are busy.")), "480 to p",
            "6 leg.ended p 480", "close media",
            "7 call.ended deviceUnreachable by system")),
    Story(
        "the caller gives up while our 200 is written down: it is never sent", after: incomingAccepting.steps,
        Step(
            7_001, .cancelled(party, nil), "5 leg.ended p 487", "disarm writeAhead", "media: d hears busy",
            "arm tone 8501"), Step(7_002, .checkpointConfirmed(revision: 2)),
        Step(
            8_501, house.fires(.tone), "bye d (Q.850 16)", "6 leg.ended d 200", "close media",
            "7 call.ended missed by party")),
    Story(
        "the caller's CANCEL wins over our 200 inside the stack: the device is released", after: incomingAccepted.steps,
        Step(
            7_003, .cancelled(party, nil), "7 leg.ended p 487", "bye d (Q.850 16)", "8 leg.ended d 200", "close media",
            "9 call.ended missed by party")),
    Story(
        "the caller hangs up on the fallback", after: incomingFallbackTalks.steps, Step(6_030, .confirmed(party, nil)),
        Step(
            60_000, .hungUp(party, cause: nil), "8 leg.ended p 200", "bye f (Q.850 16)", "9 leg.ended f 200",
            "close media", "10 call.ended completed by party")),
    Story(
        "the fallback hangs up", after: incomingFallbackTalks.steps, Step(6_030, .confirmed(party, nil)),
        Step(
            60_000, .hungUp(fallback, cause: nil), "8 leg.ended f 200", "bye p (Q.850 16)", "9 leg.ended p 200",
            "close media", "10 call.ended completed by user")),
    Story(
        "the fallback is busy, too: 480, the journal tells the device's failure", after: incomingFallbackCalled.steps,
        Step(
            2_100, .failed(fallback, status: 486, cause: nil), "5 leg.ended f 486", "disarm ring", "480 to p",
            "6 leg.ended p 480", "close media", "7 call.ended deviceBusy by user")),
    Story(
        "the fallback is not answered either", after: incomingFallbackCalled.steps,
        Step(2_100, .provisional(fallback, status: 180, nil)),
        Step(
            32_004, house.fires(.ring), "cancel f", "arm release 67004", "480 to p", "5 leg.ended p 480",
            "close media"),
        Step(
            32_030, .failed(fallback, status: 487, cause: nil), "6 leg.ended f 487", "disarm release",
            "7 call.ended deviceBusy by user")),
    Story(
        "there is no line for the fallback", after: incomingDiverting.steps,
        Step(
            2_004, .linesRefused(legs: [fallback], Refusal(503, "no-line", "All lines are busy.")), "480 to p",
            "4 leg.ended p 480", "close media", "5 call.ended deviceBusy by user")),
    Story(
        "the caller gives up while the fallback's line is asked for", after: incomingDiverting.steps,
        Step(2_002, .cancelled(party, nil), "4 leg.ended p 487", "close media", "5 call.ended missed by party"),
        Step(2_004, .linesGranted(legs: [fallback]), "release f")),
    Story(
        "the caller gives up while the fallback rings", after: incomingFallbackCalled.steps,
        Step(2_100, .provisional(fallback, status: 180, nil)),
        Step(
            4_000, .cancelled(party, nil), "5 leg.ended p 487", "disarm ring", "cancel f", "arm release 39000",
            "close media"),
        Step(
            4_030, .failed(fallback, status: 487, cause: nil), "6 leg.ended f 487", "disarm release",
            "7 call.ended missed by party")),
    Story(
        "the caller gives up while the fallback's answer is written down: it hears busy",
        after: incomingFallbackAnswered.steps,
        Step(
            6_001, .cancelled(party, nil), "6 leg.ended p 487", "disarm writeAhead", "ack f",
            "media: f at 43000, f hears busy", "arm tone 7501"),
        Step(
            7_501, house.fires(.tone), "bye f (Q.850 16)", "7 leg.ended f 200", "close media",
            "8 call.ended missed by party")),
    Story(
        "the device declines: fallback", after: incomingRings.steps,
        Step(2_000, .failed(device, status: 603, cause: 21), "3 leg.ended d 603", "disarm ring", "reserve f 1/0")),
    Story(
        "the device is not answered: CANCEL, fallback", after: incomingRings.steps,
        Step(25_006, house.fires(.ring), "cancel d", "arm release 60006", "reserve f 1/0"),
        Step(
            25_010, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 55010", "3 call.ringing"),
        Step(25_030, .failed(device, status: 487, cause: nil), "4 leg.ended d 487", "disarm release")),
    Story(
        "the device cannot be reached: fallback", after: incomingCalled.steps,
        Step(500, .failed(device, status: 404, cause: nil), "3 leg.ended d 404", "disarm ring", "reserve f 1/0")),
    Story(
        "the device has no codec of ours: fallback", after: incomingRings.steps,
        Step(
            4_000, .answered(device, nil), "disarm ring", "ack d", "bye d (SIP 488)", "3 leg.answered d 200",
            "4 leg.ended d 200", "reserve f 1/0")),
    Story(
        "2 at the guard: declined, fallback", after: incomingGuarding.steps,
        Step(
            7_000, house.key("2"), "disarm guardKey", "bye d (Q.850 16)", "5 leg.ended d 200",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0")),
    Story(
        "no key (a mailbox): the device is released, fallback", after: incomingGuarding.steps,
        Step(
            14_002, house.key(nil), "disarm guardKey", "bye d (Q.850 16)", "5 leg.ended d 200",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0")),
    Story(
        "media does not say that there was no key: our own timer does", after: incomingGuarding.steps,
        Step(
            16_002, house.fires(.guardKey), "bye d (Q.850 16)", "5 leg.ended d 200",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0"), Step(16_003, house.key("1"))),
    Story(
        "the device hangs up during the guard: fallback", after: incomingGuarding.steps,
        Step(
            6_000, .hungUp(device, cause: 16), "5 leg.ended d 200", "disarm guardKey",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0")),
    Story(
        "the device is lost during the guard: fallback", after: incomingGuarding.steps,
        Step(
            6_000, .lost(device), "5 leg.ended d 200", "disarm guardKey",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0")),
    Story(
        "the device hangs up while our 200 is written down: fallback", after: incomingAccepting.steps,
        Step(
            7_001, .hungUp(device, cause: 16), "5 leg.ended d 200", "disarm writeAhead",
            "media: stop collecting of d, d hears nothing", "reserve f 1/0"),
        Step(7_002, .checkpointConfirmed(revision: 2))),
    Story(
        "no line for the device: the fallback that needs no outside line takes it", after: incomingArrived.steps,
        Step(3, .linesGranted(legs: [party])),
        Step(4, .linesRefused(legs: [device], Refusal(503, "no-line", "All lines are busy.")), "reserve f 1/0"),
        Step(6, house.ports([.device, .party, .fallback]), "media: p at 40000"),
        Step(
            8, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 30008", "2 call.ringing")),
    Story(
        "no line for anything: 480, the journal says so", after: incomingArrived.steps,
        Step(4, .linesRefused(legs: [device], Refusal(503, "no-line", "All lines are busy.")), "reserve f 1/0"),
        Step(
            8, .linesRefused(legs: [fallback], Refusal(503, "no-line", "All lines are busy.")), "disarm alert",
            "480 to p", "2 leg.ended p 480", "3 call.ended noLine by system")),
    Story(
        "the caller's own line is counted or not: the call goes on", after: incomingArrived.steps,
        Step(3, .linesRefused(legs: [party], Refusal(503, "timeout", "No answer."))),
        Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party, .fallback]), "media: p at 40000",
            "invite d at 000491711234567 as +498984098723", "arm ring 25006", "2 call.ringing")),
    Story(
        "without a fallback a busy device gives 480, so that the PBX takes its second route",
        Step(
            0, house.calls(nil, house.withoutFallback), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
            "open media d+p", "reserve d 1/1"), Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party]), "media: p at 40000", "invite d at 000491711234567 as +498984098723",
            "arm ring 25006", "2 call.ringing"),
        Step(
            500, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "disarm alert",
            "480 to p", "4 leg.ended p 480", "close media", "5 call.ended deviceBusy by user")),
    Story(
        "the office phone is not tried a second time as its own fallback",
        Step(
            0, house.calls(nil, house.office), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
            "open media d+p", "reserve d 1/0"), Step(4, .linesGranted(legs: [device])),
        Step(
            6, house.ports([.device, .party]), "media: p at 40000", "invite d at 723 as +498984098723",
            "arm ring 20006", "2 call.ringing"),
        Step(
            500, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "disarm alert",
            "480 to p", "4 leg.ended p 480", "close media", "5 call.ended deviceBusy by user")),
    Story(
        "media has no ports: back to the PBX, which takes its second route", after: incomingArrived.steps,
        Step(
            6, .mediaRefused(house.call, Refusal(503, "no-ports", "All ports are in use.")), "disarm alert", "480 to p",
            "2 leg.ended p 480", "3 call.ended serviceFailed by system")),
    Story(
        "media is lost while the device rings: back to the PBX, CANCEL", after: incomingRings.steps,
        Step(
            2_000, .mediaLost(house.call), "disarm ring", "480 to p", "3 leg.ended p 480", "cancel d (Q.850 41)",
            "arm release 37000", "close media")),
    Story(
        "declined at the desk: that ends all", after: incomingRings.steps,
        Step(
            2_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "603 to p",
            "3 leg.ended p 603", "cancel d", "arm release 37000", "close media"),
        Step(
            2_030, .failed(device, status: 487, cause: nil), "4 leg.ended d 487", "disarm release",
            "5 call.ended deviceDeclined by user")),
    Story(
        "declined at the desk during the guard", after: incomingGuarding.steps,
        Step(
            6_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm guardKey", "603 to p",
            "5 leg.ended p 603", "bye d (Q.850 16)", "6 leg.ended d 200", "close media",
            "7 call.ended deviceDeclined by user")),
    Story(
        "declined at the desk while the fallback rings", after: incomingFallbackCalled.steps,
        Step(
            3_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "603 to p",
            "5 leg.ended p 603", "arm release 38000", "close media"),
        Step(3_010, .provisional(fallback, status: 180, nil), "cancel f"),
        Step(
            3_030, .failed(fallback, status: 487, cause: nil), "6 leg.ended f 487", "disarm release",
            "7 call.ended deviceDeclined by user")),
]
