import BusContract
import MediaControl
import TelephonyModel
import Testing

/// One step: what the world tells at a time (in milliseconds), and what the core is to do about it.
struct Step: Sendable {
    let ms: Int64, event: Event, effects: [Effect]
    init(_ ms: Int64, _ event: Event, _ effects: [Effect]) {
        (self.ms, self.event, self.effects) = (ms, event, effects)
    }
}

struct Story: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [Step]
    init(_ name: String, _ script: [Step]) { (testDescription, self.script) = (name, script) }

    func play() {
        var control = MediaControl(instance: m1)
        for (index, step) in script.enumerated() {
            let effects = control.handle(step.event, at: Instant(milliseconds: step.ms))
            #expect(effects == step.effects, "step \(index + 1): \(step.event)")
        }
    }
}

private let opening: [Step] = [
    Step(0, .busConnected, []),
    Step(0, open(1), [.openLegs(talk, [device, party])]),
    Step(0, .opened(talk, ports()), [granted(1), .announce(.opened, position(1), [device, party])]),
]
private let join: [MediaCommand] = [.hear(device, .leg(party)), .hear(party, .leg(device))]
private let closed409 = "The media of call talk is closed: a new talk needs a new call."
private let unknown404 = "Call talk has no media here: it was closed, or this instance was started again."
private let stale409 =
    "Seat anna has a new owner (epoch 2, asked in epoch 1): let go of the seat's media."

