import BusContract
import TelephonyModel

@testable import CallControl

/// One media instance: which calls are open, and what each leg is meant to hear.
struct MediaModel {
    static let instance = InstanceID(unchecked: "m1")
    var open: [CallID: [LegID]] = [:]
    var hears: [LegID: AudioSource] = [:]
    private var last: [CallID: Instant] = [:]

    /// Commands of a call stay in order: one queue.
    mutating func order(_ call: CallID, _ now: Instant, _ delay: Int64) -> Instant {
        let at = max(last[call] ?? now, now + delay)
        last[call] = at
        return at
    }

    mutating func plan(_ commands: [MediaCommand]) {
        for case .hear(let leg, let source) in commands { hears[leg] = source }
    }
}

extension World {
    func mediaHappens(_ happening: Happening) {
        switch happening {
        case .openMedia(let call, let legs): openPorts(call, legs)
        case .command(let call, let commands): obey(call, commands)
        case .closeMedia(let call): media.open[call] = nil
        case .leaseEnds(let call): media.open[call] = nil
        case .mediaCrashes(let call):
            guard media.open.removeValue(forKey: call) != nil else { return }
            tell(random.one(in: 2) ? .mediaLost(call) : .mediaNotice(call, .leaseEnded), after: random.ms(0...1_000))
        default: break
        }
    }

    private func openPorts(_ call: CallID, _ legs: [LegID]) {
        if random.one(in: 40) {
            if random.one(in: 2), media.open[call] == nil {
                media.open[call] = legs
                after(60_000, .leaseEnds(call))  // Nobody renews what nobody knows of.
            }
            return tell(.mediaRefused(call, Refusal(503, "timeout", "No answer.")), after: 2_000, twice: false)
        }
        media.open[call] = legs
        let local = legs.enumerated().map { LocalAudio(leg: $1, address: "127.0.0.1", port: 20_000 + 2 * UInt16($0)) }
        tell(.mediaOpened(call, MediaModel.instance, local), after: random.ms(0...200))
        if random.one(in: 25) { after(random.ms(0...60_000), .mediaCrashes(call)) }
    }

    private func obey(_ call: CallID, _ commands: [MediaCommand]) {
        guard let legs = media.open[call] else { return tell(.mediaLost(call), after: random.ms(0...50)) }
        for command in commands {
            switch command {
            case .collect(let leg, let id, let digits, let limit): collect(call, leg, id, digits, limit)
            case .remote(let leg, _):
                checks.expect(legs.contains(leg), "media command for leg \(leg), which is not open")
                if random.one(in: 2) { tell(.mediaNotice(call, .firstPacket(leg)), after: random.ms(0...800)) }
            case .hear, .stopCollecting: break
            }
        }
    }

    /// The word about a key may be lost; the core has a timer of its own.
    private func collect(_ call: CallID, _ leg: LegID, _ id: Int, _ digits: String, _ limit: Int) {
        guard !random.one(in: 20), let temper = far[leg]?.temper else { return }
        let pressed = temper.key.flatMap { digits.contains($0) ? $0 : nil }
        let inTime = pressed != nil && temper.keyAfter <= Int64(limit)
        tell(
            .mediaNotice(call, .collected(leg, id: id, digit: inTime ? pressed : nil)),
            after: inTime ? temper.keyAfter : Int64(limit))
    }
}
