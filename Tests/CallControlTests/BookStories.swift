import BusContract
import CallControl
import TelephonyModel

// What a seat knows of its other calls: repeated verbs, second calls, memory.

let bookAtColleague = Story(
    "a colleague has taken the user's call over",
    Step(
        0, house.calls(nil, house.colleagueTakesOver), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
        "open media d+p+f", "reserve d 1/1"), Step(4, .linesGranted(legs: [device])),
    Step(
        6, house.ports([.device, .party, .fallback]), "media: p at 40000",
        "invite d at 000491711234567 as +498984098723", "arm ring 25006", "2 call.ringing"),
    Step(500, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "reserve f 1/0"),
    Step(
        504, .linesGranted(legs: [fallback]), "invite f at 45 as +498984098723 diverted from +498984098723",
        "arm ring 30504", "4 call.ringing"),
    Step(
        900, .answered(fallback, house.audio(43000)), "disarm ring", "checkpoint 1", "arm writeAhead 1150",
        "5 leg.answered f 200"),
    Step(
        902, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack f", "disarm alert",
        "media: f at 43000, f hears p, p hears f", "200 to p from port 20002", "6 leg.answered p 200", "7 call.answered"
    ))

let bookStories: [Story] = [
    bookAtColleague,
    Story(
        "the same originate again is answered with the call that runs", after: outgoingCalled.steps,
        Step(10, house.dials("+4940987654", question: 2), "question 2: taken, call call-1 is ringing")),
    Story(
        "the same originate again while lines are asked for: both are answered together", after: outgoingAsked.steps,
        Step(2, house.dials("+4940987654", question: 2)), Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, house.ports([.device, .party]), "invite d at 000491711234567 as +498984098723", "arm ring 25006",
            "2 call.ringing", "question 1: taken, call call-1 is ringing",
            "question 2: taken, call call-1 is ringing")),
    Story(
        "the same originate again when the call is over: answered from memory", after: outgoingCalled.steps,
        Step(
            200, .failed(device, status: 486, cause: 17), "3 leg.ended d 486", "disarm ring", "release p",
            "close media", "4 call.ended deviceBusy by user"),
        Step(3_000, house.dials("+4940987654", question: 2), "question 2: taken, call call-1 is ended")),
    Story(
        "the same originate again after a refusal: refused as before", after: outgoingAsked.steps,
        Step(
            4, .linesRefused(legs: [device, party], Refusal(503, "no-line", "All 30 lines are busy.")),
            "2 call.ended noLine by system", "question 1: 503 no-line"),
        Step(500, house.dials("+4940987654", question: 2), "question 2: 503 no-line")),
    Story(
        "two clicks within 2 s make one call", after: outgoingCalled.steps,
        Step(
            2_000, house.dials("+4940987654", as: CallID(unchecked: "call-2"), question: 2),
            "question 2: taken, call call-1 is ringing")),
    Story(
        "a third click after 2 s is refused: there is a call", after: outgoingCalled.steps,
        Step(
            2_001, house.dials("+4940987654", as: CallID(unchecked: "call-2"), question: 2),
            "question 2: 409 call-exists")),
    Story(
        "another target is refused while there is a call", after: outgoingCalled.steps,
        Step(1_000, house.dials("45", as: CallID(unchecked: "call-2"), question: 2), "question 2: 409 call-exists")),
    Story(
        "hung up and dialled again at once: a new call", after: outgoingDeviceRings.steps,
        Step(
            900, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "cancel d", "arm release 35900",
            "release p", "close media"),
        Step(
            1_000, house.dials("+4940987654", as: CallID(unchecked: "call-2"), question: 3), "1 call.started",
            "reserve call-2-d 1/1 + call-2-p 1/1", "open media call-2-d+call-2-p")),
    Story(
        "the phone that would ring first is no target",
        Step(0, house.dials("+491711234567"), "question 1: 422 own-device")),
    Story(
        "an emergency number is no target", Step(0, house.dials("112"), "question 1: 422 emergency"),
        Step(1, house.dials("+110"), "question 1: 422 emergency")),
    Story(
        "a device with an emergency number is never dialled",
        Step(
            0, house.dials("+4940987654", house.emergency), "1 call.started", "reserve d 1/0 + p 1/1",
            "open media d+p"),
        Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, house.ports([.device, .party]), "release d", "release p", "close media",
            "2 call.ended wrongNumber by system", "question 1: 422 emergency")),
    Story(
        "nor is a fallback with one: the caller is refused, so that the PBX takes its second route",
        Step(
            0, house.calls(nil, house.emergency), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
            "open media d+p+f", "reserve d 1/0"),
        Step(1, house.ports([.device, .party, .fallback]), "media: p at 40000"),
        Step(4, .linesGranted(legs: [device]), "release d", "reserve f 1/1"),
        Step(
            6, .linesGranted(legs: [fallback]), "release f", "disarm alert", "480 to p", "2 leg.ended p 480",
            "close media", "3 call.ended wrongNumber by system")),
    Story(
        "hanging up twice is done twice", after: outgoingCalled.steps,
        Step(
            50, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "arm release 35050", "release p",
            "close media"), Step(60, .clear(house.call, QuestionID(3)), "question 3: done"),
        Step(
            70, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release",
            "4 call.ended cancelled by user"), Step(80, .clear(house.call, QuestionID(4)), "question 4: done")),
    Story(
        "hanging up a call that never was", after: outgoingCalled.steps,
        Step(50, .clear(CallID(unchecked: "call-2"), QuestionID(2)), "question 2: 404 no-such-call")),
    Story(
        "a second call while the user talks goes to the fallback", after: outgoingTalking.steps,
        Step(
            20_000, house.calls(as: CallID(unchecked: "call-2")), "1 call.started", "arm alert 20900",
            "reserve call-2-p 1/1 even if full", "open media call-2-p+call-2-f", "reserve call-2-f 1/0"),
        Step(20_003, .linesGranted(legs: [LegID(CallID(unchecked: "call-2"), .party)])),
        Step(20_004, .linesGranted(legs: [LegID(CallID(unchecked: "call-2"), .fallback)])),
        Step(
            20_006, house.ports([.party, .fallback], of: CallID(unchecked: "call-2")), "media: call-2-p at 40000",
            "invite call-2-f at 723 as +498984098723 diverted from +498984098723", "arm ring 50006", "2 call.ringing"),
        Step(20_900, .fired(TimerID(CallID(unchecked: "call-2"), .alert)), "180 to call-2-p"),
        Step(
            21_000, .failed(LegID(CallID(unchecked: "call-2"), .fallback), status: 486, cause: nil),
            "3 leg.ended call-2-f 486", "disarm ring", "480 to call-2-p (Q.850 17)", "4 leg.ended call-2-p 480",
            "close media",
            "5 call.ended deviceBusy by user")),
    Story(
        "a second call while the user talks, without a fallback: 480, with busy as the reason",
        after: outgoingTalking.steps,
        Step(
            20_000, house.calls(as: CallID(unchecked: "call-2"), nil, house.withoutFallback), "1 call.started",
            "480 to call-2-p (Q.850 17)", "2 leg.ended call-2-p 480", "3 call.ended deviceBusy by user")),
    Story(
        "a second call while the user talks on the phone that is his fallback: busy",
        after: incomingFallbackTalks.steps,
        Step(
            20_000, house.calls(as: CallID(unchecked: "call-2")), "1 call.started", "480 to call-2-p (Q.850 17)",
            "2 leg.ended call-2-p 480", "3 call.ended deviceBusy by user")),
    Story(
        "while the user is called he cannot call", after: incomingRings.steps,
        Step(
            1_000, house.dials("+4940987654", as: CallID(unchecked: "call-2"), question: 2),
            "question 2: 409 call-exists")),
    Story(
        "while a colleague talks to his caller the user is free to call", after: bookAtColleague.steps,
        Step(
            2_000, house.dials("+4940987654", as: CallID(unchecked: "call-2"), question: 2), "1 call.started",
            "reserve call-2-d 1/1 + call-2-p 1/1", "open media call-2-d+call-2-p")),
    Story(
        "while a colleague talks to his caller the user is free to be called", after: bookAtColleague.steps,
        Step(
            2_000, house.calls(as: CallID(unchecked: "call-2")), "1 call.started", "arm alert 2900",
            "reserve call-2-p 1/1 even if full", "open media call-2-d+call-2-p+call-2-f", "reserve call-2-d 1/1")),
    Story("the same INVITE again is no second call", after: incomingRings.steps, Step(1_000, house.calls())),
    Story(
        "words for a call that nobody remembers: lines and ports go back, all else is nothing",
        Step(0, .linesGranted(legs: [device]), "release d"),
        Step(1, house.ports([.device, .party, .fallback]), "close media"), Step(2, .hungUp(device, cause: nil)),
        Step(3, .checkpointConfirmed(revision: 7)), Step(4, house.fires(.ring))),
    Story(
        "after a minute a finished call is forgotten", after: outgoingCalled.steps,
        Step(
            200, .failed(device, status: 486, cause: 17), "3 leg.ended d 486", "disarm ring", "release p",
            "close media", "4 call.ended deviceBusy by user"),
        Step(60_300, .clear(house.call, QuestionID(2)), "question 2: 404 no-such-call")),
]
