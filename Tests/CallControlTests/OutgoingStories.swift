import BusContract
import CallControl
import TelephonyModel

// The call-back: each failure, either side hanging up first, in each phase.

let outgoingAsked = Story(
    "a call asked for reserves both legs' lines and opens both legs' ports",
    Step(0, house.dials("+4940987654"), "1 call.started", "reserve d 1/1 + p 1/1", "open media d+p"))
let outgoingCalled = Story(
    "with lines and ports the device is called under the office number, and the verb is answered",
    after: outgoingAsked.steps, Step(4, .linesGranted(legs: [device, party])),
    Step(
        6, house.ports([.device, .party]), "invite d at 000491711234567 as +498984098723", "arm ring 25006",
        "2 call.ringing", "question 1: taken, call call-1 is ringing"))
let outgoingDeviceRings = Story(
    "the device rings: nothing to do", after: outgoingCalled.steps, Step(150, .provisional(device, status: 100, nil)),
    Step(200, .provisional(device, status: 180, nil)))
let outgoingDeviceAnswered = Story(
    "the device's answer is written down before its ACK", after: outgoingDeviceRings.steps,
    Step(
        5_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 5250",
        "3 leg.answered d 200"))
let outgoingDialing = Story(
    "written down: ACK, then the target is called under the office number", after: outgoingDeviceAnswered.steps,
    Step(
        5_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d", "media: d at 41000",
        "invite p at 0004940987654 as +498984098723", "arm ring 125002", "arm earlyMedia 5302", "4 call.dialing"))
let outgoingRingback = Story(
    "no early media within 300 ms: ringback of ours", after: outgoingDialing.steps,
    Step(5_302, house.fires(.earlyMedia), "media: d hears ringback"),
    Step(5_600, .provisional(party, status: 180, nil), "5 call.alerting"))
let outgoingTargetAnswered = Story(
    "the target's answer is written down before its ACK", after: outgoingRingback.steps,
    Step(
        9_000, .answered(party, house.audio(42000)), "disarm ring", "checkpoint 2", "arm writeAhead 9250",
        "6 leg.answered p 200"))
let outgoingTalking = Story(
    "written down: ACK, the gate opens, the call is answered", after: outgoingTargetAnswered.steps,
    Step(
        9_002, .checkpointConfirmed(revision: 2), "disarm writeAhead", "ack p",
        "media: p at 42000, d hears p, p hears d", "7 call.answered"))
let outgoingBusyTone = Story(
    "the target is busy: busy tone for three seconds, then release", after: outgoingRingback.steps,
    Step(
        7_000, .failed(party, status: 486, cause: 17), "6 leg.ended p 486", "disarm ring", "media: d hears busy",
        "arm tone 10000"),
    Step(
        10_000, house.fires(.tone), "bye d (SIP 486)", "7 leg.ended d 200", "close media",
        "8 call.ended partyBusy by party"))
let outgoingSuspicious = Story(
    "an outside device that answers within 2 s of its first 180 must press 1", after: outgoingCalled.steps,
    Step(1_000, .provisional(device, status: 180, nil)),
    Step(
        3_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 3250",
        "3 leg.answered d 200"),
    Step(
        3_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
        "media: d at 41000, d hears \"confirm\" de x2, collect 1 of d (1, 10000 ms)", "arm guardKey 15002",
        "4 call.guarding"))

