import BusContract
import TelephonyModel

/// What the media instance is asked for: ports, joining, tones. A leg hears one source at a time.
extension Call {
    /// All legs of the call at once, also one that may never be called: they share one worker.
    var mediaLegs: [LegID] {
        var roles = toDevice ? [LegRole.device, .party] : [.party]
        if fallback != nil { roles.append(.fallback) }
        return roles.map(legID)
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
            command([.remote(legID(.party), remote)], &work)
        }
        proceed(&work)
    }

    mutating func mediaRefused(_ refusal: Refusal, _ work: inout Work) {
        guard media == .opening else { return }
        media = .closed
        self.refusal = refusal
        end(.serviceFailed, status: 503, &work)
    }

    mutating func mediaLost(_ work: inout Work) {
        guard case .open = media else { return }
        if stage == .tone { return end(reason ?? .serviceFailed, &work) }
        end(.serviceFailed, status: 503, &work)
    }

    mutating func closeMedia(_ work: inout Work) {
        guard case .open(let instance, _) = media else { return }
        media = .closed
        work.add(.closeMedia(position, instance))
    }

    /// Kept in the call, so that a new owner tells media the same.
    mutating func moved(_ role: LegRole, _ audio: RemoteAudio, _ work: inout Work) {
        switch self[role]?.dialog {
        case .calling, .answering, .arrived, .accepted, .up:
            guard self[role]?.remote != audio else { return }
            self[role]?.remote = audio
            command([.remote(legID(role), audio)], &work)
        case .planned, .cancelled, .leaving, .over, nil: break
        }
    }

    mutating func notice(_ what: MediaNotice.What, _ work: inout Work) {
        switch what {
        case .firstPacket(let leg):
            guard let role = role(of: leg) else { return }
            self[role]?.speaks = true
            if direction == .outgoing, role == .party { targetSpeaks(&work) }
        case .collected(let leg, let id, let digit): collected(leg, id, digit, &work)
        case .leaseEnded: mediaLost(&work)
        }
    }

    /// Our ports for a leg.
    func localAudio(_ role: LegRole) -> LocalAudio? {
        guard case .open(_, let audio) = media else { return nil }
        return audio.first { $0.leg == legID(role) }
    }

    func command(_ commands: [MediaCommand], _ work: inout Work) {
        guard case .open(let instance, _) = media, !commands.isEmpty else { return }
        work.add(.media(position, instance, commands))
    }

    mutating func hear(_ role: LegRole, _ source: AudioSource) -> [MediaCommand] {
        self[role]?.hears = source
        return [.hear(legID(role), source)]
    }

    /// Opens the gate between the party and this leg.
    mutating func join(_ role: LegRole, after commands: [MediaCommand], _ work: inout Work) {
        command(commands + hear(role, .leg(legID(.party))) + hear(.party, .leg(legID(role))), &work)
    }

    /// A phone that is out of the game while the call goes on gets no more packets of a prompt.
    mutating func quieten(_ role: LegRole, _ work: inout Work) {
        guard self[role]?.dialog == .over, self[role]?.remote != nil else { return }
        command([.stopCollecting(legID(role))] + hear(role, .silence), &work)
    }

    /// What makes a media instance match this call.
    var mediaPlan: [MediaCommand] {
        let live = legs.filter { [.up, .accepted].contains($0.dialog) || $0.role == .party }
        let remotes = live.compactMap { leg in leg.remote.map { MediaCommand.remote(legID(leg.role), $0) } }
        return remotes + live.filter { $0.dialog != .over }.map { .hear(legID($0.role), $0.hears) }
    }
}
