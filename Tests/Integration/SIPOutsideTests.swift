import Foundation
import LocalHouse
import SIPStack
import Synchronization
import TelephonyModel
import Testing

/// Requests outside of calls: OPTIONS, REGISTER; challenges; a target that is given up.
@Suite(.serialized) struct SIPOutsideTests {
    static let leg = SIPStackTests.leg
    static let account = SIPCredentials(user: "rufbus", password: "secret")

    static func registration(to port: UInt16, seconds: Int = 60, password: SIPCredentials? = account) -> SIPRegistration
    {
        SIPRegistration(
            target: SIPTarget(user: "", address: "127.0.0.1", port: port), domain: "pbx.example", user: "rufbus",
            expirySeconds: seconds, credentials: password, callID: "registration", sequence: 7)
    }

    /// What an office's request ends with.
    static func ask(
        _ office: SIPOffice, _ work: @escaping @Sendable (SIPStack, @escaping (SIPAnswer) -> Void) -> Void
    ) async -> SIPAnswer {
        await withCheckedContinuation { done in
            office.stack.post { [stack = office.stack] in work(stack) { done.resume(returning: $0) } }
        }
    }

    static func register(_ office: SIPOffice, _ wish: SIPRegistration) async -> SIPAnswer {
        await ask(office) { stack, done in stack.register(wish, limitMs: 3_000, done) }
    }

    // MARK: OPTIONS

    @Test func optionsAreAnsweredBySomebody() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let target = SIPTarget(user: "", address: "127.0.0.1", port: far.port)
        let answer = Task { await Self.ask(office) { stack, done in stack.options(target, limitMs: 3_000, done) } }
        let request = try #require(await far.receive())
        #expect(request.hasPrefix("OPTIONS sip:127.0.0.1:\(far.port) SIP/2.0\r\n"))
        #expect(SIPText(request).line("Session-ID")?.firstMatch(of: #/^[0-9a-f]{32};remote=0{32}$/#) != nil)
        #expect(SIPText(request).line("Max-Forwards") == "70")
        far.answer(request, to: office.port)
        let said = await answer.value
        #expect(said.status == 200 && !said.isLocal)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func silenceIsNoticedInTime() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let target = SIPTarget(user: "", address: "127.0.0.1", port: far.port)
        let answer = await Self.ask(office) { stack, done in stack.options(target, limitMs: 1_500, done) }
        #expect(answer.status == 408 && answer.isLocal)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    // MARK: REGISTER

    @Test func aChallengeIsAnsweredOnce() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let wish = Self.registration(to: far.port)
        let answer = Task { await Self.register(office, wish) }
        let first = try #require(await far.receive("REGISTER sip:pbx.example SIP/2.0"))
        #expect(SIPText(first).line("Contact") == "<sip:rufbus@127.0.0.1:\(office.port)>;expires=60")
        #expect(SIPText(first).line("Call-ID") == "registration")
        #expect(SIPText(first).line("To") == "<sip:rufbus@pbx.example>")
        far.challenge(first, 401, "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"abc\"", to: office.port)
        let second = try #require(await far.receive("REGISTER"))
        let digest = try #require(SIPText(second).line("Authorization"))
        #expect(digest.contains("username=\"rufbus\"") && digest.contains("nonce=\"abc\""))
        // MD5 of MD5(rufbus:pbx:secret) : abc : MD5(REGISTER:sip:pbx.example), RFC 2617 §3.2.2.
        #expect(digest.contains("response=\"\(Self.digest)\""), "\(digest)")
        let sequences = [first, second].compactMap { SIPText($0).line("CSeq")?.split(separator: " ").first }
            .compactMap { Int($0) }
        #expect(sequences.count == 2 && sequences[0] == 7 && sequences[1] >= 7)
        far.challenge(second, 401, "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"def\"", to: office.port)
        let said = await answer.value
        #expect(said.status == 401 && said.isUnauthorised)
        #expect(await far.receive("REGISTER", seconds: 1) == nil, "no third one")
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    static let digest = "351ba4df8eb35a006ac2f5b2837e53c4"

