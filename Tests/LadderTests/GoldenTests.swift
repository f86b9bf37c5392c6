import BusContract
import Ladder
import TelephonyModel
import Testing

private let anna = UserID(unchecked: "anna")
private let start: Int64 = 1_700_000_000_000

private struct Script {
    let call: CallID
    let direction: Direction
    var sequence = 0
    var events: [LadderEvent] = []

    init(_ call: String, _ direction: Direction = .outgoing) {
        (self.call, self.direction) = (CallID(unchecked: call), direction)
    }

    func leg(_ role: LegRole) -> LegID { LegID(unchecked: "\(call)-\(role.rawValue.first.map(String.init) ?? "")") }

    private mutating func add(_ ms: Int64, _ what: LadderEvent.What, counted: Bool) {
        if counted { sequence += 1 }
        let position = CallPosition(seat: anna, call: call, conversation: call, epoch: 1, sequence: sequence)
        events.append(LadderEvent(what, at: start + ms, position: position))
    }

    mutating func call(
        _ ms: Int64, _ what: CallWhat, _ phase: CallPhase, _ reason: EndReason? = nil, by: EndedBy? = nil
    ) {
        let view = LegView(leg: leg(.device), role: .device, trunk: TrunkID(unchecked: "pbx"), phase: .calling)
        let state = CallState(
            call: call, user: anna, conversation: call, direction: direction, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+49301234567", name: "Customer"), legs: [view],
            startedAt: "2023-11-14T22:13:20.000Z", since: "2023-11-14T22:13:20.000Z", reason: reason, endedBy: by)
        add(ms, .call(what, state, startedAt: start), counted: true)
    }

    mutating func sip(
        _ ms: Int64, _ role: LegRole, _ way: LegMessage.Way, _ method: String, _ status: Int? = nil,
        _ phrase: String? = nil, sdp: Bool = false
    ) {
        let message = LegMessage(
            leg: leg(role), role: role, way: way, method: method, status: status, phrase: phrase, hasSDP: sdp)
        add(ms, .message(message), counted: false)
    }

    mutating func media(_ ms: Int64, _ what: MediaWhat, _ roles: [LegRole] = [.device, .party]) {
        let legs = roles.map {
            MediaFact.Leg(
                leg: leg($0), packetsReceived: what == .ended ? 4_511 : 0, packetsSent: what == .ended ? 4_498 : 0,
                packetsLost: what == .ended ? 3 : 0)
        }
        add(ms, .media(what, MediaFact(call: call, instance: InstanceID(unchecked: "m1"), legs: legs)), counted: false)
    }
}

/// What a terminal shows of these events, each a millisecond after the last.
private func drawn(_ events: [LadderEvent]) -> String {
    var ladder = Ladder()
    let lines = events.enumerated().flatMap { ladder.take($1, now: Int64($0)) }
    return text(lines)
}

