import Foundation
import SIPStack
import Synchronization
import TelephonyModel
import Testing

/// Whole calls between the stack and sipp: who hangs up, who refuses, what crosses.
@Suite(.serialized) struct SIPStackTests {
    static let leg = LegID(unchecked: "leg-1")
    static let offer =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8\r\n"

    static func invitation(to port: UInt16) -> SIPInvitation {
        SIPInvitation(
            target: SIPTarget(user: "0004917112345", address: "127.0.0.1", port: port), from: "+498984098723",
            assertedIdentity: "+498984098723", diversion: DivertedFrom(number: "+498984098723"),
            sessionID: "0123456789abcdef0123456789abcdef", sdp: offer)
    }

    /// Takes each call as the leg that is named by its number, rings and answers it.
    static func answering(_ then: @escaping SIPOffice.Reaction = { _, _ in }) -> SIPOffice.Reaction {
        { event, stack in
            if case .invited(let arrival) = event {
                stack.adopt(arrival.id, as: leg, sessionID: "0123456789abcdef0123456789abcdef")
                stack.provisional(leg, status: 180, assertedIdentity: "+498984098723")
                stack.accept(leg, sdp: offer, assertedIdentity: "+498984098723")
            }
            then(event, stack)
        }
    }

    // MARK: They call us

    @Test func aCallerIsAnsweredAndHangsUp() async throws {
        let office = try SIPOffice(react: Self.answering())
        let sipp = try SIPp("caller-hangs-up", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(
            try await office.wait {
                $0 == .hungUp(Self.leg, [ReasonHeader("Q.850", cause: 16, text: "Normal call clearing")])
            })
        office.stop()
        #expect(office.events.contains(.confirmed(Self.leg, sdp: nil)))
        #expect(
            office.ladder(Self.leg) == [
                "< INVITE", "> 100 INVITE", "> 180 INVITE", "> 200 INVITE", "< ACK", "< BYE", "> 200 BYE",
            ])
        #expect(office.stack.counters.handles == 0 && office.stack.counters.records == 0)
    }

    @Test func aCallerIsAnsweredAndHungUp() async throws {
        let office = try SIPOffice(
            react: Self.answering { event, stack in
                if case .confirmed(let leg, _) = event { stack.bye(leg, ReasonHeader("Q.850", cause: 16)) }
            })
        let sipp = try SIPp("caller-is-hung-up", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func byeBeforeTheACKWaitsForIt() async throws {
        let office = try SIPOffice(
            react: Self.answering { event, stack in if case .invited = event { stack.bye(Self.leg) } })
        let sipp = try SIPp("caller-is-hung-up", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
    }

    @Test(arguments: [302, 404, 408, 480, 486, 488, 503, 603]) func aCallerIsRefused(_ status: Int) async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.refuse(
                Self.leg, status: status, ReasonHeader("Q.850", cause: 17, text: "say \"busy\"\r\nX-Bad: 1"),
                headers: status == 302 ? [("Contact", "<sip:23@127.0.0.1>")] : [("Retry-After", "2")])
        }
        let sipp = try SIPp("caller-is-refused", calling: office.port, status: status)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        office.stop()
        #expect(office.ladder(Self.leg) == ["< INVITE", "> 100 INVITE", "> \(status) INVITE"])
        #expect(office.stack.counters.handles == 0)
    }

    @Test func anArrivalThatNobodyTakesIsAnswered500() async throws {
        let office = try SIPOffice()
        let sipp = try SIPp("caller-is-refused", calling: office.port, status: 500)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        office.stop()
        #expect(office.stack.counters.unclaimed == 1 && office.stack.counters.handles == 0)
    }

    @Test func aCallerGivesUp() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let sipp = try SIPp("caller-gives-up", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        let elsewhere = ReasonHeader("SIP", cause: 200, text: "Call completed elsewhere")
        #expect(try await office.wait { $0 == .cancelled(Self.leg, [elsewhere]) })
        // Late commands to a leg that is over do nothing.
        office.stack.post { [stack = office.stack] in stack.accept(Self.leg, sdp: Self.offer) }
        office.stop()
        #expect(
            office.ladder(Self.leg) == [
                "< INVITE", "> 100 INVITE", "> 180 INVITE", "< CANCEL", "> 200 CANCEL", "> 487 INVITE",
            ])
        #expect(office.stack.counters.handles == 0)
    }

