import BusContract
import CallControl
import TelephonyModel
import Testing

/// What a new owner asks again, at a point of a call.
struct Takeover: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: [Step]
    let effects: [String]
    init(_ name: String, after before: [Step], _ effects: String...) {
        (testDescription, self.before, self.effects) = (name, before, effects)
    }
}

private let takeovers = [
    Takeover(
        "lines and ports of an outgoing call are asked for again", after: outgoingAsked.steps, "reserve d 1/1 + p 1/1",
        "open media d+p"),
    Takeover(
        "lines and ports of an incoming call are asked for again, its ringback is still due",
        after: incomingArrived.steps, "reserve p 1/1 even if full", "reserve d 1/1", "open media d+p+f",
        "arm alert 900"),
    Takeover(
        "a checkpoint that waits for its confirm is written again", after: outgoingDeviceAnswered.steps,
        "media: p hears nothing", "checkpoint 1", "arm writeAhead 5250"),
    Takeover(
        "the guard asks again", after: incomingGuarding.steps,
        "media: p at 40000, d at 41000, p hears nothing, d hears nothing, d hears \"accept\" de x2, "
            + "collect 12 of d (1, 10000 ms)", "arm guardKey 16002"),
    Takeover(
        "two who talk hear each other", after: outgoingTalking.steps,
        "media: d at 41000, p at 42000, d hears p, p hears d"),
    Takeover(
        "a far side that has moved is told where it is now",
        after: outgoingTalking.steps + [Step(20_000, .moved(party, house.audio(42_100)))],
        "media: d at 41000, p at 42100, d hears p, p hears d"),
    Takeover(
        "who hears busy is still released",
        after: outgoingRingback.steps + [
            Step(7_000, .failed(party, status: 486, cause: 17))
        ], "media: d at 41000, d hears busy", "arm tone 10000"),
    Takeover(
        "a leg that waits for its last word is still let go",
        after: outgoingCalled.steps + [Step(50, .clear(house.call, QuestionID(2)))], "arm release 35050"),
    Takeover(
        "all phones of a ring plan wait for their lines", after: planArrived.steps, "reserve p 1/1 even if full",
        "reserve d 1/0", "reserve d1 1/1", "media: p at 40000, p hears nothing", "arm alert 900"),
    Takeover(
        "the next phone's turn still comes", after: planSequence.steps + [Step(20_003, house.fires(.ring))],
        "reserve p 1/1 even if full", "media: p at 40000, p hears nothing", "arm ring 22003", "arm release 55003"),
    Takeover(
        "one phone is asked for a key again, another one's answer is written down again",
        after: planMobileGuarding.steps + [Step(6_000, .answered(device, house.audio(41_000)))],
        "reserve p 1/1 even if full",
        "media: p at 40000, d1 at 41500, p hears nothing, d1 hears nothing, d1 hears \"accept\" de x2, "
            + "collect 12 of d1 (1, 10000 ms)", "checkpoint 2", "arm guardKey 17002", "arm writeAhead 6250"),
    Takeover(
        "who talks through the ports of a leg that is over still does", after: verbDeflectedTalk.steps,
        "media: p at 40000, d at 41500, p hears d, d hears p"),
    Takeover(
        "media that was silent is still told again",
        after: outgoingTalking.steps + [Step(60_000, .mediaSilent(house.call))],
        "media: d at 41000, p at 42000, d hears p, p hears d", "arm media 61000"),
    Takeover(
        "what was asked for a call that is over goes back",
        after: outgoingAsked.steps + [Step(2, .clear(house.call, QuestionID(2)))], "open media d+p", "release d+p"),
]

private func seat(after steps: [Step]) -> Seat {
    var seat = Seat(user: house.user)
    for step in steps { _ = seat.handle(step.event, at: Instant(milliseconds: step.milliseconds)) }
    return seat
}

@Test(arguments: takeovers) func aNewOwnerAsksAgain(_ takeover: Takeover) {
    var seat = seat(after: takeover.before)
    let effects = seat.adopted(in: 2, at: Instant(milliseconds: 100_000)).map(sketch)
    #expect(effects == takeover.effects)
}

@Test func aNewOwnerSpeaksInItsOwnEpoch() {
    var over = seat(after: outgoingAsked.steps + [Step(2, .clear(house.call, QuestionID(2)))])
    #expect(epochs(over.adopted(in: 3, at: Instant(milliseconds: 100))) == [3])
    #expect(epochs(over.handle(.linesGranted(legs: [device, party]), at: Instant(milliseconds: 200))) == [3])
    var running = seat(after: incomingArrived.steps)
    #expect(epochs(running.adopted(in: 3, at: Instant(milliseconds: 100))) == [3])
    #expect(running.running.map(\.position.epoch) == [3])
    #expect(epochs(running.handle(.cancelled(party, nil), at: Instant(milliseconds: 200))) == [3])
}

@Test func nobodyOwnsASeatTwiceInOneEpoch() {
    var seat = seat(after: outgoingAsked.steps)
    #expect(
        seat.adopted(in: 1, at: Instant(milliseconds: 100)).map(sketch) == ["DEFECT epoch 1 follows 1 of seat anna"])
}

/// In whose name messages are sent.
private func epochs(_ effects: [Seat.Effect]) -> Set<Int> {
    Set(
        effects.compactMap { effect in
            switch effect {
            case .openMedia(let position, _), .reserve(let position, _, _), .release(let position, _),
                .publish(_, _, let position), .publishLeg(_, _, let position):
                position.epoch
            default: nil
            }
        })
}

@Test func aRunningCallIsToldWithLegsLeasesAndTimers() throws {
    let seat = seat(after: outgoingRingback.steps)
    #expect(!seat.isIdle)
    let running = try #require(seat.running.first)
    #expect(running.picture.phase == .alerting)
    #expect(running.picture.legs.map(\.phase) == [.answered, .ringing])
    #expect(running.position.sequence == 5)
    #expect(seat.leases.map(\.instance) == [house.media])
    #expect(seat.timers == [TimerID(house.call, .ring): Instant(milliseconds: 125_002)])
    #expect(seat.standing(of: party)?.role == .party)
    #expect(seat.standing(of: fallback) == nil)
}

@Test func theLegThatTookTheCallStandsFirst() throws {
    var seat = seat(after: planMobileGuarding.steps)
    let key = MediaNotice.What.collected(device1, id: 1, digit: "1")
    _ = seat.handle(.mediaNotice(house.call, key), at: Instant(milliseconds: 7_000))
    _ = seat.handle(.checkpointConfirmed(revision: 2), at: Instant(milliseconds: 7_001))
    let running = try #require(seat.running.first)
    #expect(running.picture.phase == .talking && running.picture.legs.first?.leg == device1)
}

@Test func aFinishedCallIsIdleAndStillKnowsItsLegs() {
    let seat = seat(after: outgoingCalled.steps + [Step(200, .failed(device, status: 486, cause: 17))])
    #expect(seat.isIdle && seat.timers.isEmpty && seat.leases.isEmpty && seat.running.isEmpty)
    #expect(seat.standing(of: device)?.role == .device)
    #expect(seat.standing(of: device)?.position.sequence == 4)
}

@Test func noNumberOfADeviceIsInAnythingThatIsPublished() {
    var seat = Seat(user: house.user)
    for step in outgoingTalking.steps {
        for effect in seat.handle(step.event, at: Instant(milliseconds: step.milliseconds)) {
            switch effect {
            case .publish, .publishLeg, .taken: #expect(!"\(effect)".contains("1711234567"))
            default: break
            }
        }
    }
}