private let stories = [
    Story(
        "a call is opened, joined, and closed with what was measured",
        opening + [
            Step(10, commands(2, join), [.apply(talk, join, QuestionID(2))]),
            Step(10, .applied(QuestionID(2)), [done(2), .announce(.joined, position(2), [device, party])]),
            Step(900, close(3), [.closeLegs(talk, [device, party])]),
            Step(900, .closed(talk, counters), [.report(position(3), counters), done(3)]),
        ]),
    Story(
        "the same open again gets the same ports, also while they are being opened",
        [
            Step(0, open(1), [.openLegs(talk, [device, party])]),
            Step(1, open(2, legs: [party, device]), []),
            Step(
                2, .opened(talk, ports()),
                [granted(1), granted(2), .announce(.opened, position(1), [device, party])]),
            Step(3, open(3), [granted(3)]),
        ]),
    Story(
        "the same call with other legs is refused",
        opening + [
            Step(
                1, open(2, legs: [device]),
                [
                    refused(
                        2, 409, "other-legs",
                        "Call talk is open with other legs: name the same ones, or close it first.")
                ])
        ]),
    Story(
        "a leg of another call is refused",
        opening + [
            Step(
                1, open(2, other, of: bert, legs: [LegID(unchecked: "other-d"), party]),
                [
                    refused(
                        2, 409, "leg-exists", "Leg talk-p belongs to another call: leg ids are unique in the house.")
                ])
        ]),
    Story(
        "a call without legs, or with a leg twice, is refused",
        [
            Step(0, open(1, legs: []), [refused(1, 422, "bad-legs", "A call has 1 to 16 legs, each named once.")]),
            Step(
                0, open(2, legs: [device, device]),
                [refused(2, 422, "bad-legs", "A call has 1 to 16 legs, each named once.")]),
        ]),
    Story(
        "no ports: everybody who asked is refused, and the call may be opened later",
        [
            Step(0, open(1), [.openLegs(talk, [device, party])]),
            Step(0, open(2), []),
            Step(
                0, .notOpened(talk, Refusal(503, "no-ports", "All are taken.")),
                [refused(1, 503, "no-ports", "All are taken."), refused(2, 503, "no-ports", "All are taken.")]),
            Step(5, open(3), [.openLegs(talk, [device, party])]),
        ]),
    Story(
        "close while the ports are being opened closes them as soon as they are there",
        [
            Step(0, open(1), [.openLegs(talk, [device, party])]),
            Step(0, close(2), [refused(1, 409, "call-closed", closed409)]),
            Step(
                1, .opened(talk, ports()),
                [.announce(.opened, position(1), [device, party]), .closeLegs(talk, [device, party])]),
            Step(1, .closed(talk, counters), [.report(position(2), counters), done(2)]),
        ]),
    Story(
        "close again and again is done each time, and reported once",
        opening + [
            Step(1, close(2), [.closeLegs(talk, [device, party])]),
            Step(1, close(3), []),
            Step(2, .closed(talk, counters), [.report(position(2), counters), done(2), done(3)]),
            Step(3, close(4), [done(4)]),
            Step(4, close(5, other, of: bert), [done(5)]),
        ]),
    Story(
        "a late second open of a closed call opens nothing for a minute",
        opening + [
            Step(1, close(2), [.closeLegs(talk, [device, party])]),
            Step(1, open(3), [refused(3, 409, "call-closed", closed409)]),
            Step(1, .closed(talk, counters), [.report(position(2), counters), done(2)]),
            Step(2, open(4), [refused(4, 409, "call-closed", closed409)]),
            Step(60_000, .tick(received: [:]), []),
            Step(60_000, open(5), [refused(5, 409, "call-closed", closed409)]),
            Step(60_001, .tick(received: [:]), []),
            Step(60_001, open(6), [.openLegs(talk, [device, party])]),
        ]),
    Story(
        "commands for a call that is not here, is closing or was closed get 404",
        [Step(0, commands(9, join), [refused(9, 404, "no-such-call", unknown404)])] + opening + [
            Step(1, close(2), [.closeLegs(talk, [device, party])]),
            Step(1, commands(3, join), [refused(3, 404, "no-such-call", unknown404)]),
            Step(1, .closed(talk, counters), [.report(position(2), counters), done(2)]),
            Step(1, commands(4, join), [refused(4, 404, "no-such-call", unknown404)]),
        ]),
    Story(
        "commands of another seat do not reach the call",
        opening + [Step(1, commands(2, join, of: bert), [refused(2, 404, "no-such-call", unknown404)])]),
    Story(
        "commands before the ports are there wait for the answer to open",
        [
            Step(0, open(1), [.openLegs(talk, [device, party])]),
            Step(
                0, commands(2, join),
                [
                    refused(
                        2, 409, "not-yet-open", "The media of call talk is being opened: wait for the answer to open.")
                ]),
        ]),
    Story(
        "what the engine refuses changes nothing: the join is told when it works",
        opening + [
            Step(1, commands(2, join), [.apply(talk, join, QuestionID(2))]),
            Step(
                1, .notApplied(QuestionID(2), Refusal(422, "no-prompt", "There is none.")),
                [refused(2, 422, "no-prompt", "There is none.")]),
            Step(2, commands(3, join), [.apply(talk, join, QuestionID(3))]),
            Step(2, .applied(QuestionID(3)), [done(3), .announce(.joined, position(2), [device, party])]),
        ]),
    Story(
        "the join is told once, when the second of the legs hears the first",
        opening + [
            Step(1, commands(2, [join[0]]), [.apply(talk, [join[0]], QuestionID(2))]),
            Step(1, .applied(QuestionID(2)), [done(2)]),
            Step(2, commands(3, [join[1]]), [.apply(talk, [join[1]], QuestionID(3))]),
            Step(2, .applied(QuestionID(3)), [done(3), .announce(.joined, position(2), [device, party])]),
            Step(3, commands(4, [.hear(party, .silence)]), [.apply(talk, [.hear(party, .silence)], QuestionID(4))]),
            Step(3, .applied(QuestionID(4)), [done(4)]),
            Step(4, commands(5, join), [.apply(talk, join, QuestionID(5))]),
            Step(4, .applied(QuestionID(5)), [done(5)]),
        ]),
    Story(
        "commands whose result comes after the close are answered, and join nothing",
        opening + [
            Step(1, commands(2, join), [.apply(talk, join, QuestionID(2))]),
            Step(1, close(3), [.closeLegs(talk, [device, party])]),
            Step(2, .applied(QuestionID(2)), [done(2)]),
            Step(2, .closed(talk, counters), [.report(position(2), counters), done(3)]),
        ]),
    Story(
        "a lower epoch is refused in every request, once a higher one was seen",
        opening + [
            Step(1, open(2, epoch: 2, by: a2), [granted(2)]),
            Step(2, open(3), [refused(3, 409, "old-epoch", stale409)]),
            Step(2, commands(4, join), [refused(4, 409, "old-epoch", stale409)]),
            Step(2, close(5), [refused(5, 409, "old-epoch", stale409)]),
            Step(3, commands(6, join, epoch: 2), [.apply(talk, join, QuestionID(6))]),
            Step(3, .applied(QuestionID(6)), [done(6), .announce(.joined, position(epoch: 2, 2), [device, party])]),
        ]),
    Story(
        "notices go to the owner, to the new one after a renew in a higher epoch",
        opening + [
            Step(
                1, .firstPacket(device), [.notify(a1, MediaNotice(position: position(1), what: .firstPacket(device)))]),
            Step(2, renew(2, epoch: 2, by: a2), [renewed(2)]),
            Step(
                3, .collected(device, id: 4, digit: "1"),
                [
                    .notify(
                        a2, MediaNotice(position: position(epoch: 2, 1), what: .collected(device, id: 4, digit: "1")))
                ]),
            Step(3, renew(3, epoch: 1, by: a1), [renewed(3)]),
        ]),
    Story(
        "a notice that crosses the close reaches nobody",
        opening + [
            Step(1, close(2), [.closeLegs(talk, [device, party])]),
            Step(1, .firstPacket(device), []),
            Step(1, .closed(talk, counters), [.report(position(2), counters), done(2)]),
            Step(1, .firstPacket(party), []),
        ]),
    Story(
        "a stop closes what is open, reports it, and takes no new call",
        opening + [
            Step(1, .stop, [.closeLegs(talk, [device, party])]),
            Step(
                1, open(2, other, of: bert, legs: [LegID(unchecked: "other-d")]),
                [refused(2, 503, "stopping", "This media instance is being stopped: ask another one.")]),
            Step(2, .closed(talk, counters), [.report(position(2), counters)]),
        ]),
    Story(
        "ports that nobody asked for are a defect, and are closed",
        opening + [
            Step(
                1, .opened(talk, ports([device])),
                [
                    .defect("ports for call talk that it did not ask for: \(ports([device]))"),
                    .closeLegs(talk, [device, party]),
                ]),
            Step(1, .opened(other, []), [.defect("ports for call other, which is not here")]),
            Step(
                1, .applied(QuestionID(5)), [.defect("commands of question 5 carried out, which nobody asked")]),
        ]),
]

@Test(arguments: stories) func callFollows(_ story: Story) { story.play() }
