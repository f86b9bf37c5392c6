import BusContract
import Foundation
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension BusTests {
    @Suite struct Requests {
        private let query = JournalQuery(user: UserID(unchecked: "anna"), limit: 10)
        private let hangUp = ClearConnection(call: CallID(unchecked: "c1"), user: UserID(unchecked: "anna"))

        /// The refusal that a request ends with, and how long it took.
        private func refusal<R: BusRequest>(_ bus: Bus, _ request: R, to instance: String? = nil, limitMs: Int = 2_000)
            async -> (Refusal?, Duration)
        {
            let start = ContinuousClock.now
            do throws(Refusal) {
                _ = try await bus.request(request, to: instance.map { InstanceID(unchecked: $0) }, limitMs: limitMs)
                return (nil, .now - start)
            } catch {
                return (error, .now - start)
            }
        }

        @Test func aSharedQueueAnswersAndRefuses() async throws {
            let (journal, cti) = (BusStage.bus("journal"), BusStage.bus("cti"))
            journal.serve(JournalQuery.self) { query, responder in
                if query.limit == 13 { return responder.refuse(Refusal(422, "unlucky", "Take another number.")) }
                responder.answer(.init(entries: []))
                responder.refuse(Refusal(500, "twice", "A second answer is dropped."))
            }
            try await journal.open()
            try await cti.open()
            #expect(try await cti.request(query).entries.isEmpty)
            let (refusal, _) = await refusal(cti, JournalQuery(user: query.user, limit: 13))
            #expect(refusal == Refusal(422, "unlucky", "Take another number."))
            #expect(cti.counters.strayReplies == 0)
            await cti.close()
            await journal.close()
        }

        @Test func anOrderIsDoneAndNobodyAnswers() async throws {
            let (signaling, cti) = (BusStage.bus("signaling"), BusStage.bus("cti"))
            let done = Inbox<CallID>()
            signaling.serve(ClearConnection.self) { wish, responder in
                responder.answer(Done())
                done.add(wish.call)
            }
            #expect(!cti.order(hangUp, to: signaling.instance), "the bus is not open yet")
            try await signaling.open()
            try await cti.open()
            #expect(cti.order(hangUp, to: signaling.instance))
            #expect(cti.order(hangUp, to: InstanceID(unchecked: "nobody")))
            _ = try await cti.request(hangUp, to: signaling.instance)  // An answer to the order would come before its.
            #expect(try await done.wait(for: 2) == [hangUp.call, hangUp.call])
            #expect(cti.counters.strayReplies == 0)
            await cti.close()
            await signaling.close()
        }

        @Test func fiveHundredAtOnceAreAllAnswered() async throws {
            let (journal, cti) = (BusStage.bus("journal"), BusStage.bus("cti"))
            journal.serve(JournalQuery.self) { query, responder in
                let refusal = Refusal(query.limit, "echo", "")
                Task { responder.refuse(refusal) }
            }
            try await journal.open()
            try await cti.open()
            let answers = Inbox<Int>()
            for number in 0..<500 {
                cti.request(JournalQuery(user: query.user, limit: number), limitMs: 20_000) { result in
                    if case .failure(let refusal) = result { answers.add(refusal.status) }
                }
            }
            #expect(Set(try await answers.wait(for: 500, limit: .seconds(20))) == Set(0..<500))
            await cti.close()
            await journal.close()
        }

        @Test func oneInstanceIsAskedAndAMissingOneIsKnownAtOnce() async throws {
            let (first, second) = (BusStage.bus("signaling", "s1"), BusStage.bus("signaling", "s2"))
            let cti = BusStage.bus("cti")
            for bus in [first, second] {
                bus.serve(ClearConnection.self) { [instance = bus.instance] _, responder in
                    responder.refuse(Refusal(409, instance.rawValue, ""))
                }
            }
            try await first.open()
            try await second.open()
            try await cti.open()
            for name in ["s1", "s2", "s1"] { #expect(await refusal(cti, hangUp, to: name).0?.code == name) }
            let (missing, time) = await refusal(cti, hangUp, to: "s3", limitMs: 30_000)
            #expect(missing?.code == "no-such-instance" && missing?.status == 503)
            #expect(missing?.sentence.contains("signaling s3") == true && time < .seconds(5))
            for bus in [first, second, cti] { await bus.close() }
        }

        @Test func aSlowAnswerIsATimeoutAndItsLateReplyIsCounted() async throws {
            let (journal, cti) = (BusStage.bus("journal"), BusStage.bus("cti"))
            let held = Inbox<Responder<JournalQuery.Answer>>()
            journal.serve(JournalQuery.self) { _, responder in held.add(responder) }
            try await journal.open()
            try await cti.open()
            let (refusal, time) = await refusal(cti, query, limitMs: 300)
            #expect(refusal?.code == "timeout" && refusal?.sentence.contains("journal") == true)
            #expect(time >= .milliseconds(300) && time < .seconds(3))
            held.all.first?.answer(.init(entries: []))
            try await eventually { cti.counters.strayReplies == 1 }
            #expect(cti.counters.strayReplies == 1)
            await cti.close()
            await journal.close()
        }

        @Test func aRequestThatNobodyTookInTimeIsNotDoneLater() async throws {
            let cti = BusStage.bus("cti")
            try await cti.open()
            #expect(await refusal(cti, query, limitMs: 200).0?.code == "timeout")
            let served = Inbox<Int>()
            let journal = BusStage.bus("journal")
            journal.serve(JournalQuery.self) { query, responder in
                served.add(query.limit)
                responder.answer(.init(entries: []))
            }
            try await journal.open()
            _ = try await cti.request(JournalQuery(user: query.user, limit: 99))
            #expect(served.all == [99])
            await cti.close()
            await journal.close()
        }

        @Test func whatCannotBeReadIsRefusedInWords() async throws {
            let (journal, cti) = (BusStage.bus("journal"), BusStage.bus("cti"))
            journal.serve(JournalQuery.self) { _, responder in responder.answer(.init(entries: [])) }
            try await journal.open()
            try await cti.open()
            let (unknown, _) = await refusal(cti, NewerRequest())
            #expect(unknown?.status == 422 && unknown?.code == "unknown-request")
            let (malformed, _) = await refusal(cti, MalformedQuery())
            #expect(malformed?.status == 400 && malformed?.sentence.contains("user") == true)
            #expect(journal.counters.unreadable == 2 && journal.counters.dead == 0)
            await cti.close()
            await journal.close()
        }

        /// What a later version may ask on the same queue.
        private struct NewerRequest: BusRequest {
            static let type = "rufbus.journal.export.v1"
            static let service = "journal"
            static let sharedVerb: String? = "query"
            typealias Answer = Done
        }
        private struct MalformedQuery: BusRequest {
            static let type = JournalQuery.type
            static let service = "journal"
            static let sharedVerb: String? = "query"
            var limit = 1
            typealias Answer = JournalQuery.Answer
        }
    }
}
