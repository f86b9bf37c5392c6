import Foundation
import SIPStack
import Synchronization
import TelephonyModel
import Testing

/// What must hold many times over. The short forms are part of the suite; `RUFBUS_LONG=1` runs the long ones.
@Suite(.serialized) struct SIPEnduranceTests {
    static let isLong = ProcessInfo.processInfo.environment["RUFBUS_LONG"] != nil
    typealias Stage = SIPDialogStage

    // MARK: Refreshes

    /// Refreshes of the far side, INVITE and UPDATE in turn: each is answered, none costs lasting memory.
    @Test func refreshesAreAllAnswered() async throws {
        let rounds = Self.isLong ? 10 : 2, perRound = Self.isLong ? 1_000 : 100
        let stage = try await Stage.calls()
        var resident: [Int] = [], offers = 0
        for _ in 0..<rounds {
            for turn in 0..<perRound { try await refresh(stage, by: turn % 2 == 0 ? "INVITE" : "UPDATE") }
            // The library keeps each transaction for 32 s, as it must.
            if Self.isLong { try await Task.sleep(for: .seconds(36)) }
            offers += stage.office.events.count { if case .reoffered = $0 { true } else { false } }
            stage.office.clear()
            resident.append(residentKilobytes())
        }
        #expect(offers == rounds * perRound)
        if Self.isLong { print("refreshes: \(offers), resident in KiB after each round: \(resident)") }
        try await stage.end()
    }

    private func refresh(_ stage: Stage, by method: String) async throws {
        stage.far.send(method, sdp: TrunkDialog.sdp(port: 6000), more: SIPSessionTests.timer + "x: 1800\r\n")
        let answer = try #require(await stage.far.receive("SIP/2.0 200"))
        #expect(
            answer.line("Session-Expires") == "1800;refresher=uac" && answer.line("CSeq")?.hasSuffix(method) == true)
        if method == "INVITE" { stage.far.send("ACK") }
    }

    private func residentKilobytes() -> Int {
        let status = FileManager.default.contents(atPath: "/proc/self/status").map {
            String(decoding: $0, as: UTF8.self)
        }
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    }

    // MARK: Glare

    /// Calls whose two sides offer at the same moment: with waits as RFC 3261 §14.1 asks all of them settle.
    @Test func glaresConverge() async throws {
        let calls = Self.isLong ? 1_000 : 50
        let glare = try await Glares(calls)
        try await glare.begin()
        #expect(try await glare.office.wait(seconds: 50) { glare.settled == calls * 2 })
        if Self.isLong { print("glares: \(calls), settled: \(glare.settled), crossings: \(glare.crossings)") }
        #expect(glare.crossings >= calls, "each began with one")
        glare.end()
    }
}

/// Standing calls of which both sides offer at once, and the far side of all of them: it owns the Call-IDs.
private final class Glares: Sendable {
    let office: SIPOffice, peer: SIPPeer
    private let count: Int
    private let state = Mutex(State())
    private struct State {
        var dialogs: [String: SIPText] = [:]
        /// The INVITE of ours that waits for its answer: its CSeq, and when it is sent again.
        var pending: [String: Int] = [:], repeats: [String: Date] = [:]
        var begun = Set<String>()
        /// When ours goes again.
        var again: [(at: Date, call: String)] = []
        var sequence: [String: Int] = [:]
        var theirs = Set<String>(), ours = Set<String>()
        var crossings = 0
        var isEnding = false
    }

    var settled: Int { state.withLock { $0.theirs.count + $0.ours.count } }
    var crossings: Int { state.withLock { $0.crossings } }

    init(_ count: Int) async throws {
        self.count = count
        let next = Mutex(0)
        office = try SIPOffice { event, stack in
            switch event {
            case .invited(let arrival):
                let leg = LegID(unchecked: "g\(next.withLock { $0 += 1; return $0 })")
                stack.adopt(arrival.id, as: leg)
                stack.accept(leg, sdp: SIPStackTests.offer)
            case .reoffered(let leg, _): stack.answerOffer(leg, sdp: SIPStackTests.offer)
            default: return
            }
        }
        peer = try SIPPeer()
        for number in 0..<count { try await stand("glare-\(number)") }
    }

