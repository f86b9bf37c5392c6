import Foundation
import Logging
import SDP
import SIPStack
import Synchronization
import TelephonyModel

/// A running stack with an owner that does with calls whatever owners do: refuses, rings, answers, hangs up, answers
/// offers, calls out. The call that is witnessed is answered and else left alone.
final class FuzzOffice: Sendable {
    static let witnessed = LegID(unchecked: "witnessed")
    /// Call-IDs that the office knows calls by.
    static let witnessedCall = "witnessed@calls", withinCall = "within@calls"

    let stack: SIPStack
    let port: UInt16
    private let state = Mutex(State())
    private let end = DispatchSemaphore(value: 0)

    private struct State {
        var arrivals = 0, answered = 0
        var sessions: [LegID: AudioSession] = [:]
        var legs: Set<LegID> = []
        var within: LegID?
        var outgoing: LegID?
        var outgoingCalls = 0
        var number = "+4930123"
        var ends: [SIPEvent] = []
    }

    init(port: UInt16) throws {
        self.port = port
        let box = Mutex<(@Sendable (SIPEvent) -> Void)?>(nil)
        var logger = Logger(label: "sip")
        logger.logLevel = .critical
        let stack = SIPStack(SIPSettings(address: "127.0.0.1", port: port, tcpPort: port), logger: logger) { event in
            box.withLock { $0 }?(event)
        }
        self.stack = stack
        box.withLock { $0 = { [unowned self] event in react(event, self.stack) } }
        try begin()
    }

