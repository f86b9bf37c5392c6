import BusContract
import TelephonyModel

// `open`: once for each call; the same call again gets the same ports.

extension MediaControl {
    mutating func open(_ request: OpenMedia, _ question: QuestionID, _ now: Instant) -> [Effect] {
        if let refusal = refusal(of: request) { return [.refuse(question, refusal)] }
        let call = request.position.call
        epochs[request.position.seat] = request.position.epoch
        guard calls[call] == nil else { return openAgain(request, question, now) }
        calls[call] = MediaCall(request, asked: question, at: now, lease: leaseClock.elapsed(at: now))
        for leg in request.legs { callOfLeg[leg] = call }
        return [.openLegs(call, request.legs)]
    }

    /// A retry, or a new owner who asks: the same ports.
    private mutating func openAgain(_ request: OpenMedia, _ question: QuestionID, _ now: Instant) -> [Effect] {
        guard var call = calls[request.position.call] else { return [] }
        defer { calls[request.position.call] = call }
        call.renew(by: request.owner, epoch: request.position.epoch, lease: leaseClock.elapsed(at: now))
        switch call.phase {
        case .opening(let waiting): call.phase = .opening(waiting + [question])
        case .open(let ports): return [.reply(question, .opened(answer(ports)))]
        case .closing: return [.refuse(question, .closed(request.position.call))]
        }
        return []
    }

    private func refusal(of request: OpenMedia) -> Refusal? {
        let position = request.position
        if let refusal = staleness(of: position) { return refusal }
        if closedAt[position.call] != nil { return .closed(position.call) }
        if let known = calls[position.call] {
            return known.isSame(as: request) ? nil : .otherLegs(position.call)
        }
        if isStopping { return .stopping }
        if !(1...Self.mostLegs).contains(request.legs.count) || Set(request.legs).count != request.legs.count {
            return Refusal(422, "bad-legs", "A call has 1 to \(Self.mostLegs) legs, each named once.")
        }
        return request.legs.first { callOfLeg[$0] != nil }.map(Refusal.usedLeg)
    }

    mutating func opened(_ id: CallID, _ ports: [LocalAudio]) -> [Effect] {
        guard var call = calls[id] else { return [.defect("ports for call \(id), which is not here")] }
        let isWhole = ports.map(\.leg) == call.legs
        let waiting: [QuestionID]
        switch call.phase {
        case .opening(let questions) where isWhole:
            call.phase = .open(ports)
            waiting = questions
        case .closing(let questions, hasPorts: false) where isWhole:
            call.phase = .closing(questions, hasPorts: true)
            waiting = []
        case .opening, .open, .closing:
            return [.defect("ports for call \(id) that it did not ask for: \(ports)")] + abandon(id)
        }
        let announcement = Effect.announce(.opened, call.nextPosition(), call.legs)
        calls[id] = call
        let answers = waiting.map { Effect.reply($0, .opened(answer(ports))) }
        return answers + [announcement] + (call.isOpen ? [] : [.closeLegs(id, call.legs)])
    }

    mutating func notOpened(_ id: CallID, _ why: Refusal) -> [Effect] {
        guard let call = calls[id] else { return [.defect("no ports for call \(id), which is not here")] }
        switch call.phase {
        case .opening(let waiting):
            forget(id)
            return waiting.map { .refuse($0, why) }
        case .closing(let waiting, hasPorts: false):
            forget(id)
            return waiting.map { .reply($0, .done) }
        case .open, .closing:
            return [.defect("no ports for call \(id), which has some")] + end(id)
        }
    }

    /// Closes whatever the engine has for a call that it got wrong.
    private mutating func abandon(_ id: CallID) -> [Effect] {
        guard let call = calls[id] else { return [] }
        switch call.phase {
        case .opening(let waiting):
            calls[id]?.phase = .closing([], hasPorts: true)
            return waiting.map { .refuse($0, .closed(id)) } + [.closeLegs(id, call.legs)]
        case .closing(let waiting, hasPorts: false):
            calls[id]?.phase = .closing(waiting, hasPorts: true)
            return [.closeLegs(id, call.legs)]
        case .open, .closing:
            return end(id)
        }
    }

    private func answer(_ ports: [LocalAudio]) -> OpenMedia.Answer { OpenMedia.Answer(instance: instance, legs: ports) }
}