private func text(_ lines: [Line]) -> String {
    for line in lines { #expect(line.text.count <= 100, "\(line.text)") }
    return lines.map(\.text).joined(separator: "\n")
}

@Test func aCallBackIsALadder() {
    var script = Script("0198a3f2-7c1a-7000-8000-0000deadbeef")
    script.call(0, .started, .started)
    script.media(4, .opened)
    script.call(6, .ringing, .ringing)
    script.sip(7, .device, .sent, "INVITE", sdp: true)
    script.sip(9, .device, .received, "INVITE", 100, "Trying")
    script.sip(120, .device, .received, "INVITE", 180, "Ringing")
    script.sip(2_345, .device, .received, "INVITE", 200, "OK", sdp: true)
    script.sip(2_347, .device, .sent, "ACK")
    script.call(2_348, .dialing, .dialing)
    script.sip(2_350, .party, .sent, "INVITE", sdp: true)
    script.sip(2_470, .party, .received, "INVITE", 183, "Session Progress", sdp: true)
    script.sip(4_000, .party, .received, "INVITE", 200, "OK", sdp: true)
    script.sip(4_001, .party, .sent, "ACK")
    script.media(4_003, .joined)
    script.call(4_003, .answered, .talking)
    script.sip(94_000, .party, .received, "BYE")
    script.sip(94_001, .party, .sent, "BYE", 200, "OK")
    script.sip(94_002, .device, .sent, "BYE")
    script.sip(94_004, .device, .received, "BYE", 200, "OK")
    script.media(94_005, .ended)
    script.call(94_006, .ended, .ended, .completed, by: .party)
    #expect(
        drawn(script.events) == """
            [beef] call 0198a3f2-7c1a-7000-8000-0000deadbeef, outgoing, started 2023-11-14T22:13:20.000Z
            [beef] anna (+498984098723) calls Customer +49301234567
                 time      device                                rufbus                                  party
                0.000      |................................. call.started ..................................|
                0.004      |~~~~~~~~~~~~~~~~~~~~~~~~~~ media.opened: 2 legs on m1 ~~~~~~~~~~~~~~~~~~~~~~~~~~~|
                0.006      |................................. call.ringing ..................................|
                0.007      |<------------ INVITE (SDP) -------------|                                        |
                0.009      |------------- 100 Trying -------------->|                                        |
                0.120      |------------- 180 Ringing ------------->|                                        |
                2.345      |------------ 200 OK (SDP) ------------->|                                        |
                2.347      |<----------------- ACK -----------------|                                        |
                2.348      |................................. call.dialing ..................................|
                2.350      |                                        |------------ INVITE (SDP) ------------->|
                2.470      |                                        |<----- 183 Session Progress (SDP) ------|
                4.000      |                                        |<------------ 200 OK (SDP) -------------|
                4.001      |                                        |----------------- ACK ----------------->|
                4.003      |~~~~~~~~~~~~~~~~ media.joined: device and party hear each other ~~~~~~~~~~~~~~~~~|
                4.003      |............................ call.answered: talking .............................|
               94.000      |                                        |<----------------- BYE -----------------|
               94.001      |                                        |------------ 200 OK (BYE) ------------->|
               94.002      |<----------------- BYE -----------------|                                        |
               94.004      |------------ 200 OK (BYE) ------------->|                                        |
               94.005      |~~~~~~~~~~~~~~~~~ media.ended: device 4511 in, 4498 out, 3 lost ~~~~~~~~~~~~~~~~~|
               94.005      |~~~~~~~~~~~~~~~~~ media.ended: party 4511 in, 4498 out, 3 lost ~~~~~~~~~~~~~~~~~~|
               94.006      |............. call.ended: completed by party. The call took place. ..............|
            """)
}

@Test func anIncomingCallThatGoesToTheFallback() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000cafe", .incoming)
    script.sip(1, .party, .received, "INVITE", sdp: true)
    script.sip(2, .party, .sent, "INVITE", 100, "Trying")
    script.call(0, .started, .started)
    script.sip(10, .device, .sent, "INVITE", sdp: true)
    script.sip(40, .device, .received, "INVITE", 486, "Busy Here")
    script.sip(41, .device, .sent, "ACK")
    script.sip(45, .fallback, .sent, "INVITE", sdp: true)
    script.sip(60, .fallback, .received, "INVITE", 180, "A phrase that is longer than any arrow could carry")
    script.sip(700, .party, .sent, "UPDATE", 200, "OK", sdp: true)
    script.call(65_000, .ended, .ended, .guardNotPassed, by: .system)
    #expect(
        drawn(script.events) == """
            [cafe] call 0198a3f2-7c1a-7000-8000-00000000cafe, incoming, started 2023-11-14T22:13:20.000Z
            [cafe] anna (+498984098723) is called by Customer +49301234567
                 time      device                                rufbus                                  party
                0.000      |................................. call.started ..................................|
                0.001      |                                        |<------------ INVITE (SDP) -------------|
                0.002      |                                        |------------- 100 Trying -------------->|
                0.010      |<------------ INVITE (SDP) -------------|                                        |
                0.040      |------------ 486 Busy Here ------------>|                                        |
                0.041      |<----------------- ACK -----------------|                                        |
                0.045      |<-------- fallback INVITE (SDP) --------|                                        |
                0.060      |-- fallback 180 A phrase that is ... -->|                                        |
                0.700      |                                        |-------- 200 OK (UPDATE, SDP) --------->|
               65.000      |... call.ended: guardNotPassed by system. The phone was answered, but nobody ....|
               65.000      |.................................. pressed 1. ...................................|
            """)
}

@Test func linesOfTwoCallsAtOnceSayWhichCallTheyBelongTo() {
    var one = Script("0198a3f2-7c1a-7000-8000-00000000aaaa")
    one.call(0, .started, .started)
    one.sip(1, .device, .sent, "INVITE", sdp: true)
    one.sip(40, .device, .received, "INVITE", 180, "Ringing")
    one.call(60, .ended, .ended, .cancelled, by: .user)
    var two = Script("0198a3f2-7c1a-7000-8000-00000000bbbb", .incoming)
    two.call(20, .started, .started)
    two.sip(43_200_021, .party, .received, "BYE")
    let events = [one.events[0], one.events[1], two.events[0], one.events[2], one.events[3], two.events[1]]
    #expect(
        drawn(events) == """
            [aaaa] call 0198a3f2-7c1a-7000-8000-00000000aaaa, outgoing, started 2023-11-14T22:13:20.000Z
            [aaaa] anna (+498984098723) calls Customer +49301234567
                 time      device                                rufbus                                  party
                0.000      |................................. call.started ..................................|
                0.001      |<------------ INVITE (SDP) -------------|                                        |
            [bbbb] call 0198a3f2-7c1a-7000-8000-00000000bbbb, incoming, started 2023-11-14T22:13:20.000Z
            [bbbb] anna (+498984098723) is called by Customer +49301234567
                 time      device                                rufbus                                  party
                0.020 bbbb |................................. call.started ..................................|
                0.040 aaaa |------------- 180 Ringing ------------->|                                        |
                0.060 aaaa |... call.ended: cancelled by user. You ended the call before it was answered. ...|
            43200.021      |                                        |<----------------- BYE -----------------|
            """)
}

