import BusContract
import CallControl
import TelephonyModel

// What crosses on the wire, comes late, twice or never.

private let held = RemoteAudio(address: "0.0.0.0", port: 42_000, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)

let crossingStories: [Story] = [
    Story(
        "the target holds and takes back: media follows, nobody is parted", after: outgoingTalking.steps,
        Step(20_000, .moved(party, held), "media: p at 42000"), Step(20_001, .moved(party, held)),
        Step(25_000, .moved(party, house.audio(42_000)), "media: p at 42000")),
    Story(
        "a phone that moves while its answer is written down is found where it is", after: outgoingDeviceAnswered.steps,
        Step(5_001, .moved(device, house.audio(41_100)), "media: d at 41100"),
        Step(
            5_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d", "media: d at 41100",
            "invite p at 0004940987654 as +498984098723", "arm ring 125002", "arm earlyMedia 5302", "4 call.dialing")),
    Story(
        "a leg that is given up moves nowhere", after: outgoingRingback.steps,
        Step(
            7_000, .hungUp(device, cause: 16), "6 leg.ended d 200", "disarm ring", "cancel p", "arm release 42000",
            "close media"), Step(7_001, .moved(party, held)), Step(7_002, .moved(device, held))),
    Story(
        "the loser of two is never answered again, whatever it still says", after: planOfficeWins.steps,
        Step(6_010, .hungUp(device1, cause: nil)), Step(6_011, .provisional(device1, status: 180, nil)),
        Step(6_012, .answered(device1, house.audio(41_500))), Step(6_013, .lost(device1)),
        Step(6_014, .failed(device1, status: 487, cause: nil)),
        Step(6_015, .mediaNotice(house.call, .collected(device1, id: 1, digit: "1"))),
        Step(6_016, .linesGranted(legs: [device1]), "release d1"), Step(6_017, house.fires(.ring)),
        Step(6_018, .checkpointConfirmed(revision: 2)), Step(6_019, house.fires(.guardKey))),
    Story(
        "a 200 of the device that crosses our CANCEL gets ACK and BYE", after: outgoingDeviceRings.steps,
        Step(
            2_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "cancel d",
            "arm release 37000", "release p", "close media"),
        Step(
            2_001, .answered(device, house.audio(41000)), "ack d", "bye d (Q.850 16)", "3 leg.answered d 200",
            "4 leg.ended d 200", "disarm release", "5 call.ended cancelled by user"),
        Step(2_030, .failed(device, status: 487, cause: nil))),
    Story(
        "a 200 that comes while CANCEL waits for its provisional gets ACK and BYE", after: outgoingCalled.steps,
        Step(
            50, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "arm release 35050", "release p",
            "close media"),
        Step(
            60, .answered(device, house.audio(41000)), "ack d", "bye d (Q.850 16)", "3 leg.answered d 200",
            "4 leg.ended d 200", "disarm release", "5 call.ended cancelled by user")),
    Story(
        "a 200 of the target that crosses our CANCEL gets ACK and BYE", after: outgoingRingback.steps,
        Step(
            7_000, .hungUp(device, cause: 16), "6 leg.ended d 200", "disarm ring", "cancel p", "arm release 42000",
            "close media"),
        Step(
            7_001, .answered(party, house.audio(42000)), "ack p", "bye p (Q.850 16)", "7 leg.answered p 200",
            "8 leg.ended p 200", "disarm release", "9 call.ended cancelled by user")),
    Story(
        "a target that crosses its ring time is released; the device hears its tone to the end",
        after: outgoingRingback.steps,
        Step(125_002, house.fires(.ring), "cancel p", "arm release 160002", "media: d hears busy", "arm tone 128002"),
        Step(
            125_003, .answered(party, house.audio(42000)), "ack p", "bye p (Q.850 16)", "6 leg.answered p 200",
            "7 leg.ended p 200", "disarm release"),
        Step(
            128_002, house.fires(.tone), "bye d (SIP 480)", "8 leg.ended d 200", "close media",
            "9 call.ended partyNoAnswer by system")),
    Story(
        "a device that answers just after its ring time is released; the fallback goes on", after: incomingRings.steps,
        Step(25_006, house.fires(.ring), "cancel d", "arm release 60006", "reserve f 1/0"),
        Step(
            25_007, .answered(device, house.audio(41000)), "ack d", "bye d (Q.850 16)", "3 leg.answered d 200",
            "4 leg.ended d 200", "disarm release"),
        Step(
            25_010, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 55010", "5 call.ringing")),
    Story(
        "a phone that never says another word is let go after 35 s", after: outgoingCalled.steps,
        Step(
            50, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "arm release 35050", "release p",
            "close media"),
        Step(35_050, house.fires(.release), "forget d", "3 leg.ended d 408", "4 call.ended cancelled by user")),
    Story(
        "a silent device is let go while the fallback rings", after: incomingCalled.steps,
        Step(25_006, house.fires(.ring), "arm release 60006", "reserve f 1/0"),
        Step(
            25_010, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 55010", "3 call.ringing"),
        Step(50_000, .provisional(fallback, status: 180, nil), "disarm alert", "180 to p"),
        Step(55_010, house.fires(.ring), "cancel f", "480 to p", "4 leg.ended p 480", "close media"),
        Step(60_006, house.fires(.release), "forget d", "5 leg.ended d 408", "arm release 90010")),
    Story(
        "a device whose CANCEL still waits when the fallback answers is told that the call is taken",
        after: incomingCalled.steps, Step(25_006, house.fires(.ring), "arm release 60006", "reserve f 1/0"),
        Step(
            25_010, .linesGranted(legs: [fallback]), "invite f at 723 as +498984098723 diverted from +498984098723",
            "arm ring 55010", "3 call.ringing"),
        Step(
            27_000, .answered(fallback, house.audio(43000)), "disarm ring", "checkpoint 1", "arm writeAhead 27250",
            "4 leg.answered f 200"),
        Step(
            27_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack f", "disarm alert",
            "media: f at 43000, f hears p, p hears f", "200 to p from port 20002", "5 leg.answered p 200",
            "6 call.answered"), Step(27_100, .provisional(device, status: 180, nil), "cancel d (SIP 200)")),
    Story(
        "answers that come twice are no news", after: outgoingTalking.steps,
        Step(9_010, .answered(device, house.audio(41000))), Step(9_011, .answered(party, house.audio(42000))),
        Step(9_012, .checkpointConfirmed(revision: 2)), Step(9_013, .provisional(party, status: 180, nil)),
        Step(9_014, house.fires(.ring)), Step(9_015, house.ports([.device, .party])),
        Step(9_016, .linesGranted(legs: [device, party])), Step(9_017, .failed(party, status: 487, cause: nil))),
    Story(
        "ports that a second media instance opened are closed there", after: outgoingCalled.steps,
        Step(9, house.ports([.device, .party], at: InstanceID(unchecked: "m2")), "close media at m2")),
    Story(
        "an early BYE of a phone that was never answered counts as declining", after: outgoingDeviceRings.steps,
        Step(
            900, .hungUp(device, cause: nil), "cancel d", "arm release 35900", "disarm ring", "release p", "close media"
        ),
        Step(
            930, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release",
            "4 call.ended deviceDeclined by user")),
    Story(
        "a caller's BYE before any answer counts as giving up", after: incomingRings.steps,
        Step(
            900, .hungUp(party, cause: nil), "487 to p", "3 leg.ended p 487", "disarm ring", "cancel d",
            "arm release 35900", "close media")),
    Story(
        "after the end a phone that answers all the same gets ACK and BYE", after: incomingArrived.steps,
        Step(2, .cancelled(party, nil), "2 leg.ended p 487", "disarm alert", "3 call.ended missed by party"),
        Step(3, .confirmed(party, nil), "bye p (Q.850 16)")),
    Story(
        "an answer of a leg that was never called is a bug; that call ends", after: outgoingAsked.steps,
        Step(
            3, .answered(device, house.audio(41000)),
            "DEFECT answer of a leg that was not called (call call-1, outgoing, preparing)",
            "2 call.ended serviceFailed by system", "question 1: 503 service-failed")),
    Story(
        "an ACK without our 200 is a bug; that call ends", after: incomingRings.steps,
        Step(
            900, .confirmed(party, nil),
            "DEFECT ACK without our 200 (call call-1, incoming, ringing)", "disarm ring",
            "480 to p", "3 leg.ended p 480", "cancel d (Q.850 41)", "arm release 35900", "close media")),
]
