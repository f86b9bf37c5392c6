import BusClient
import BusContract
import Logging
import MediaControl
import MediaEngine
import ServiceKit
import TelephonyModel

/// The loop around `MediaControl`: takes one input after another and carries out each effect at once.
struct MediaDriver {
    private enum Asker {
        case open(Responder<OpenMedia.Answer>)
        case done(Responder<Done>)
        case renew(Responder<RenewMedia.Answer>)
    }

    private let engine: MediaEngine
    private let bus: Bus
    private let logger: Logger
    private var control: MediaControl
    private let start = ContinuousClock.now
    private var clock = RunningClock()
    private var asked = 0
    private var askers: [MediaControl.QuestionID: Asker] = [:]
    /// Of the request that is being handled; nil for a renewal, which is about many calls.
    private var position: CallPosition?
    private var isStopping = false

    init(_ engine: MediaEngine, _ context: ServiceContext) {
        (self.engine, bus, logger) = (engine, context.bus, context.logger)
        control = MediaControl(instance: context.instance)
    }

    /// Whether it was stopped and every call is closed.
    var isOver: Bool { isStopping && control.isEmpty }

    mutating func take(_ input: MediaInput) {
        position = input.position
        switch input {
        case .open(let request, let asker): tell(.open(request, question(.open(asker))))
        case .commands(let request, let asker): tell(.commands(request, question(.done(asker))))
        case .close(let request, let asker): tell(.close(request, question(.done(asker))))
        case .renew(let request, let asker): tell(.renew(request, question(.renew(asker))))
        case .notice(let notice): tell(event(notice))
        // While the broker is blocked owners cannot renew either.
        case .bus(let state): tell(state == .connected ? .busConnected : .busLost)
        case .tick: tell(.tick(received: received()))
        case .stop:
            isStopping = true
            tell(.stop)
        }
    }

    private mutating func question(_ asker: Asker) -> MediaControl.QuestionID {
        asked += 1
        askers[MediaControl.QuestionID(asked)] = asker
        return MediaControl.QuestionID(asked)
    }

    private func event(_ notice: EngineNotice) -> MediaControl.Event {
        switch notice {
        case .firstPacket(let leg): .firstPacket(leg)
        case .collected(let leg, let id, let digit): .collected(leg, id: id, digit: digit)
        }
    }

    private func received() -> [LegID: UInt64] {
        let counters = engine.counters(control.openLegs)
        return Dictionary(counters.map { ($0.leg, $0.packetsReceived) }, uniquingKeysWith: max)
    }

    /// What the engine answers is told after the other effects of the same event.
    private mutating func tell(_ event: MediaControl.Event) {
        let now = clock.advance(to: start.duration(to: .now))
        var events = [event]
        while !events.isEmpty {
            for effect in control.handle(events.removeFirst(), at: now) {
                if let result = obey(effect) { events.append(result) }
            }
        }
    }
}

// MARK: - Effects

extension MediaDriver {
    private mutating func obey(_ effect: MediaControl.Effect) -> MediaControl.Event? {
        switch effect {
        case .openLegs(let call, let legs): return open(call, legs)
        case .apply(_, let commands, let question): return apply(commands, question)
        case .closeLegs(let call, let legs): return .closed(call, engine.close(legs))
        case .reply(let question, let answer): reply(question, answer)
        case .refuse(let question, let refusal): refuse(question, refusal)
        case .notify(let owner, let notice): notify(owner, notice)
        case .announce(let what, let position, let legs): publish(what, position, engine.counters(legs))
        case .report(let position, let legs): publish(.ended, position, legs)
        case .unowned(let position):
            logger.warning("RTP flows, but no signaling instance has renewed this call", metadata: metadata(position))
        case .defect(let what): report("\(what)")
        }
        return nil
    }

    private func report(_ defect: String) {
        logger.error("defect: \(defect)", metadata: position.map(metadata) ?? [:])
    }

    private func open(_ call: CallID, _ legs: [LegID]) -> MediaControl.Event {
        do { return .opened(call, try engine.open(legs)) } catch { return .notOpened(call, error.refusal) }
    }

    private func apply(_ commands: [MediaCommand], _ question: MediaControl.QuestionID) -> MediaControl.Event {
        do {
            try engine.apply(commands)
            return .applied(question)
        } catch {
            return .notApplied(question, error.refusal)
        }
    }

    private mutating func reply(_ question: MediaControl.QuestionID, _ answer: MediaControl.Answer) {
        switch (askers.removeValue(forKey: question), answer) {
        case (.open(let asker), .opened(let ports)): asker.answer(ports)
        case (.done(let asker), .done): asker.answer(Done())
        case (.renew(let asker), .renewed(let unknown)): asker.answer(unknown)
        default: report("question \(question.raw) does not take \(answer)")
        }
    }

    private mutating func refuse(_ question: MediaControl.QuestionID, _ refusal: Refusal) {
        var metadata = position.map(self.metadata) ?? [:]
        (metadata["code"], metadata["sentence"]) = ("\(refusal.code)", "\(refusal.sentence)")
        logger.info("refused", metadata: metadata)
        switch askers.removeValue(forKey: question) {
        case .open(let asker): asker.refuse(refusal)
        case .done(let asker): asker.refuse(refusal)
        case .renew(let asker): asker.refuse(refusal)
        case nil: report("question \(question.raw) was answered before")
        }
    }

    /// One way: an owner that is gone has no use for it.
    private func notify(_ owner: InstanceID, _ notice: MediaNotice) {
        if notice.what == .leaseEnded {
            logger.warning("no owner and no RTP: the call's media is closed", metadata: metadata(notice.position))
        }
        let (logger, metadata) = (logger, metadata(notice.position))
        bus.request(notice, to: owner) { result in
            guard case .failure(let refusal) = result else { return }
            logger.info("a notice did not arrive: \(refusal.sentence)", metadata: metadata)
        }
    }

    private func publish(_ what: MediaWhat, _ position: CallPosition, _ legs: [MediaFact.Leg]) {
        let fact = MediaFact(call: position.call, instance: control.instance, legs: legs)
        let key = RoutingKey.media(what, position.seat, position.call)
        bus.publish(fact, type: what.type, key: key, position: position, durable: what == .ended)
        logger.info("media.\(what.rawValue)", metadata: metadata(position))
    }

    private func metadata(_ position: CallPosition) -> Logger.Metadata {
        ["call": "\(position.call)", "conversation": "\(position.conversation)", "user": "\(position.seat)"]
    }
}

extension MediaEngineError {
    /// In the words of the bus.
    fileprivate var refusal: Refusal {
        switch kind {
        case .exhausted: Refusal(503, "no-ports", message)
        case .leg: Refusal(409, "bad-leg", message)
        case .command: Refusal(422, "bad-command", message)
        case .stopped: Refusal(503, "stopping", message)
        case .setting, .system: Refusal(503, "media-failed", message)
        }
    }
}