    private func begin() throws {
        let ready = DispatchSemaphore(value: 0), failure = Mutex<SIPStackError?>(nil)
        let thread = Thread { [stack, end] in
            do throws(SIPStackError) {
                try stack.run { ready.signal() }
            } catch {
                failure.withLock { $0 = error }
                ready.signal()
            }
            end.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        ready.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Lets all calls go, and ends. Says what is left of them.
    func stop() -> SIPCounters {
        let done = DispatchSemaphore(value: 0), left = Mutex(SIPCounters())
        stack.post { [self] in
            for leg in state.withLock({ $0.legs }) { stack.forget(leg) }
            left.withLock { $0 = stack.counters }
            done.signal()
        }
        done.wait()
        stack.stop()
        end.wait()
        return left.withLock { $0 }
    }

    /// INVITEs that were told, and how many of them were answered with 200.
    var taken: (arrivals: Int, answered: Int) { state.withLock { ($0.arrivals, $0.answered) } }
    /// What has ended the witnessed call.
    var ends: [SIPEvent] { state.withLock { $0.ends } }
    var hasWithin: Bool { state.withLock { $0.within != nil } }

    /// Calls a far side, whose number an arrival may have brought, unless a call of that kind stands.
    func callOut(to port: UInt16) {
        let call = state.withLock { state -> (leg: LegID, number: String)? in
            guard state.outgoing == nil else { return nil }
            state.outgoingCalls += 1
            let leg = LegID(unchecked: "out-\(state.outgoingCalls)")
            state.outgoing = leg
            state.legs.insert(leg)
            return (leg, state.number)
        }
        guard let call else { return }
        stack.post { [self] in
            let target = SIPTarget(user: call.number, address: "127.0.0.1", port: port)
            stack.invite(
                call.leg,
                SIPInvitation(
                    target: target, from: call.number, assertedIdentity: call.number,
                    diversion: DivertedFrom(number: call.number), sdp: offer(call.leg)))
            stack.after(milliseconds: 2_000) { [self] in giveUp(call.leg) }
        }
    }

    // MARK: On the loop

    private func giveUp(_ leg: LegID) {
        stack.cancel(leg)
        stack.after(milliseconds: 500) { [self] in
            stack.forget(leg)
            over(leg, .lost(leg))
        }
    }

    private func react(_ event: SIPEvent, _ stack: SIPStack) {
        switch event {
        case .invited(let arrival): take(arrival)
        case .reoffered(let leg, let sdp): answer(leg, sdp)
        case .answered(let leg, _, let sdp):
            if let sdp { _ = try? session(leg).accept(Array(sdp.utf8)) }
            stack.acknowledge(leg)
            stack.after(milliseconds: 200) { stack.bye(leg, ReasonHeader("Q.850", cause: 16)) }
        case .hungUp(let leg, _), .lost(let leg), .released(let leg), .cancelled(let leg, _): over(leg, event)
        case .failed(let leg, _, _, _, _): over(leg, event)
        default: return
        }
    }

    private func take(_ arrival: SIPArrival) {
        let number = state.withLock { state in
            state.arrivals += 1
            if let user = arrival.diversions.first?.address.user ?? arrival.from.user { state.number = user }
            return state.arrivals
        }
        switch (arrival.callID, number % 16) {
        case (Self.witnessedCall, _): accept(arrival, Self.witnessed)
        case (Self.withinCall, _):
            let leg = LegID(unchecked: "within-\(number)")
            state.withLock { $0.within = leg }
            accept(arrival, leg)
        case (_, 0): accept(arrival, LegID(unchecked: "leg-\(number)"), hangUpAfter: 100)
        case (_, 1): ring(arrival, LegID(unchecked: "leg-\(number)"))
        case (_, 2): return  // Nobody takes it: the stack's own 500.
        default: stack.refuse(arrival.id, status: 486, ReasonHeader("Q.850", cause: 17, text: arrival.from.display))
        }
    }

    private func accept(_ arrival: SIPArrival, _ leg: LegID, hangUpAfter: Int? = nil) {
        state.withLock { state in
            state.answered += 1
            state.legs.insert(leg)
        }
        stack.adopt(arrival.id, as: leg, sessionID: arrival.sessionID)
        stack.provisional(leg, status: 180, assertedIdentity: arrival.to.user)
        guard let description = description(leg, arrival.sdp) else {
            stack.refuse(leg, status: 488)
            return over(leg, .lost(leg))
        }
        stack.accept(leg, sdp: description)
        guard let hangUpAfter else { return }
        stack.after(milliseconds: hangUpAfter) { [self] in
            stack.bye(leg)
            stack.after(milliseconds: 1_000) { [self] in
                stack.forget(leg)
                over(leg, .lost(leg))
            }
        }
    }

    private func ring(_ arrival: SIPArrival, _ leg: LegID) {
        state.withLock { _ = $0.legs.insert(leg) }
        stack.adopt(arrival.id, as: leg)
        stack.provisional(leg, status: 180)
        stack.after(milliseconds: 50) { [self] in
            stack.refuse(leg, status: 480)
            over(leg, .lost(leg))
        }
    }

    private func answer(_ leg: LegID, _ sdp: String?) {
        if let description = description(leg, sdp) {
            stack.answerOffer(leg, sdp: description)
        } else {
            stack.refuseOffer(leg, status: 488)
        }
    }

    private func session(_ leg: LegID) -> AudioSession {
        state.withLock { $0.sessions[leg] } ?? AudioSession(address: "127.0.0.1", port: 20_000, id: 1)
    }

    private func offer(_ leg: LegID) -> String {
        var session = session(leg)
        defer { state.withLock { $0.sessions[leg] = session } }
        return session.offer()
    }

    /// Our answer, or our offer if there is none; nil if it cannot be answered.
    private func description(_ leg: LegID, _ sdp: String?) -> String? {
        guard let sdp else { return offer(leg) }
        var session = session(leg)
        defer { state.withLock { $0.sessions[leg] = session } }
        return try? session.answer(Array(sdp.utf8)).text
    }

    private func over(_ leg: LegID, _ event: SIPEvent) {
        state.withLock { state in
            state.sessions[leg] = nil
            state.legs.remove(leg)
            if state.within == leg { state.within = nil }
            if state.outgoing == leg { state.outgoing = nil }
            if leg == Self.witnessed { state.ends.append(event) }
        }
    }
}