let outgoingStories: [Story] = [
    outgoingAsked,
    outgoingCalled,
    outgoingDeviceRings,
    outgoingDeviceAnswered,
    outgoingDialing,
    outgoingRingback,
    outgoingTargetAnswered,
    outgoingTalking,
    outgoingBusyTone,
    outgoingSuspicious,
    Story(
        "ports that come before the lines wait for them", after: outgoingAsked.steps,
        Step(4, house.ports([.device, .party])),
        Step(
            6, .linesGranted(legs: [device, party]), "invite d at 000491711234567 as +498984098723", "arm ring 25006",
            "2 call.ringing", "question 1: taken, call call-1 is ringing")),
    Story(
        "the user hangs up his phone: the target is released, the call took place", after: outgoingTalking.steps,
        Step(
            60_000, .hungUp(device, cause: 16), "8 leg.ended d 200", "bye p (Q.850 16)", "9 leg.ended p 200",
            "close media", "10 call.ended completed by user")),
    Story(
        "the target hangs up: the device is released", after: outgoingTalking.steps,
        Step(
            60_000, .hungUp(party, cause: nil), "8 leg.ended p 200", "bye d (Q.850 16)", "9 leg.ended d 200",
            "close media", "10 call.ended completed by party")),
    Story(
        "the user hangs up at his desk: both are released", after: outgoingTalking.steps,
        Step(
            60_000, .clear(house.call, QuestionID(2)), "question 2: done", "bye d (Q.850 16)", "8 leg.ended d 200",
            "bye p (Q.850 16)", "9 leg.ended p 200", "close media", "10 call.ended completed by user")),
    Story(
        "the target's dialog is lost in the talk: the device is released", after: outgoingTalking.steps,
        Step(
            60_000, .lost(party), "8 leg.ended p 200", "bye d (Q.850 16)", "9 leg.ended d 200", "close media",
            "10 call.ended completed by system")),
    Story(
        "media is lost in the talk: both are released, the service failed", after: outgoingTalking.steps,
        Step(
            60_000, .mediaLost(house.call), "bye d (Q.850 41)", "8 leg.ended d 200", "bye p (Q.850 41)",
            "9 leg.ended p 200", "close media", "10 call.ended serviceFailed by system")),
    Story(
        "media is silent in the talk: told again what it is to do, and nobody is parted", after: outgoingTalking.steps,
        Step(60_000, .mediaSilent(house.call), "arm media 61000"), Step(60_500, .mediaSilent(house.call)),
        Step(61_000, house.fires(.media), "media: d at 41000, p at 42000, d hears p, p hears d")),
    Story(
        "media is silent before the talk: as if it were lost", after: outgoingDialing.steps,
        Step(
            5_100, .mediaSilent(house.call), "disarm ring", "disarm earlyMedia", "bye d (Q.850 41)",
            "5 leg.ended d 200", "arm release 40100", "close media")),
    Story(
        "the media lease runs out: as if media were lost", after: outgoingTalking.steps,
        Step(
            60_000, .mediaNotice(house.call, .leaseEnded), "bye d (Q.850 41)", "8 leg.ended d 200", "bye p (Q.850 41)",
            "9 leg.ended p 200", "close media", "10 call.ended serviceFailed by system")),
    Story(
        "real early media is let through at once, and ringback is not needed", after: outgoingDialing.steps,
        Step(
            5_100, .provisional(party, status: 183, house.audio(42000)), "media: p at 42000, d hears p",
            "5 call.alerting"), Step(5_130, .mediaNotice(house.call, .firstPacket(party)), "disarm earlyMedia"),
        Step(5_302, house.fires(.earlyMedia))),
    Story(
        "early media that stays silent is covered by ringback, until its first packet comes",
        after: outgoingDialing.steps,
        Step(
            5_100, .provisional(party, status: 183, house.audio(42000)), "media: p at 42000, d hears p",
            "5 call.alerting"), Step(5_302, house.fires(.earlyMedia), "media: d hears ringback"),
        Step(6_000, .mediaNotice(house.call, .firstPacket(party)), "media: d hears p")),
    Story(
        "packets before the SDP are heard when the SDP comes", after: outgoingDialing.steps,
        Step(5_050, .mediaNotice(house.call, .firstPacket(party))),
        Step(
            5_100, .provisional(party, status: 183, house.audio(42000)), "disarm earlyMedia",
            "media: p at 42000, d hears p", "5 call.alerting")),
    Story(
        "the checkpoint is not confirmed in 250 ms: on without it, unprotected", after: outgoingDeviceAnswered.steps,
        Step(
            5_250, house.fires(.writeAhead), "ack d", "media: d at 41000", "invite p at 0004940987654 as +498984098723",
            "arm ring 125250", "arm earlyMedia 5550", "4 call.dialing unprotected"),
        Step(5_400, .checkpointConfirmed(revision: 1))),
    Story(
        "the trunk is full: refused at once, with the occupancy in the sentence", after: outgoingAsked.steps,
        Step(
            4, .linesRefused(legs: [device, party], Refusal(503, "no-line", "All 30 lines are busy.")),
            "2 call.ended noLine by system", "question 1: 503 no-line"),
        Step(6, house.ports([.device, .party]), "close media")),
    Story(
        "presence does not answer: refused, and what may stand is released", after: outgoingAsked.steps,
        Step(
            2_000, .linesRefused(legs: [device, party], Refusal(503, "timeout", "No answer.")), "release d+p",
            "2 call.ended serviceFailed by system", "question 1: 503 timeout")),
    Story(
        "media has no ports: refused, and the lines go back", after: outgoingAsked.steps,
        Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, .mediaRefused(house.call, Refusal(503, "no-ports", "All ports are in use.")), "release d", "release p",
            "2 call.ended serviceFailed by system", "question 1: 503 no-ports")),
    Story(
        "media gives a port too few: refused", after: outgoingAsked.steps,
        Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, house.ports([.party]), "release d", "release p", "close media", "2 call.ended serviceFailed by system",
            "question 1: 503 no-media")),
    Story(
        "the user hangs up before anything rings: lines and ports that come later go back", after: outgoingAsked.steps,
        Step(
            2, .clear(house.call, QuestionID(2)), "question 2: done", "2 call.ended cancelled by user",
            "question 1: taken, call call-1 is ended"), Step(4, .linesGranted(legs: [device, party]), "release d+p"),
        Step(6, house.ports([.device, .party]), "close media")),
    Story(
        "the device is busy", after: outgoingCalled.steps,
        Step(
            200, .failed(device, status: 486, cause: 17), "3 leg.ended d 486", "disarm ring", "release p",
            "close media", "4 call.ended deviceBusy by user")),
    Story(
        "the device declines", after: outgoingDeviceRings.steps,
        Step(
            900, .failed(device, status: 603, cause: nil), "3 leg.ended d 603", "disarm ring", "release p",
            "close media", "4 call.ended deviceDeclined by user")),
    Story(
        "the device rings unanswered for its ring time: CANCEL", after: outgoingDeviceRings.steps,
        Step(25_006, house.fires(.ring), "cancel d", "arm release 60006", "release p", "close media"),
        Step(
            25_020, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release",
            "4 call.ended deviceNoAnswer by system")),
    Story(
        "the network says that the device did not answer", after: outgoingDeviceRings.steps,
        Step(
            20_000, .failed(device, status: 480, cause: 19), "3 leg.ended d 480", "disarm ring", "release p",
            "close media", "4 call.ended deviceNoAnswer by system")),
    Story(
        "the device cannot be reached", after: outgoingCalled.steps,
        Step(
            3_000, .failed(device, status: 480, cause: nil), "3 leg.ended d 480", "disarm ring", "release p",
            "close media", "4 call.ended deviceUnreachable by system")),
    Story(
        "the trunk has no line for the device after all", after: outgoingCalled.steps,
        Step(
            50, .failed(device, status: 503, cause: nil), "3 leg.ended d 503", "disarm ring",
            "release p",
            "close media", "4 call.ended noLine by system")),
    Story(
        "the trunk itself cannot be reached: no word of busy lines", after: outgoingCalled.steps,
        Step(
            50, .undelivered(device), "3 leg.ended d 503", "disarm ring", "release p", "close media",
            "4 call.ended deviceUnreachable by system")),
    Story(
        "the trunk is gone when the target is called: congestion tone", after: outgoingDialing.steps,
        Step(
            5_100, .undelivered(party), "5 leg.ended p 503", "disarm ring", "disarm earlyMedia",
            "media: d hears congestion", "arm tone 8100"),
        Step(
            8_100, house.fires(.tone), "bye d (SIP 503)", "6 leg.ended d 200", "close media",
            "7 call.ended partyUnreachable by system")),
    Story(
        "the device has no codec of ours: ACK, BYE", after: outgoingDeviceRings.steps,
        Step(
            5_000, .answered(device, nil), "disarm ring", "ack d", "bye d (SIP 488)", "3 leg.answered d 200",
            "4 leg.ended d 200", "release p", "close media", "5 call.ended noCommonCodec by system")),
    Story(
        "the user hangs up while his device rings: CANCEL, and its 487 ends the call", after: outgoingDeviceRings.steps,
        Step(
            2_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "cancel d",
            "arm release 37000", "release p", "close media"),
        Step(
            2_030, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release",
            "4 call.ended cancelled by user")),
    Story(
        "the user hangs up before a provisional answer: CANCEL waits for it", after: outgoingCalled.steps,
        Step(
            50, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "arm release 35050", "release p",
            "close media"), Step(90, .provisional(device, status: 180, nil), "cancel d"),
        Step(
            120, .failed(device, status: 487, cause: nil), "3 leg.ended d 487", "disarm release",
            "4 call.ended cancelled by user")),
    Story(
        "a 100 opens the way for the CANCEL, too", after: outgoingCalled.steps,
        Step(
            50, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "arm release 35050", "release p",
            "close media"), Step(60, .provisional(device, status: 100, nil), "cancel d")),
    Story(
        "the device hangs up while its answer is written down: ACK all the same", after: outgoingDeviceAnswered.steps,
        Step(
            5_001, .hungUp(device, cause: nil), "ack d", "4 leg.ended d 200", "disarm writeAhead", "release p",
            "close media", "5 call.ended cancelled by user"), Step(5_002, .checkpointConfirmed(revision: 1))),
    Story(
        "the user hangs up while the device's answer is written down: ACK, BYE", after: outgoingDeviceAnswered.steps,
        Step(
            5_001, .clear(house.call, QuestionID(2)), "question 2: done", "disarm writeAhead", "ack d",
            "bye d (Q.850 16)", "4 leg.ended d 200", "release p", "close media", "5 call.ended cancelled by user")),
    Story(
        "the device hangs up while the target is called: CANCEL, after its 180", after: outgoingDialing.steps,
        Step(
            5_100, .hungUp(device, cause: 16), "5 leg.ended d 200", "disarm ring", "disarm earlyMedia",
            "arm release 40100", "close media"), Step(5_200, .provisional(party, status: 180, nil), "cancel p"),
        Step(
            5_230, .failed(party, status: 487, cause: nil), "6 leg.ended p 487", "disarm release",
            "7 call.ended cancelled by user")),
    Story(
        "the device's leg is lost while the target rings: nobody hung up", after: outgoingRingback.steps,
        Step(
            7_000, .lost(device), "6 leg.ended d 200", "disarm ring", "cancel p", "arm release 42000", "close media"),
        Step(
            7_030, .failed(party, status: 487, cause: nil), "7 leg.ended p 487", "disarm release",
            "8 call.ended deviceUnreachable by system")),
    Story(
        "the device hangs up while the target rings: CANCEL at once", after: outgoingRingback.steps,
        Step(
            7_000, .hungUp(device, cause: 16), "6 leg.ended d 200", "disarm ring", "cancel p", "arm release 42000",
            "close media"),
        Step(
            7_030, .failed(party, status: 487, cause: nil), "7 leg.ended p 487", "disarm release",
            "8 call.ended cancelled by user")),
    Story(
        "the user hangs up at his desk while the target rings", after: outgoingRingback.steps,
        Step(
            7_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm ring", "bye d (Q.850 16)",
            "6 leg.ended d 200", "cancel p", "arm release 42000", "close media"),
        Step(
            7_030, .failed(party, status: 487, cause: nil), "7 leg.ended p 487", "disarm release",
            "8 call.ended cancelled by user")),
    Story(
        "the device hangs up while the target's answer is written down: ACK, BYE", after: outgoingTargetAnswered.steps,
        Step(
            9_001, .hungUp(device, cause: 16), "7 leg.ended d 200", "disarm writeAhead", "ack p", "bye p (Q.850 16)",
            "8 leg.ended p 200", "close media", "9 call.ended cancelled by user"),
        Step(9_002, .checkpointConfirmed(revision: 2))),
    Story(
        "the target hangs up while its answer is written down: busy tone", after: outgoingTargetAnswered.steps,
        Step(
            9_001, .hungUp(party, cause: nil), "ack p", "7 leg.ended p 200", "disarm writeAhead", "media: d hears busy",
            "arm tone 12001")),
    Story(
        "media is lost while the target rings", after: outgoingRingback.steps,
        Step(
            7_000, .mediaLost(house.call), "disarm ring", "bye d (Q.850 41)", "6 leg.ended d 200",
            "cancel p (Q.850 41)", "arm release 42000", "close media")),
    Story(
        "the target declines: busy tone", after: outgoingRingback.steps,
        Step(
            7_000, .failed(party, status: 603, cause: nil), "6 leg.ended p 603", "disarm ring", "media: d hears busy",
            "arm tone 10000")),
    Story(
        "the target does not exist: congestion tone", after: outgoingDialing.steps,
        Step(
            5_100, .failed(party, status: 404, cause: 1), "5 leg.ended p 404", "disarm ring", "disarm earlyMedia",
            "media: d hears congestion", "arm tone 8100")),
    Story(
        "the target has no codec of ours: congestion tone", after: outgoingDialing.steps,
        Step(
            5_100, .failed(party, status: 488, cause: nil), "5 leg.ended p 488", "disarm ring", "disarm earlyMedia",
            "media: d hears congestion", "arm tone 8100")),
    Story(
        "the target answers without usable SDP: ACK, BYE, congestion tone", after: outgoingRingback.steps,
        Step(
            7_000, .answered(party, nil), "disarm ring", "ack p", "bye p (SIP 488)", "6 leg.answered p 200",
            "7 leg.ended p 200", "media: d hears congestion", "arm tone 10000")),
    Story(
        "the target cannot be reached", after: outgoingDialing.steps,
        Step(
            37_000, .failed(party, status: 408, cause: nil), "5 leg.ended p 408", "disarm ring", "disarm earlyMedia",
            "media: d hears congestion", "arm tone 40000")),
    Story(
        "the target's network says that nobody answered", after: outgoingRingback.steps,
        Step(
            30_000, .failed(party, status: 480, cause: 19), "6 leg.ended p 480", "disarm ring", "media: d hears busy",
            "arm tone 33000")),
    Story(
        "no line behind a 480: all lines were busy", after: outgoingDialing.steps,
        Step(
            5_100, .failed(party, status: 480, cause: 34), "5 leg.ended p 480", "disarm ring",
            "disarm earlyMedia",
            "media: d hears congestion", "arm tone 8100")),
    Story(
        "the target rings unanswered for two minutes: CANCEL, busy tone", after: outgoingRingback.steps,
        Step(125_002, house.fires(.ring), "cancel p", "arm release 160002", "media: d hears busy", "arm tone 128002"),
        Step(125_030, .failed(party, status: 487, cause: nil), "6 leg.ended p 487", "disarm release"),
        Step(
            128_002, house.fires(.tone), "bye d (SIP 480)", "7 leg.ended d 200", "close media",
            "8 call.ended partyNoAnswer by system")),
    Story(
        "the device hangs up during the tone: the call ends with the target's reason", after: outgoingRingback.steps,
        Step(
            7_000, .failed(party, status: 486, cause: 17), "6 leg.ended p 486", "disarm ring", "media: d hears busy",
            "arm tone 10000"),
        Step(
            8_000, .hungUp(device, cause: 16), "7 leg.ended d 200", "disarm tone", "close media",
            "8 call.ended partyBusy by party")),
    Story(
        "the user hangs up at his desk during the tone", after: outgoingRingback.steps,
        Step(
            7_000, .failed(party, status: 486, cause: 17), "6 leg.ended p 486", "disarm ring", "media: d hears busy",
            "arm tone 10000"),
        Step(
            8_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm tone", "bye d (SIP 486)",
            "7 leg.ended d 200", "close media", "8 call.ended partyBusy by party")),
    Story(
        "a far side that moves is heard where it is, once; one that is gone is not", after: outgoingTalking.steps,
        Step(20_000, .moved(party, house.audio(42_100)), "media: p at 42100"),
        Step(20_500, .moved(party, house.audio(42_100))),
        Step(
            60_000, .hungUp(party, cause: 16), "8 leg.ended p 200", "bye d (Q.850 16)", "9 leg.ended d 200",
            "close media", "10 call.ended completed by party"), Step(60_010, .moved(party, house.audio(42_200)))),
    Story(
        "media is lost during the tone: the target's reason stays", after: outgoingRingback.steps,
        Step(
            7_000, .failed(party, status: 486, cause: 17), "6 leg.ended p 486", "disarm ring", "media: d hears busy",
            "arm tone 10000"),
        Step(
            8_000, .mediaLost(house.call), "disarm tone", "bye d (SIP 486)", "7 leg.ended d 200", "close media",
            "8 call.ended partyBusy by party")),
    Story(
        "a device asked to press 1 does: the target is called", after: outgoingSuspicious.steps,
        Step(
            6_000, house.key("1"), "disarm guardKey", "media: d hears nothing",
            "invite p at 0004940987654 as +498984098723", "arm ring 126000", "arm earlyMedia 6300", "5 call.dialing")),
    Story(
        "a device asked to press 1 presses nothing: released", after: outgoingSuspicious.steps,
        Step(
            13_002, house.key(nil), "disarm guardKey", "bye d (Q.850 16)", "5 leg.ended d 200", "release p",
            "close media", "6 call.ended guardNotPassed by system")),
    Story(
        "a device asked to press 1, and media does not say that it did not: our own timer releases it",
        after: outgoingSuspicious.steps,
        Step(
            15_002, house.fires(.guardKey), "bye d (Q.850 16)", "5 leg.ended d 200", "release p", "close media",
            "6 call.ended guardNotPassed by system")),
    Story(
        "a device asked to press 1 hangs up", after: outgoingSuspicious.steps,
        Step(
            6_000, .hungUp(device, cause: 16), "5 leg.ended d 200", "disarm guardKey", "release p", "close media",
            "6 call.ended cancelled by user")),
    Story(
        "the user hangs up at his desk while his device is asked to press 1", after: outgoingSuspicious.steps,
        Step(
            6_000, .clear(house.call, QuestionID(2)), "question 2: done", "disarm guardKey", "bye d (Q.850 16)",
            "5 leg.ended d 200", "release p", "close media", "6 call.ended cancelled by user")),
    Story(
        "an outside device that answers without a 180 must press 1", after: outgoingCalled.steps,
        Step(
            4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
            "3 leg.answered d 200"),
        Step(
            4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d",
            "media: d at 41000, d hears \"confirm\" de x2, collect 1 of d (1, 10000 ms)", "arm guardKey 16002",
            "4 call.guarding")),
    Story(
        "an outside device that answers a little later need not", after: outgoingCalled.steps,
        Step(1_000, .provisional(device, status: 180, nil)),
        Step(
            3_001, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 3251",
            "3 leg.answered d 200"),
        Step(
            3_003, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d", "media: d at 41000",
            "invite p at 0004940987654 as +498984098723", "arm ring 123003", "arm earlyMedia 3303", "4 call.dialing")),
    Story(
        "an inside device may answer at once; its own extension is dialled behind the bypass prefix",
        Step(0, house.dials("+4940987654", house.office), "1 call.started", "reserve d 1/0 + p 1/1", "open media d+p"),
        Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, house.ports([.device, .party]), "invite d at 723 as +498984098723", "arm ring 20006", "2 call.ringing",
            "question 1: taken, call call-1 is ringing"),
        Step(
            100, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 350",
            "3 leg.answered d 200"),
        Step(
            102, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d", "media: d at 41000",
            "invite p at 0004940987654 as +498984098723", "arm ring 120102", "arm earlyMedia 402", "4 call.dialing")),
    Story(
        "a colleague is called inside, on no outside line",
        Step(0, house.dials("45"), "1 call.started", "reserve d 1/1 + p 1/0", "open media d+p"),
        Step(4, .linesGranted(legs: [device, party])),
        Step(
            6, house.ports([.device, .party]), "invite d at 000491711234567 as +498984098723", "arm ring 25006",
            "2 call.ringing", "question 1: taken, call call-1 is ringing"),
        Step(1_000, .provisional(device, status: 180, nil)),
        Step(
            4_000, .answered(device, house.audio(41000)), "disarm ring", "checkpoint 1", "arm writeAhead 4250",
            "3 leg.answered d 200"),
        Step(
            4_002, .checkpointConfirmed(revision: 1), "disarm writeAhead", "ack d", "media: d at 41000",
            "invite p at 45 as +498984098723", "arm ring 124002", "arm earlyMedia 4302", "4 call.dialing")),
]