    @Test func anInviteWithoutOfferGetsOursAndAnswersInTheACK() async throws {
        let office = try SIPOffice(react: Self.answering())
        let sipp = try SIPp("caller-without-offer", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        office.stop()
        let answer = office.events.firstNonNil { event -> String? in
            if case .confirmed(_, let sdp) = event { sdp } else { nil }
        }
        #expect(answer?.contains("m=audio 40000") == true)
        #expect(office.ladder(Self.leg).prefix(4) == ["< INVITE", "> 100 INVITE", "> 180 INVITE", "> 200 INVITE"])
    }

    @Test func offersInACallAreAnswered() async throws {
        let office = try SIPOffice(
            react: Self.answering { event, stack in
                if case .reoffered(let leg, _) = event { stack.answerOffer(leg, sdp: Self.offer) }
            })
        let sipp = try SIPp("caller-reoffers", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { $0 == .hungUp(Self.leg, []) })
        office.stop()
        let offers = office.events.compactMap { event -> String? in
            if case .reoffered(_, let sdp) = event { sdp } else { nil }
        }
        #expect(offers.map { $0.contains("m=audio 40010") } == [true, false])
        #expect(offers.map { $0.contains("m=audio 40020") } == [false, true])
        #expect(office.events.contains(.reconfirmed(Self.leg, sdp: nil)))
    }

    // MARK: We call them

    @Test func aCalleeAnswersAndIsHungUp() async throws {
        let office = try SIPOffice { event, stack in
            guard case .answered(let leg, _, _) = event else { return }
            stack.acknowledge(leg)
            stack.after(milliseconds: 50) { stack.bye(leg, ReasonHeader("Q.850", cause: 16, text: "done")) }
        }
        let sipp = try SIPp("callee-is-hung-up")
        try await Task.sleep(for: .milliseconds(300))
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, Self.invitation(to: sipp.port)) }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
        #expect(
            office.ladder(Self.leg) == [
                "> INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK", "> BYE", "< 200 BYE",
            ])
        #expect(office.events.contains(.provisional(Self.leg, status: 180, sdp: nil)))
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aCalleeAnswersAndHangsUp() async throws {
        let office = try SIPOffice { event, stack in
            if case .answered(let leg, _, _) = event { stack.acknowledge(leg) }
        }
        let sipp = try SIPp("callee-hangs-up")
        try await Task.sleep(for: .milliseconds(300))
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, Self.invitation(to: sipp.port)) }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(
            try await office.wait {
                $0 == .hungUp(Self.leg, [ReasonHeader("Q.850", cause: 16, text: "Normal call clearing")])
            })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    /// The stack follows no 302 and tries no 503 with Retry-After again: the phone would ring after the user gave up.
    @Test func calleesRefuse() async throws {
        let office = try SIPOffice()
        let statuses = [302, 401, 407, 408, 480, 486, 500, 503, 603]
        let callees = try statuses.map { try SIPp("callee-refuses", status: $0) }
        try await Task.sleep(for: .milliseconds(500))
        for (status, callee) in zip(statuses, callees) {
            office.stack.post { [stack = office.stack] in
                stack.invite(LegID(unchecked: "leg-\(status)"), Self.invitation(to: callee.port))
            }
        }
        for callee in callees {
            let complaint = await callee.complaint()
            #expect(complaint == nil)
        }
        office.stop()
        for status in statuses {
            let leg = LegID(unchecked: "leg-\(status)")
            #expect(office.ladder(leg) == ["> INVITE", "< 100 INVITE", "< \(status) INVITE"])
            let told: SIPEvent =
                status == 302
                ? .redirected(leg, status: status, to: [])
                : .failed(leg, status: status, phrase: "Refused", cause: 17, isLocal: false)
            #expect(office.events.contains(told))
        }
        #expect(office.stack.counters.handles == 0)
    }

    /// A closed port: nobody but the stack says 503.
    @Test func aTrunkThatIsNotThereIsTheStacksOwnFinding() async throws {
        let office = try SIPOffice()
        let closed = try SIPPeer.freePort()
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, Self.invitation(to: closed)) }
        #expect(
            try await office.wait {
                if case .failed(Self.leg, 503, _, nil, isLocal: true) = $0 { true } else { false }
            })
        office.stop()
        #expect(office.ladder(Self.leg) == ["> INVITE"])
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aRingingCalleeIsCancelled() async throws {
        let office = try SIPOffice { event, stack in
            if case .provisional(let leg, _, _) = event {
                stack.cancel(leg, ReasonHeader("SIP", cause: 200, text: "Call completed elsewhere"))
            }
        }
        let sipp = try SIPp("callee-is-cancelled")
        try await Task.sleep(for: .milliseconds(300))
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, Self.invitation(to: sipp.port)) }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { if case .failed(Self.leg, 487, _, _, _) = $0 { true } else { false } })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aCancelBeforeAnyAnswerWaitsForOne() async throws {
        let office = try SIPOffice()
        let sipp = try SIPp("callee-is-cancelled")
        try await Task.sleep(for: .milliseconds(300))
        office.stack.post { [stack = office.stack] in
            stack.invite(Self.leg, Self.invitation(to: sipp.port))
            stack.cancel(Self.leg)
        }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { if case .failed(Self.leg, 487, _, _, _) = $0 { true } else { false } })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    /// Phones behind a slow network say nothing but 100 for long: that is enough for the CANCEL.
    @Test func aCalleeThatHasSaidTryingOnlyIsCancelled() async throws {
        let office = try SIPOffice { event, stack in
            if case .provisional(let leg, 100, nil) = event { stack.cancel(leg) }
        }
        let sipp = try SIPp("callee-only-tries")
        try await Task.sleep(for: .milliseconds(300))
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, Self.invitation(to: sipp.port)) }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { if case .failed(Self.leg, 487, _, _, _) = $0 { true } else { false } })
        office.stop()
        #expect(
            office.ladder(Self.leg) == [
                "> INVITE", "< 100 INVITE", "> CANCEL", "< 200 CANCEL", "< 487 INVITE",
            ])
        #expect(office.stack.counters.handles == 0)
    }

    // MARK: Life

    @Test func afterTwoHundredCallsNoHandleIsLeft() async throws {
        let next = Mutex(0)
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            let leg = LegID(unchecked: "leg-\(next.withLock { $0 += 1; return $0 })")
            stack.adopt(arrival.id, as: leg)
            stack.provisional(leg, status: 180)
            stack.accept(leg, sdp: Self.offer)
        }
        let sipp = try SIPp("caller-hangs-up", calling: office.port, calls: 200, rate: 100)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
        #expect(next.withLock { $0 } == 200)
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let first = try SIPOffice()
        defer { first.stop() }
        let second = SIPStack(SIPSettings(address: "127.0.0.1", port: first.port), logger: .init(label: "sip")) { _ in }
        #expect(throws: SIPStackError.cannotBind(address: "127.0.0.1", port: first.port)) { try second.run() }
    }

    @Test func whatStandsAtTheEndIsHungUp() async throws {
        let office = try SIPOffice(react: Self.answering())
        let sipp = try SIPp("caller-is-hung-up", calling: office.port)
        #expect(try await office.wait { $0 == .confirmed(Self.leg, sdp: nil) })
        office.stop()
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(office.stack.counters.handles == 0)
    }

    @Test func timersFireOnceAndNotAfterCancel() async throws {
        let office = try SIPOffice()
        let fired = Mutex<[String]>([])
        office.stack.post { [stack = office.stack] in
            stack.after(milliseconds: 40) { fired.withLock { $0.append("second") } }
            stack.after(milliseconds: 10) { fired.withLock { $0.append("first") } }
            let never = stack.after(milliseconds: 20) { fired.withLock { $0.append("never") } }
            stack.cancel(never)
            stack.after(milliseconds: 0) { fired.withLock { $0.append("at once") } }
        }
        #expect(try await office.wait { fired.withLock { $0.contains("second") } })
        office.stop()
        #expect(fired.withLock { $0 } == ["at once", "first", "second"])
    }
}

extension Sequence {
    fileprivate func firstNonNil<Found>(_ read: (Element) -> Found?) -> Found? {
        for element in self { if let found = read(element) { return found } }
        return nil
    }
}
