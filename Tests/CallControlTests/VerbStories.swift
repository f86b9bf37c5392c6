import BusContract
import CallControl
import TelephonyModel

// declineCall and deflectCall, at every point of an incoming call.

private let decline = Seat.Event.decline(house.call, QuestionID(2))
private func deflect(to number: String, _ reach: Reach = .inside) -> Seat.Event {
    .deflect(house.call, .number(Destination(number: number, reach: reach)), QuestionID(2))
}
private let toOffice = Seat.Event.deflect(house.call, .device(House.officePhone), QuestionID(2))
private let toMobile = Seat.Event.deflect(house.call, .device(House.mobilePhone), QuestionID(2))

let verbDeflectedTalk = Story(
    "deflected to another phone while the guard is asked: through the first one's ports",
    after: incomingGuarding.steps,
    Step(
        5_000, toOffice, "question 2: done", "bye d (Q.850 16)", "5 leg.ended d 200",
        "media: stop collecting of d, d hears nothing", "disarm guardKey", "reserve d1 1/0"),
    Step(
        5_004, .linesGranted(legs: [device1]), "invite d1 at 723 as +498984098723", "arm ring 25004",
        "6 call.ringing"),
    Step(
        8_000, .answered(device1, house.audio(41_500)), "disarm ring", "checkpoint 2", "arm writeAhead 8250",
        "7 leg.answered d1 200"),
    Step(
        8_002, .checkpointConfirmed(revision: 2), "disarm writeAhead", "ack d1",
        "media: d at 41500, d hears p, p hears d", "200 to p from port 20002", "8 leg.answered p 200",
        "9 call.answered"))

let verbStories: [Story] = [
    Story(
        "declined at the desk: the phone stops, the fallback rings", after: incomingRings.steps,
        Step(2_000, decline, "question 2: done", "cancel d", "arm release 37000", "disarm ring", "reserve f 1/0"),
        Step(
            2_004, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 32004", "3 call.ringing")),
    Story(
        "declined before anything rings", after: incomingArrived.steps,
        Step(2, decline, "question 2: done", "reserve f 1/0"), Step(4, .linesGranted(legs: [device]), "release d")),
    Story(
        "declined while the guard is asked", after: incomingGuarding.steps,
        Step(
            5_000, decline, "question 2: done", "bye d (Q.850 16)", "5 leg.ended d 200",
            "media: stop collecting of d, d hears nothing", "disarm guardKey", "reserve f 1/0"),
        Step(5_001, house.key("1"))),
    Story(
        "declined while the phone's answer is written down: ACK and BYE", after: incomingAnswered.steps,
        Step(
            4_001, decline, "question 2: done", "ack d", "bye d (Q.850 16)", "4 leg.ended d 200",
            "media: stop collecting of d, d hears nothing", "disarm writeAhead", "reserve f 1/0")),
    Story(
        "declined again while the fallback rings: back to the trunk", after: incomingFallbackCalled.steps,
        Step(
            3_000, decline, "question 2: done", "arm release 38000", "disarm ring", "480 to p", "5 leg.ended p 480",
            "close media")),
    Story(
        "declined without a fallback: back to the trunk, declined by the user",
        after: [
            Step(0, house.calls(nil, house.withoutFallback)), Step(4, .linesGranted(legs: [device])),
            Step(6, house.ports([.device, .party])), Step(300, .provisional(device, status: 180, nil)),
        ],
        Step(
            2_000, decline, "question 2: done", "cancel d", "arm release 37000", "disarm ring", "480 to p",
            "3 leg.ended p 480", "close media"),
        Step(
            2_030, .failed(device, status: 487, cause: nil), "4 leg.ended d 487", "disarm release",
            "5 call.ended deviceDeclined by user")),
    Story(
        "nothing to decline once our 200 is under way", after: incomingAccepting.steps,
        Step(7_001, decline, "question 2: 409 already-answered")),
    Story(
        "nothing to decline in the talk", after: incomingTalking.steps,
        Step(9_000, decline, "question 2: 409 already-answered")),
    Story(
        "nothing to decline of an own call", after: outgoingCalled.steps,
        Step(100, decline, "question 2: 409 not-incoming")),
    Story(
        "nothing to decline when the caller has given up", after: incomingRings.steps,
        Step(
            2_000, .cancelled(party, nil), "3 leg.ended p 487", "disarm ring", "cancel d", "arm release 37000",
            "close media"), Step(2_001, decline, "question 2: 409 call-over")),
    Story("nor a call that never was", Step(0, decline, "question 2: 404 no-such-call")),
    Story(
        "deflected to a number: all ringing stops, that one rings", after: planRings.steps,
        Step(
            2_000, deflect(to: "+4940111222", .outside), "question 2: done", "cancel d", "arm release 37000",
            "cancel d1", "disarm ring", "reserve f 1/1"),
        Step(
            2_004, .linesGranted(legs: [fallback]),
            "invite f at 0004940111222 as +498984098723 diverted from +498984098723", "arm ring 32004",
            "4 call.ringing")),
    verbDeflectedTalk,
    Story(
        "deflected to a phone that rings already: the others stop", after: planRings.steps,
        Step(2_000, toMobile, "question 2: done", "cancel d", "arm release 37000", "arm ring 25004")),
    Story(
        "a deflected call that nobody takes goes to the fallback", after: incomingRings.steps,
        Step(
            2_000, deflect(to: "45"), "question 2: done", "cancel d", "arm release 37000", "disarm ring",
            "reserve f 1/0"),
        Step(2_030, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release"),
        Step(
            2_040, .linesGranted(legs: [fallback]), "invite f at 45 as +498984098723 diverted from +498984098723",
            "arm ring 32040", "4 call.ringing"),
        Step(3_000, .failed(fallback, status: 486, cause: nil), "5 leg.ended f 486", "disarm ring", "reserve f1 1/0")),
    Story(
        "an emergency number is nowhere to deflect to", after: incomingRings.steps,
        Step(2_000, deflect(to: "112"), "question 2: 422 emergency")),
    Story(
        "nothing to deflect in the talk", after: incomingTalking.steps,
        Step(9_000, toOffice, "question 2: 409 already-answered")),
]
