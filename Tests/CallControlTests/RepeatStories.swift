import BusContract
import CallControl
import TelephonyModel

// Legs that are tried once more, in another way; and what a trunk lets us know.

private let showing = House.profile([House.mobilePhone, House.homePhone], .sequence, fallback: nil) {
    $0.identity.showsCaller = .everywhere
}
private let shown: [Step] = [
    Step(0, house.calls(nil, showing)), Step(2, house.ports(of: [device, device1, party])),
    Step(
        4, .linesGranted(legs: [device]), "invite d at 000491711234567 as +4930123456 diverted from +498984098723",
        "arm ring 25004", "2 call.ringing"),
]
private let colleague = Destination(number: "45", reach: .inside)
private let moved = Destination(number: "+4989555", reach: .outside)
private let movedOn = Destination(number: "+4989666", reach: .outside)
private let party1 = LegID(house.call, .party, 1)

let repeatStories: [Story] = [
    Story(
        "the trunk refuses the caller's number: once more under the office number, and so from then on", after: shown,
        Step(
            50, .failed(device, status: 403, cause: nil), "caller's number refused", "3 leg.ended d 403",
            "disarm ring", "reserve d1 1/1"),
        Step(
            54, .linesGranted(legs: [device1]), "invite d1 at 000491711234567 as +498984098723", "arm ring 25054",
            "4 call.ringing"),
        Step(90, .failed(device1, status: 403, cause: nil), "5 leg.ended d1 403", "disarm ring", "reserve d2 1/1"),
        Step(
            94, .linesGranted(legs: [device2]), "invite d2 at 00049891234567 as +498984098723", "arm ring 30094",
            "6 call.ringing")),
    Story(
        "603 after it rang is the person's no", after: shown,
        Step(300, .provisional(device, status: 180, nil), "disarm alert", "180 to p"),
        Step(900, .failed(device, status: 603, cause: nil), "3 leg.ended d 603", "disarm ring", "reserve d1 1/1")),
    Story(
        "the target has moved: called there, once", after: outgoingDialing.steps,
        Step(
            5_100, .redirected(party, status: 302, to: [moved]), "5 leg.ended p 302", "disarm ring",
            "disarm earlyMedia", "reserve p1 1/1"),
        Step(
            5_104, .linesGranted(legs: [party1]), "invite p1 at 0004989555 as +498984098723", "arm ring 125104",
            "arm earlyMedia 5404", "6 call.dialing"),
        Step(
            5_200, .redirected(party1, status: 302, to: [movedOn]), "7 leg.ended p1 302", "disarm ring",
            "disarm earlyMedia", "media: d hears congestion", "arm tone 8200")),
    Story(
        "the target is reached where it has moved to, through the first one's ports", after: outgoingDialing.steps,
        Step(
            5_100, .redirected(party, status: 302, to: [moved]), "5 leg.ended p 302", "disarm ring",
            "disarm earlyMedia", "reserve p1 1/1"),
        Step(
            5_104, .linesGranted(legs: [party1]), "invite p1 at 0004989555 as +498984098723", "arm ring 125104",
            "arm earlyMedia 5404", "6 call.dialing"),
        Step(
            7_000, .answered(party1, house.audio(42_500)), "disarm ring", "disarm earlyMedia", "checkpoint 2",
            "arm writeAhead 7250", "7 leg.answered p1 200"),
        Step(
            7_002, .checkpointConfirmed(revision: 2), "disarm writeAhead", "ack p1",
            "media: p at 42500, d hears p, p hears d", "8 call.answered")),
    Story(
        "a target that moved to an emergency number, or nowhere, is not followed", after: outgoingDialing.steps,
        Step(
            5_100, .redirected(party, status: 302, to: [Destination(number: "112", reach: .outside)]),
            "5 leg.ended p 302", "disarm ring", "disarm earlyMedia",
            "media: d hears congestion", "arm tone 8100")),
    Story(
        "of several places the first that may be called is", after: outgoingDialing.steps,
        Step(
            5_100,
            .redirected(
                party, status: 300,
                to: [
                    // Anna herself, her mobile, the target once more, and then somebody else.
                    Destination(number: "+498984098723", reach: .outside), Destination(number: "23", reach: .inside),
                    Destination(number: "+491711234567", reach: .outside),
                    Destination(number: "+4940987654", reach: .outside), Destination(number: "45", reach: .inside),
                ]), "5 leg.ended p 300", "disarm ring", "disarm earlyMedia", "reserve p1 1/0"),
        Step(
            5_104, .linesGranted(legs: [party1]), "invite p1 at 45 as +498984098723", "arm ring 125104",
            "arm earlyMedia 5404", "6 call.dialing")),
    Story(
        "a fallback inside cannot send us outside", after: incomingFallbackCalled.steps,
        Step(
            2_100, .redirected(fallback, status: 302, to: [moved]), "5 leg.ended f 302", "disarm ring", "480 to p",
            "6 leg.ended p 480", "close media", "7 call.ended deviceBusy by user")),
    Story(
        "but inside it can, once", after: incomingFallbackCalled.steps,
        Step(
            2_100, .redirected(fallback, status: 302, to: [colleague]), "5 leg.ended f 302", "disarm ring",
            "reserve f1 1/0"),
        Step(
            2_104, .linesGranted(legs: [LegID(house.call, .fallback, 1)]),
            "invite f1 at 45 as +498984098723 diverted from +498984098723", "arm ring 32104", "6 call.ringing")),
    Story(
        "a phone of the user's that sends its calls elsewhere is not followed", after: incomingRings.steps,
        Step(
            1_000, .redirected(device, status: 302, to: [moved]), "3 leg.ended d 302", "disarm ring",
            "reserve f 1/0")),
    Story(
        "busy with cause 42 is the trunk, not the phone", after: incomingRings.steps,
        Step(
            1_000, .failed(device, status: 486, cause: 42), "3 leg.ended d 486", "disarm ring",
            "reserve f 1/0")),
]