    @Test func anAnswerSaysForHowLong() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let wish = Self.registration(to: far.port, password: nil)
        let answer = Task { await Self.register(office, wish) }
        let request = try #require(await far.receive("REGISTER"))
        far.answer(request, extra: "Contact: <sip:rufbus@127.0.0.1:\(office.port)>;expires=45\r\n", to: office.port)
        #expect(await answer.value.expirySeconds == 45)
        office.stop()
    }

    /// 423, and what other than MD5 is asked for.
    @Test func whatTheKeeperMustKnowIsRead() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let wish = Self.registration(to: far.port)
        let unusual = Task { await Self.register(office, wish) }
        let first = try #require(await far.receive("REGISTER"))
        far.challenge(
            first, 401, "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"abc\", algorithm=SHA-256", to: office.port)
        #expect(await unusual.value.isUnauthorised)
        let busy = Task { await Self.register(office, wish) }
        let second = try #require(await far.receive("REGISTER"))
        far.challenge(second, 503, "Retry-After: 17", to: office.port)
        #expect(await busy.value.retryAfterSeconds == 17)
        let brief = Task { await Self.register(office, wish) }
        for _ in 0..<2 {
            guard let third = await far.receive("REGISTER", seconds: 1) else { break }
            far.challenge(third, 423, "Min-Expires: 90", to: office.port)
        }
        let said = await brief.value
        #expect(said.status == 423 && said.leastSeconds == 90)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    // MARK: INVITE

    @Test(arguments: [(401, "WWW-Authenticate", "Authorization"), (407, "Proxy-Authenticate", "Proxy-Authorization")])
    func anInviteIsAuthorisedOnce(_ status: Int, _ challenge: String, _ answer: String) async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        var invitation = SIPStackTests.invitation(to: far.port)
        invitation.credentials = Self.account
        office.stack.post { [stack = office.stack, invitation] in stack.invite(Self.leg, invitation) }
        let first = try #require(await far.receive("INVITE"))
        far.challenge(first, status, "\(challenge): Digest realm=\"pbx\", nonce=\"abc\", qop=\"auth\"", to: office.port)
        let second = try #require(await far.receive("INVITE"))
        #expect(SIPText(second).line(answer)?.contains("username=\"rufbus\"") == true)
        #expect(second.contains("\r\n\r\nv=0"), "with its offer")
        far.challenge(
            second, status, "\(challenge): Digest realm=\"pbx\", nonce=\"def\", qop=\"auth\"", to: office.port)
        #expect(
            try await office.wait {
                if case .failed(Self.leg, status: status, _, nil, isLocal: false) = $0 { true } else { false }
            })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func withoutCredentialsAChallengeIsARefusal() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let invitation = SIPStackTests.invitation(to: far.port)
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, invitation) }
        let first = try #require(await far.receive("INVITE"))
        far.challenge(first, 407, "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"abc\"", to: office.port)
        #expect(
            try await office.wait {
                if case .failed(Self.leg, status: 407, _, nil, isLocal: false) = $0 { true } else { false }
            })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    /// The first target says nothing and is left; when it wakes up, its call is ended and nobody sees it.
    @Test func aTargetThatSaysNothingIsLeft() async throws {
        let office = try SIPOffice()
        let silent = try SIPPeer(), next = try SIPPeer()
        let invitations = [silent, next].map { SIPStackTests.invitation(to: $0.port) }
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, invitations[0]) }
        let first = try #require(await silent.receive("INVITE"))
        let left = Mutex(false)
        office.stack.post { [stack = office.stack] in
            let isLeft = stack.abandon(Self.leg)
            left.withLock { $0 = isLeft }
            stack.invite(Self.leg, invitations[1])
        }
        let second = try #require(await next.receive("INVITE"))
        #expect(left.withLock { $0 })
        next.answer(
            second, extra: "Contact: <sip:far@127.0.0.1:\(next.port)>\r\n", body: SIPStackTests.offer, to: office.port)
        #expect(try await office.wait { if case .answered = $0 { true } else { false } })
        // Late, it answers after all.
        silent.answer(
            first, extra: "Contact: <sip:late@127.0.0.1:\(silent.port)>\r\n", body: SIPStackTests.offer,
            to: office.port)
        #expect(await silent.receive("ACK") != nil)
        let bye = try #require(await silent.receive("BYE"))
        silent.answer(bye, to: office.port)
        #expect(office.events.count { if case .answered = $0 { true } else { false } } == 1)
        #expect(!office.events.contains(.lost(Self.leg)))
        office.stack.post { [stack = office.stack] in stack.forget(Self.leg) }
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func whoHasAnsweredIsNotLeft() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        let invitation = SIPStackTests.invitation(to: far.port)
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, invitation) }
        let request = try #require(await far.receive("INVITE"))
        far.challenge(request, 180, "X-Nothing: 1", to: office.port)
        #expect(try await office.wait { if case .provisional = $0 { true } else { false } })
        let left = Mutex<Bool?>(nil)
        office.stack.post { [stack = office.stack] in
            let isLeft = stack.abandon(Self.leg)
            left.withLock { $0 = isLeft }
        }
        #expect(try await office.wait { left.withLock { $0 } == false })
        office.stop()
    }

    // MARK: Many

    /// 500 of each: no handle stays. With RUFBUS_LONG 10,000 of each, twice: the second time needs no more memory than
    /// the first, when the library's transactions have lapsed (RFC 3261 §17.1.2.2, 32 s).
    @Test func manyRequestsLeaveNothing() async throws {
        let office = try SIPOffice(), far = try SIPOffice()
        let target = SIPTarget(user: "", address: "127.0.0.1", port: far.port)
        func round(_ many: Int) async {
            for _ in 0..<many {
                _ = await Self.ask(office) { stack, done in stack.options(target, limitMs: 3_000, done) }
                _ = await Self.register(office, Self.registration(to: far.port))
            }
        }
        if ProcessInfo.processInfo.environment["RUFBUS_LONG"] == nil {
            await round(500)
        } else {
            var resident: [Int] = []
            for _ in 0..<2 {
                await round(10_000)
                try await Task.sleep(for: .seconds(40))
                resident.append(ProcessFigures.residentBytes(getpid()) ?? 0)
            }
            print("resident after 10,000 and 20,000 OPTIONS and REGISTER each: \(resident)")
            #expect(resident[1] - resident[0] < 8_000_000)
        }
        #expect(office.stack.counters.handles == 0 && far.stack.counters.handles == 0)
        office.stop()
        far.stop()
    }
}

extension SIPPeer {
    /// An answer with a status and one more line.
    func challenge(_ request: String, _ status: Int, _ line: String, to port: UInt16) {
        let read = SIPText(request)
        let vias = read.lines("Via").map { "Via: \($0)" }
        let to = (read.line("To") ?? "") + ";tag=far"
        let lines =
            ["SIP/2.0 \(status) Said"] + vias + [
                "From: \(read.line("From") ?? "")", "To: \(to)", "Call-ID: \(read.line("Call-ID") ?? "")",
                "CSeq: \(read.line("CSeq") ?? "")", line, "Content-Length: 0", "", "",
            ]
        send(lines.joined(separator: "\r\n"), to: port)
    }
}
