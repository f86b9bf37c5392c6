@testable import CallControl

/// Which events cannot come in which phase of a call, and why. A pair that schedules do not reach stands here, and no
/// pair that they do reach.
enum Unreached {
    typealias Phase = Coverage.Phase
    typealias Stage = Coverage.Stage
    typealias Word = Coverage.Word

    struct Argument {
        let why: String
        let phases: Set<Phase>
        let events: Set<Word>
    }

    static func reason(for pair: Coverage.Pair) -> String? {
        arguments.first { $0.phases.contains(pair.phase) && $0.events.contains(pair.event) }?.why
    }

    static let arguments: [Argument] = [
        Argument(
            why: "an outgoing call has no leg that called us",
            phases: outgoing, events: [.invited, .cancelled, .confirmed]),
        Argument(why: "an originate makes an outgoing call", phases: incoming(), events: [.originate]),
        Argument(
            why: "an INVITE is told once: the stack knows what was retransmitted",
            phases: incoming().union([.remembered]), events: [.invited]),
        Argument(
            why: "no INVITE of ours is out before lines and ports are there",
            phases: [.running(.outgoing, .preparing), .running(.incoming, .preparing)],
            events: [.trying, .ringing, .answered, .failed, .hungUp, .lost, .collected]),
        Argument(
            why: "nobody was told of our ports before there are any",
            phases: [.running(.outgoing, .preparing)], events: [.moved, .firstPacket]),
        Argument(
            why: "the ACK to our 200 comes when the call talks, or ends",
            phases: incoming(besides: [.talking, .ending]), events: [.confirmed]),
        Argument(
            why: "the device's dialog does not stand yet: nobody leaves or loses it, nobody asks there for a key",
            phases: [.running(.outgoing, .ringing)], events: [.hungUp, .lost, .collected]),
        Argument(
            why: "a device that answers has not failed, is not lost before the ACK, and was not asked for a key yet",
            phases: [.running(.outgoing, .answering)], events: [.failed, .lost, .collected]),
        Argument(
            why: "an outgoing call is over once its device has failed",
            phases: [.running(.outgoing, .guarding)], events: [.failed]),
    ]

    /// What comes in a moment of a quarter of a second, or only when several things go wrong at once: some hundred
    /// thousand schedules reach it, some do not.
    static func isRare(_ pair: Coverage.Pair) -> Bool {
        brief.contains(pair.phase) && rare.contains(pair.event)
    }

    private static let rare: Set<Word> = [
        .failed, .lost, .mediaRefused, .mediaGone, .linesRefused, .collected, .alert, .ring, .guardKey, .release,
    ]
    private static let brief: Set<Phase> = Set(
        [.preparing, .answering, .guarding, .targetAnswering, .talking, .tone].map { .running(.outgoing, $0) }
            + [.answering, .guarding, .accepting, .divertedAnswering, .tone].map { .running(.incoming, $0) })

    private static let outgoing = Set(Stage.outgoing.map { Phase.running(.outgoing, $0) })

    private static func incoming(besides: Set<Stage> = []) -> Set<Phase> {
        Set(Stage.incoming.filter { !besides.contains($0) }.map { .running(.incoming, $0) })
    }
}
