import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

extension RecordsTests {
    /// Every event stored once, one right entry a call, whatever happens in between.
    @Suite struct Journal {
        let neighbours = PresenceStage.neighbours

        private func calls(_ count: Int) throws -> [JournalCall] {
            try (0..<count).map { try JournalCall(of: JournalCall.users[$0 % JournalCall.users.count]) }
        }

        private func send(_ messages: [JournalCall.Message]) throws { try neighbours.house.send(messages) }

        private func count(_ table: String) async throws -> Int {
            Int(try await neighbours.house.database.sql("SELECT count(*) FROM \(table)", database: "journal")) ?? -1
        }

        private func areFinal(_ calls: [JournalCall]) async throws -> Bool {
            let ids = calls.map { "'\($0.call.call)'" }.joined(separator: ",")
            return try await count("entries WHERE final AND call IN (\(ids))") == calls.count
        }

        private func entries(of user: String) async throws(Refusal) -> [JournalEntry] {
            try await neighbours.cti.request(JournalQuery(user: UserID(unchecked: user), limit: 200)).entries
        }

        @Test(.timeLimit(.minutes(3))) func fiveHundredCallsInAnyOrderAndTwiceAreFiveHundredRightEntries() async throws
        {
            let calls = try calls(500)
            let once = calls.flatMap(\.messages)
            let (events, told) = (
                try await count("events WHERE NOT type LIKE '%journal%'"), neighbours.written.all.count
            )
            try send((once + once.filter { _ in Int.random(in: 0..<3) == 0 }).shuffled())
            #expect(try await eventually(.seconds(60)) { try await areFinal(calls) })
            #expect(
                try await eventually {
                    try await count("events WHERE NOT type LIKE '%journal%'") == events + once.count
                })
            for user in JournalCall.users {
                let own = calls.filter { $0.call.seat.rawValue == user }
                let entries = try await entries(of: user).filter { entry in own.contains { $0.call.call == entry.call }
                }
                #expect(entries.count == 25)
                for entry in entries { check(entry, own) }
            }
            try await eventually(.seconds(20)) { Set(neighbours.written.all).count >= told + 500 }
            #expect(Set(neighbours.written.all).isSuperset(of: calls.map(\.call.call)))
            #expect(neighbours.written.all.count == told + 500)  // Each told once.
        }

        private func check(_ entry: JournalEntry, _ calls: [JournalCall]) {
            #expect(entry.final && entry.ringMs == 5_000 && entry.talkMs == 60_250 && entry.reason == .completed)
            #expect(entry.legs.count == 2 && entry.legs.allSatisfy { $0.endedAt != nil })
            #expect(entry.deviceKind == .mobile && entry.direction == .incoming)
            #expect(entry.media.isEmpty || entry.media.map(\.packetsReceived) == [3_012, 3_012])
        }

        @Test(.timeLimit(.minutes(2))) func aKilledDatabaseLosesNothing() async throws {
            let calls = try calls(200)
            let messages = calls.flatMap(\.messages).shuffled()
            try send(Array(messages[..<600]))
            await neighbours.house.database.kill()
            try send(Array(messages[600...]))
            try await neighbours.house.database.start()
            #expect(try await eventually(.seconds(60)) { try await areFinal(calls) })
            let ids = calls.map { "'\($0.call.call)'" }.joined(separator: ",")
            let kept = "events WHERE NOT type LIKE '%journal%' AND call IN (\(ids))"
            #expect(try await eventually { try await count(kept) == messages.count })
        }

        @Test(.timeLimit(.minutes(2))) func aKilledJournalLosesNothing() async throws {
            let calls = try calls(100)
            let messages = calls.flatMap(\.messages).shuffled()
            try send(Array(messages[..<400]))
            await neighbours.house.service("journal").kill()
            try send(Array(messages[400...]))
            try await neighbours.house.startService("journal")
            #expect(try await eventually(.seconds(60)) { try await areFinal(calls) })
        }

        @Test func garbageLandsInTheDeadQueueWithItsReason() async throws {
            let key = RoutingKey.call(.started, UserID(unchecked: "anna"), CallID(unchecked: "c1"))
            let bodies = [
                "this is no JSON", #"{"id":"1"}"#,
                #"{"specversion":"1.0","id":"a\u0000","source":"s","type":"t","time":"x","data":{}}"#,
            ]
            let reasons = ["not JSON", "\"specversion\" is missing", "none of them 0"]
            try send(bodies.map { .init(key: key, type: "x", id: uuid7(), body: Array($0.utf8), isMedia: false) })
            let encoded = bodies.map { Data($0.utf8).base64EncodedString() }
            try await eventually(.seconds(15)) { Set(neighbours.dead.all.map(\.body)).isSuperset(of: encoded) }
            for (body, reason) in zip(encoded, reasons) {
                let message = neighbours.dead.all.first { $0.body == body }
                #expect(message?.key == key)
                #expect(message?.why.contains(reason) == true, "\(message?.why ?? "")")
            }
        }

        @Test func anUnknownTypeIsKeptAndALadderIsNot() async throws {
            let call = TestCall()
            let weather = Envelope(
                id: uuid7(), source: "rufbus/signaling/a1", type: "rufbus.weather.v1", time: "2026-03-01T12:00:00.000Z",
                position: call.position(1), data: ["sky": "blue"])
            let message = LegMessage(leg: call.device, role: .device, way: .sent, method: "INVITE", hasSDP: true)
            let ladder = Envelope(
                id: uuid7(), source: "rufbus/signaling/a1", type: LegWhat.message.type,
                time: "2026-03-01T12:00:00.000Z", position: call.position(1), data: message)
            let key = RoutingKey.call(.started, call.seat, call.call)
            try send([
                .init(
                    key: key, type: ladder.type, id: ladder.id, body: Array(try JSONEncoder().encode(ladder)),
                    isMedia: false),
                .init(
                    key: key, type: weather.type, id: weather.id, body: Array(try JSONEncoder().encode(weather)),
                    isMedia: false),
            ])
            #expect(try await eventually { try await count("events WHERE id = '\(weather.id)'") == 1 })
            #expect(try await count("events WHERE id = '\(ladder.id)'") == 0)
        }

        @Test func questionsHaveLimits() async throws {
            let no = await refusal {
                _ = try await neighbours.cti.request(JournalQuery(user: UserID(unchecked: "anna"), limit: 0))
            }
            #expect(no?.status == 422 && no?.sentence.contains("1 to 200") == true)
            let nobody = try await neighbours.cti.request(JournalQuery(user: UserID(unchecked: "nobody"), limit: 5))
            #expect(nobody.entries.isEmpty)
        }
    }
}
