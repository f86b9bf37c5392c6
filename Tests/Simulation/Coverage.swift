import TelephonyModel

@testable import CallControl
@testable import Simulator

/// How often each event came in each phase of a call.
struct Coverage {
    /// Where a call stands when an event comes for it.
    enum Phase: Hashable, CaseIterable {
        /// The seat never heard of it, or has forgotten it.
        case unknown
        /// It is over, and the seat still remembers it.
        case remembered
        case running(Direction, Stage)

        static let allCases =
            [unknown, remembered] + Stage.outgoing.map { running(.outgoing, $0) }
            + Stage.incoming.map { running(.incoming, $0) }
    }
    /// `Call.Stage`, and what the phones of the call are doing.
    enum Stage: String {
        case preparing, ringing, answering, guarding, accepting, dialing, targetAnswering
        case diverting, divertedAnswering, talking, tone, ending

        static let outgoing = [
            preparing, ringing, answering, guarding, dialing, targetAnswering, talking, tone, ending,
        ]
        static let incoming = [
            preparing, ringing, answering, guarding, accepting, diverting, divertedAnswering, talking, tone, ending,
        ]
    }
    /// `Seat.Event` without what it carries; what the seat takes in the same way has one word.
    enum Word: String, CaseIterable {
        case originate, clear, decline, deflect, invited, cancelled, confirmed
        case trying, ringing, answered, failed, moved, hungUp, lost
        case mediaOpened, mediaRefused, mediaGone, firstPacket, collected
        case linesGranted, linesRefused, checkpointConfirmed
        case alert, ring, earlyMedia, guardKey, tone, writeAhead, release, media
    }
    struct Pair: Hashable, Comparable {
        let phase: Phase
        let event: Word
        static func < (a: Pair, b: Pair) -> Bool { "\(a)" < "\(b)" }
    }

    private static let phases = Dictionary(uniqueKeysWithValues: Phase.allCases.enumerated().map { ($1, $0) })
    private static let words = Dictionary(uniqueKeysWithValues: Word.allCases.enumerated().map { ($1, $0) })
    private var counts = [Int](repeating: 0, count: phases.count * words.count)

    static let all = Phase.allCases.flatMap { phase in Word.allCases.map { Pair(phase: phase, event: $0) } }

    private static func place(_ pair: Pair) -> Int {
        guard let phase = phases[pair.phase], let word = words[pair.event] else { return 0 }
        return phase * words.count + word
    }

    subscript(_ pair: Pair) -> Int { counts[Self.place(pair)] }

    var reached: [Pair] { Self.all.filter { self[$0] > 0 } }
    var unreached: [Pair] { Self.all.filter { self[$0] == 0 } }

    mutating func add(_ other: Coverage) { for index in counts.indices { counts[index] += other.counts[index] } }

    /// - Parameter seat: as it stands before the event.
    mutating func note(_ event: Seat.Event, _ seat: Seat) {
        if case .checkpointConfirmed = event {
            for call in seat.calls { count(.running(call.direction, call.word), .checkpointConfirmed) }
            if seat.calls.isEmpty { count(seat.finished.isEmpty ? .unknown : .remembered, .checkpointConfirmed) }
            return
        }
        count(Self.phase(of: event.call, seat), event.word)
    }

    private mutating func count(_ phase: Phase, _ word: Word) {
        counts[Self.place(Pair(phase: phase, event: word))] += 1
    }

    private static func phase(of id: CallID?, _ seat: Seat) -> Phase {
        if let call = seat.calls.first(where: { $0.id == id }) { return .running(call.direction, call.word) }
        return seat.finished.contains { $0.picture.call == id } ? .remembered : .unknown
    }
}

extension Coverage.Phase: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknown: "unknown"
        case .remembered: "remembered"
        case .running(let direction, let stage): "\(direction) \(stage)"
        }
    }
}

extension Coverage.Pair: CustomStringConvertible {
    var description: String { "\(phase) x \(event)" }
}

extension Call {
    var word: Coverage.Stage {
        let answers = legs.contains { $0.dialog == .answering }
        return switch stage {
        case .preparing: .preparing
        case .ringing where legs.contains { $0.asking != nil }: .guarding
        case .ringing: answers ? .answering : .ringing
        case .dialing: answers ? .targetAnswering : .dialing
        case .diverting: answers ? .divertedAnswering : .diverting
        case .accepting: .accepting
        case .talking: .talking
        case .tone: .tone
        case .ending: .ending
        }
    }
}

extension Seat.Event {
    var word: Coverage.Word {
        switch self {
        case .originate: .originate
        case .clear: .clear
        case .decline: .decline
        case .deflect: .deflect
        case .invited: .invited
        case .cancelled: .cancelled
        case .confirmed: .confirmed
        case .provisional(_, let status, _): status == 100 ? .trying : .ringing
        case .answered: .answered
        case .failed, .redirected, .undelivered: .failed
        case .moved: .moved
        case .hungUp: .hungUp
        case .lost: .lost
        case .mediaOpened: .mediaOpened
        case .mediaRefused: .mediaRefused
        case .mediaNotice(_, .firstPacket): .firstPacket
        case .mediaNotice(_, .collected): .collected
        case .mediaNotice(_, .leaseEnded), .mediaLost, .mediaSilent: .mediaGone
        case .linesGranted: .linesGranted
        case .linesRefused: .linesRefused
        case .checkpointConfirmed: .checkpointConfirmed
        case .fired(let timer): timer.what.word
        }
    }
}

extension TimerID.What {
    var word: Coverage.Word {
        switch self {
        case .alert: .alert
        case .ring: .ring
        case .earlyMedia: .earlyMedia
        case .guardKey: .guardKey
        case .tone: .tone
        case .writeAhead: .writeAhead
        case .release: .release
        case .media: .media
        }
    }
}
