import BusContract
import CallControl
import TelephonyModel

/// One media instance: which calls are open, and what each leg is meant to hear.
struct MediaModel {
    static let instance = InstanceID(unchecked: "m1")
    var open: [CallID: [LegID]] = [:]
    /// By port, as the leg is called that they were opened for.
    var hears: [LegID: AudioSource] = [:]
    private var last: [CallID: Instant] = [:]

    /// Commands of a call stay in order: one queue.
    mutating func order(_ call: CallID, _ now: Instant, _ delay: Int64) -> Instant {
        let at = max(last[call] ?? now, now + delay)
        last[call] = at
        return at
    }

    mutating func plan(_ commands: [MediaCommand]) {
        for case .hear(let port, let source) in commands { hears[port] = source }
    }
}

extension World {
    func mediaHappens(_ happening: Happening) {
        switch happening {
        case .openMedia(let call, let legs): openPorts(call, legs)
        case .command(let call, let commands): obey(call, commands)
        case .closeMedia(let call):
            media.open[call] = nil
            checks.toldPorts.remove(call)
        case .leaseEnds(let call): if !checks.toldPorts.contains(call) { media.open[call] = nil }
        case .mediaCrashes(let call):
            guard media.open.removeValue(forKey: call) != nil else { return }
            tell(random.one(in: 2) ? .mediaLost(call) : .mediaNotice(call, .leaseEnded), after: random.ms(0...1_000))
        default: break
        }
    }

    private func openPorts(_ call: CallID, _ legs: [LegID]) {
        // A new owner asks once more.
        if random.one(in: media.open[call] == nil ? 40 : 3) {
            if random.one(in: 2), media.open[call] == nil { lease(call, legs) }
            return tell(.mediaRefused(call, Refusal(503, "timeout", "No answer.")), after: 2_000)
        }
        lease(call, legs)
        let local = legs.enumerated().map { LocalAudio(leg: $1, address: "127.0.0.1", port: 20_000 + 2 * UInt16($0)) }
        tell(.mediaOpened(call, MediaModel.instance, local), after: random.ms(0...200))
        if random.one(in: 25) { after(soon(or: 60_000), .mediaCrashes(call)) }
    }

    /// Nobody renews what nobody knows of.
    private func lease(_ call: CallID, _ legs: [LegID]) {
        media.open[call] = legs
        after(60_000, .leaseEnds(call))
    }

    private func obey(_ call: CallID, _ commands: [MediaCommand]) {
        guard let legs = media.open[call] else { return tell(.mediaLost(call), after: random.ms(0...50)) }
        // The command or its answer is lost.
        if random.one(in: 80) {
            tell(.mediaSilent(call), after: 1_000)
            if random.one(in: 2) { return }
        }
        for command in commands {
            switch command {
            case .collect(let port, let id, let digits, let limit): collect(call, port, id, digits, limit)
            case .remote(let port, _):
                checks.expect(legs.contains(port), "media command for port \(port), which is not open")
                if random.one(in: 2) { tell(.mediaNotice(call, .firstPacket(port)), after: random.ms(0...800)) }
            case .hear, .stopCollecting: break
            }
        }
    }

    /// The word about a key may be lost; the core has a timer of its own.
    private func collect(_ call: CallID, _ port: LegID, _ id: Int, _ digits: String, _ limit: Int) {
        guard !random.one(in: 20), let leg = leg(at: port), let temper = far[leg]?.temper else { return }
        let pressed = temper.key.flatMap { digits.contains($0) ? $0 : nil }
        let inTime = pressed != nil && temper.keyAfter <= Int64(limit)
        tell(
            .mediaNotice(call, .collected(port, id: id, digit: inTime ? pressed : nil)),
            after: inTime ? temper.keyAfter : Int64(limit))
    }

    /// Whose packets a port takes: the last leg that was called through it.
    func leg(at port: LegID) -> LegID? {
        far.filter { $0.value.port == port && $0.value.stack != .over }.max { $0.value.order < $1.value.order }?.key
    }
}