@Test func messagesOfACallWhoseStartWasNotSeenAreDrawnAfterASecond() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000cccc")
    script.sip(5_000, .party, .received, "INVITE", 200, "OK", sdp: true)
    script.sip(5_002, .party, .sent, "ACK")
    script.call(5_004, .answered, .talking)
    var ladder = Ladder()
    #expect(ladder.take(script.events[0], now: 0) == [])
    #expect(ladder.timePasses(now: 999) == [])
    let lines =
        ladder.timePasses(now: 1_000) + ladder.take(script.events[1], now: 1_002)
        + ladder.take(script.events[2], now: 1_004)
    #expect(
        text(lines) == """
            [cccc] call 0198a3f2-7c1a-7000-8000-00000000cccc, already running; times from its first message
                 time      device                                rufbus                                  party
                0.000      |                                        |<------------ 200 OK (SDP) -------------|
                0.002      |                                        |----------------- ACK ----------------->|
            [cccc] call 0198a3f2-7c1a-7000-8000-00000000cccc, outgoing, started 2023-11-14T22:13:20.000Z
            [cccc] anna (+498984098723) calls Customer +49301234567
                 time      device                                rufbus                                  party
                5.004      |............................ call.answered: talking .............................|
            """)
}

@Test func whatStillWaitsIsDrawnAtTheEnd() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000cccc")
    script.sip(5_000, .party, .sent, "ACK")
    var ladder = Ladder()
    #expect(ladder.take(script.events[0], now: 0) == [])
    #expect(ladder.finish().map(\.style) == [.header, .header, .request])
    #expect(ladder.finish() == [])
}

@Test func aCallWithoutStateDoesNotWaitWithoutBound() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000dddd")
    for ms in 0..<64 { script.sip(Int64(ms), .party, .sent, "OPTIONS") }
    var ladder = Ladder()
    let lines = script.events.map { ladder.take($0, now: 0).count }
    // A header of two lines and all that waited.
    #expect(lines == Array(repeating: 0, count: 63) + [66])
}

@Test func anEndedCallIsForgottenAndItsLateMessagesStandAlone() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000eeee")
    script.call(0, .ended, .ended, .completed, by: .user)
    script.sip(5, .party, .received, "BYE", 200, "OK")
    script.sip(31_000, .party, .received, "BYE", 200, "OK")
    var ladder = Ladder()
    #expect(ladder.take(script.events[0], now: 0).count == 4)
    #expect(ladder.timePasses(now: 29_999) == [])
    #expect(ladder.take(script.events[1], now: 29_999).count == 1)
    #expect(ladder.timePasses(now: 59_999) == [])
    #expect(ladder.take(script.events[2], now: 60_000) == [])
    #expect(ladder.timePasses(now: 61_000).first?.text.hasSuffix("times from its first message") == true)
}

@Test func aDeadMessageSaysItsKeyAndWhy() {
    let why = "data.party is missing, and a call without party cannot be shown, so that this is no event of a call"
    let lines = Ladder.lines(DeadMessage(exchange: "rufbus.events", key: "call.3.ended.anna.c1", why: why, body: ""))
    #expect(
        text(lines) == """
            dead message, key call.3.ended.anna.c1: data.party is missing, and a call without party cannot be
            shown, so that this is no event of a call
            """)
    #expect(lines.map(\.style) == [.failure, .failure])
}

@Test func answersHaveTheColourOfTheirClass() {
    var script = Script("0198a3f2-7c1a-7000-8000-00000000ffff")
    script.call(0, .started, .started)
    for status in [nil, 180, 200, 302, 486, 503, 603] { script.sip(1, .party, .received, "INVITE", status) }
    var ladder = Ladder()
    let styles = script.events.flatMap { ladder.take($0, now: 0) }.map(\.style)
    let answers: [Line.Style] = [.request, .progress, .success, .failure, .failure, .failure, .failure]
    #expect(styles == [.header, .header, .header, .call] + answers)
}
