import BusContract
import MediaControl
import TelephonyModel
import Testing

private let held = CallID(unchecked: "held")
private let heldParty = LegID(unchecked: "held-p")

private let opening: [Step] = [
    Step(0, .busConnected, []),
    Step(0, open(1), [.openLegs(talk, [device, party])]),
    Step(0, .opened(talk, ports()), [granted(1), .announce(.opened, position(1), [device, party])]),
]
private let opensHeld: [Step] = [
    Step(0, open(2, held, legs: [heldParty]), [.openLegs(held, [heldParty])]),
    Step(
        0, .opened(held, ports([heldParty])),
        [granted(2, ports([heldParty])), .announce(.opened, position(held, 1), [heldParty])]),
]

private func tick(_ device: UInt64 = 0, _ party: UInt64 = 0) -> Event {
    .tick(received: [LegID(unchecked: "talk-d"): device, LegID(unchecked: "talk-p"): party])
}
private func leaseEnds(_ call: CallID = talk, _ legs: [LegID] = [device, party]) -> [Effect] {
    [.notify(a1, MediaNotice(position: position(call, 1), what: .leaseEnded)), .closeLegs(call, legs)]
}
private let unowned = Effect.unowned(position(1))
private let hour: Int64 = 3_600_000

private let stories = [
    Story(
        "a call that nobody renews and nobody speaks in ends after 60 s",
        opening + [
            Step(59_999, tick(), []),
            Step(60_000, tick(), leaseEnds()),
            Step(60_001, tick(), []),
            Step(60_002, .closed(talk, counters), [.report(position(2), counters)]),
            Step(60_003, renew(2), [renewed(2, unknown: [talk])]),
        ]),
    Story(
        "each renewal gives another 60 s",
        opening + [
            Step(50_000, renew(2), [renewed(2)]),
            Step(109_999, tick(), []),
            Step(110_000, tick(), leaseEnds()),
        ]),
    Story(
        "RTP on one leg keeps a call, which is reported once as unowned",
        opening + [
            Step(59_000, tick(0, 1), []),
            Step(60_000, tick(0, 2), [unowned]),
            Step(90_000, tick(0, 3), []),
            Step(149_999, tick(0, 3), []),
            Step(150_000, tick(0, 3), leaseEnds()),
        ]),
    Story(
        "a count that stands still is no sign of life",
        opening + [
            Step(1_000, tick(500, 500), []),
            Step(60_000, tick(500, 500), [unowned]),
            Step(61_000, tick(500, 500), leaseEnds()),
        ]),
    Story(
        "an owner who comes back ends the report, and the next absence is told again",
        opening + [
            Step(60_000, tick(1), [unowned]),
            Step(61_000, renew(2), [renewed(2)]),
            Step(120_000, tick(2), []),
            Step(121_000, tick(3), [unowned]),
        ]),
    Story(
        "time without the bus does not count, nor the 30 s after the reconnect",
        opening + [
            Step(40_000, .busLost, []),
            Step(200_000, tick(), []),
            Step(1_000_000, .busConnected, []),
            Step(1_030_000, tick(), []),
            Step(1_049_999, tick(), []),
            Step(1_050_000, tick(), leaseEnds()),
        ]),
    Story(
        "a bus that is lost again and again gives no time at all",
        opening + [
            Step(10_000, .busLost, []),
            Step(20_000, .busConnected, []),
            Step(45_000, .busLost, []),
            Step(60_000, .busConnected, []),
            Step(89_000, tick(), []),
            Step(139_999, tick(), []),
            Step(140_000, tick(), leaseEnds()),
        ]),
    Story(
        "a second word of the same state of the bus changes nothing",
        opening + [
            Step(30_000, .busConnected, []),
            Step(60_000, tick(), leaseEnds()),
        ]),
    Story(
        "a call opened before the first connect has its 60 s from then",
        [
            Step(0, open(1), [.openLegs(talk, [device, party])]),
            Step(0, .opened(talk, ports()), [granted(1), .announce(.opened, position(1), [device, party])]),
            Step(100_000, tick(), []),
            Step(100_000, .busConnected, []),
            Step(159_999, tick(), []),
            Step(160_000, tick(), leaseEnds()),
        ]),
    Story(
        "the longest talk of a call without owner is 12 h, and not within the 30 s after a reconnect",
        opening + [
            Step(60_000, tick(1), [unowned]),
            Step(12 * hour - 1, tick(2), []),
            Step(12 * hour - 1, .busLost, []),
            Step(12 * hour, tick(3), []),
            Step(12 * hour, .busConnected, []),
            Step(12 * hour + 29_999, tick(4), []),
            Step(12 * hour + 30_000, tick(5), leaseEnds()),
        ]),
    Story(
        "a call with an owner may last longer than 12 h",
        opening + [
            Step(13 * hour, renew(2), [renewed(2)]),
            Step(13 * hour + 59_999, tick(), []),
        ]),
    Story(
        "RTP of one call keeps the seat's other call too, while nobody owns the seat",
        opening + opensHeld + [
            Step(60_000, tick(1), [.unowned(position(held, 1)), unowned]),
            Step(110_000, tick(2), []),
            Step(169_999, tick(2), []),
            Step(170_000, tick(2), leaseEnds(held, [heldParty]) + leaseEnds()),
        ]),
    Story(
        "an owner who renews one call of the seat lets the other, silent one go",
        opening + opensHeld + [
            Step(59_000, renew(3), [renewed(3)]),
            Step(60_000, tick(1), leaseEnds(held, [heldParty])),
        ]),
    Story(
        "renewals name what is not here: never opened, of another seat, or closing",
        opening + [
            Step(1, renew(2, [(talk, anna), (other, bert), (talk, bert)]), [renewed(2, unknown: [other, talk])]),
            Step(2, close(3), [.closeLegs(talk, [device, party])]),
            Step(3, renew(4), [renewed(4, unknown: [talk])]),
        ]),
    Story(
        "an owner of an old epoch renews nothing",
        opening + [
            Step(1, renew(2, epoch: 2, by: a2), [renewed(2)]),
            Step(59_000, renew(3, epoch: 1), [renewed(3)]),
            Step(
                60_001, tick(),
                [
                    .notify(a2, MediaNotice(position: position(epoch: 2, 1), what: .leaseEnded)),
                    .closeLegs(talk, [device, party]),
                ]),
        ]),
]

@Test(arguments: stories) func leaseFollows(_ story: Story) { story.play() }