    private func stand(_ call: String) async throws {
        let invite = SIPRequest("INVITE", peer, office, call: call)
        peer.send(invite.text, to: office.port)
        let answer = try #require(await peer.receive("SIP/2.0 200"))
        peer.send(invite.following("ACK", 1, to: answer).text, to: office.port)
        state.withLock { ($0.dialogs[call], $0.sequence[call]) = (SIPText(answer), 1) }
    }

    /// The office offers in all calls, a few at a time; the far side offers in the same moment, on a thread.
    func begin() async throws {
        let confirmed = { [office] in office.events.count { if case .confirmed = $0 { true } else { false } } }
        #expect(try await office.wait { confirmed() == self.count })
        office.stack.post { [self] in
            for number in 1...count {
                office.stack.after(milliseconds: number * 4) { [office] in
                    office.stack.reoffer(LegID(unchecked: "g\(number)"), sdp: TrunkDialog.sdp(port: 7000))
                }
            }
            Thread { [self] in play() }.start()
        }
    }

    private func play() {
        while !state.withLock({ $0.isEnding }) {
            if let text = peer.receiveNow(waitingMs: 5) { hear(SIPText(text)) }
            goAgain()
        }
    }

    func end() {
        state.withLock { $0.isEnding = true }
        office.stop()
    }

    private func request(_ method: String, _ call: String, _ sequence: Int) -> SIPRequest {
        let answer = state.withLock { $0.dialogs[call]?.text ?? "" }
        return SIPRequest("INVITE", peer, office, call: call).following(method, sequence, to: answer)
    }

    private func offer(_ call: String) {
        let sequence = state.withLock { state in
            let next = state.pending[call] ?? state.sequence[call, default: 1] + 1
            (state.sequence[call], state.pending[call]) = (next, next)
            state.repeats[call] = Date(timeIntervalSinceNow: 1)
            return next
        }
        var invite = request("INVITE", call, sequence)
        invite.body = SIPRequest.sdp
        peer.send(invite.text, to: office.port)
    }

    private func goAgain() {
        let now = Date()
        let due = state.withLock { state in
            defer { state.again.removeAll { $0.at <= now } }
            let silent = state.repeats.filter { $0.value <= now && state.pending[$0.key] != nil }.map(\.key)
            return state.again.filter { $0.at <= now }.map(\.call) + silent
        }
        for call in due { offer(call) }
    }

    private func hear(_ message: SIPText) {
        guard let call = message.line("Call-ID") else { return }
        if message.text.hasPrefix("INVITE") { return invited(message, call) }
        guard message.text.hasPrefix("SIP/2.0 "), !message.text.hasPrefix("SIP/2.0 1"), let number = message.sequence,
            message.line("CSeq")?.hasSuffix("INVITE") == true
        else { return }
        let isTaken = message.text.hasPrefix("SIP/2.0 2")
        var ack = request("ACK", call, number)
        if !isTaken { ack.branch = request("INVITE", call, number).branch }
        peer.send(ack.text, to: office.port)
        state.withLock { state in
            guard state.pending[call] == number else { return }
            state.pending[call] = nil
            if isTaken {
                state.theirs.insert(call)
            } else {
                state.crossings += 1
                // The owner of the Call-ID (RFC 3261 §14.1).
                state.again.append((Date(timeIntervalSinceNow: Double(Int.random(in: 210...400)) / 100), call))
            }
        }
    }

    /// The office's offer: 491 while one of ours is out.
    private func invited(_ invite: SIPText, _ call: String) {
        if state.withLock({ $0.begun.insert(call).inserted }) { offer(call) }
        let crosses = state.withLock { state in
            if state.pending[call] != nil { state.crossings += 1 } else { state.ours.insert(call) }
            return state.pending[call] != nil
        }
        peer.answer(
            invite.text, status: crosses ? "491 Request Pending" : "200 OK",
            extra: "Contact: <sip:far@127.0.0.1:\(peer.port)>\r\n", body: crosses ? "" : SIPRequest.sdp, to: office.port
        )
    }
}
