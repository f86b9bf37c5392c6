import BusContract
import TelephonyModel

/// What the media instance is asked for: ports, joining, tones. A leg hears one source at a time.
extension Call {
    /// The ports of the whole call, opened at once since all share one worker; named after the first leg that may use
    /// them. A leg that comes later uses those of one that is over.
    var ports: [LegKey] {
        if direction == .outgoing { return [.device, .party] }
        let devices = rings.indices.map { LegKey(.device, $0) }
        let mayDivert = profile.hasFallback || route != .ring
        let last: [LegKey] = mayDivert ? [.party, .fallback] : [.party]
        return devices + last
    }

    var mediaLegs: [LegID] { ports.map { LegID(id, $0.role, $0.index) } }

    /// What media calls this leg.
    func portID(_ key: LegKey) -> LegID { legID(self[key]?.port ?? key) }

    /// Ports for one more leg on the user's side: its own, or those of a leg that nobody needs any more. What that
    /// one's far side still sends is not heard, since media takes packets only from where the new one is.
    func freePort(for key: LegKey) -> LegKey {
        let taken = Set(usersLegs.map(\.port))
        let free = ports.filter { $0 != .party && !taken.contains($0) }
        return free.contains(key) ? key : free.first ?? key
    }

    mutating func openMedia(_ work: inout Work) {
        media = .opening
        work.add(.openMedia(position, legs: mediaLegs))
    }

    mutating func mediaOpened(_ instance: InstanceID, _ audio: [LocalAudio], _ work: inout Work) {
        switch media {
        case .open(instance, _): return
        // The question was asked again and another instance, or the same one anew, has answered: nobody needs these.
        case .open, .closed: return work.add(.closeMedia(position, instance))
        case .opening: media = .open(instance, audio)
        }
        guard stage != .ending else { return closeMedia(&work) }
        if direction == .incoming, case .audio(let remote) = offer {
            self[.party]?.remote = remote
            command([.remote(portID(.party), remote)], &work)
        }
        proceed(&work)
    }

    mutating func mediaRefused(_ refusal: Refusal, _ work: inout Work) {
        guard media == .opening else { return }
        media = .closed
        self.refusal = refusal
        end(.serviceFailed, answering: lastAnswer(), &work)
    }

    mutating func mediaLost(_ work: inout Work) {
        guard case .open = media else { return }
        if stage == .tone { return end(reason ?? .serviceFailed, &work) }
        end(.serviceFailed, answering: lastAnswer(), &work)
    }

    /// Two who talk are not parted because the bus is slow or away: media is told again what it is to do until somebody
    /// says that it is gone. Before the talk there is nothing to lose by starting anew.
    mutating func mediaSilent(_ work: inout Work) {
        guard case .open = media, stage != .ending else { return }
        guard case .talking = stage else { return mediaLost(&work) }
        if timers[.media] == nil { arm(.media, in: Limit.mediaAgain, &work) }
    }

    /// A plan is a state and no difference: it may be carried out twice.
    mutating func tellMediaAgain(_ work: inout Work) { command(mediaPlan, &work) }

    mutating func closeMedia(_ work: inout Work) {
        guard case .open(let instance, _) = media else { return }
        media = .closed
        work.add(.closeMedia(position, instance))
    }

    /// Kept in the call, so that a new owner tells media the same.
    mutating func moved(_ key: LegKey, _ audio: RemoteAudio, _ work: inout Work) {
        switch self[key]?.dialog {
        case .calling, .answering, .arrived, .accepted, .up:
            guard self[key]?.remote != audio else { return }
            self[key]?.remote = audio
            command([.remote(portID(key), audio)], &work)
        case .planned, .cancelled, .leaving, .over, nil: break
        }
    }

    mutating func notice(_ what: MediaNotice.What, _ work: inout Work) {
        switch what {
        case .firstPacket(let port):
            guard let key = legs.last(where: { legID($0.port) == port })?.key else { return }
            self[key]?.speaks = true
            if direction == .outgoing, key == far { targetSpeaks(&work) }
        case .collected(_, let id, let digit): collected(id, digit, &work)
        case .leaseEnded: mediaLost(&work)
        }
    }

    /// Our ports for a leg.
    func localAudio(_ key: LegKey) -> LocalAudio? {
        guard case .open(_, let audio) = media else { return nil }
        return audio.first { $0.leg == portID(key) }
    }

    func command(_ commands: [MediaCommand], _ work: inout Work) {
        guard case .open(let instance, _) = media, !commands.isEmpty else { return }
        work.add(.media(position, instance, commands))
    }

    mutating func hear(_ key: LegKey, _ source: AudioSource) -> [MediaCommand] {
        self[key]?.hears = source
        return [.hear(portID(key), source)]
    }

    /// Opens the gate between the party and this leg.
    mutating func join(_ key: LegKey, after commands: [MediaCommand], _ work: inout Work) {
        command(commands + hear(key, .leg(portID(far))) + hear(far, .leg(portID(key))), &work)
    }

    /// A phone that is out of the game while the call goes on gets no more packets of a prompt.
    mutating func quieten(_ key: LegKey, _ work: inout Work) {
        guard self[key]?.dialog == .over, self[key]?.remote != nil else { return }
        command([.stopCollecting(portID(key))] + hear(key, .silence), &work)
    }

    /// What makes a media instance match this call.
    var mediaPlan: [MediaCommand] {
        let live = legs.filter { [.up, .accepted].contains($0.dialog) || $0.key == far }
        let remotes = live.compactMap { leg in leg.remote.map { MediaCommand.remote(legID(leg.port), $0) } }
        return remotes + live.filter { $0.dialog != .over }.map { .hear(legID($0.port), $0.hears) }
    }
}
