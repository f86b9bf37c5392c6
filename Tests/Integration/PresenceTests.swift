import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

extension RecordsTests {
    /// Lines as rows: never more than there are, never left over.
    @Suite struct Lines {
        let neighbours = PresenceStage.neighbours

        @Test func reservationsAtOnceNeverExceedTheTrunk() async throws {
            let calls = (0..<60).map { _ in TestCall() }
            let (granted, refused) = try await reserve(calls)
            #expect(granted.count == 14 && refused.count == 46)  // Two legs each; 28 of 30 outside lines.
            #expect(try await neighbours.rows() == "28 28")
            let sentence = "All 28 outside lines of trunk pbx that calls may use are busy (28 of 30; 2 are kept free)."
            #expect(refused.allSatisfy { $0.status == 503 && $0.code == "no-line" })
            #expect(refused.allSatisfy { $0.sentence.hasPrefix(sentence) }, "\(refused.first?.sentence ?? "")")
            for call in granted {
                for leg in [call.device, call.party] { try await neighbours.legEnded(leg, of: call) }
            }
            #expect(try await eventually { try await neighbours.rows() == "0 0" })
            let free = LineOccupancy(
                trunk: TestCall.trunk, used: LineUse(sip: 0, outside: 0), capacity: LineUse(sip: 30, outside: 30))
            try await eventually { neighbours.occupancies.all.last == free }
            #expect(neighbours.occupancies.all.last == free)
        }

        private func reserve(_ calls: [TestCall]) async throws -> (granted: [TestCall], refused: [Refusal]) {
            try await withThrowingTaskGroup(of: (TestCall, Refusal?).self) { group in
                for call in calls {
                    group.addTask {
                        let no = await refusal {
                            try await neighbours.lines(call, .reserve(call.bothLegs, evenIfFull: false))
                        }
                        return (call, no)
                    }
                }
                var (granted, refused) = ([TestCall](), [Refusal]())
                for try await (call, no) in group { if let no { refused.append(no) } else { granted.append(call) } }
                return (granted, refused)
            }
        }

        @Test func aRepeatedReservationCountsOnce() async throws {
            let call = TestCall()
            for _ in 0..<3 { try await neighbours.lines(call, .reserve(call.bothLegs, evenIfFull: false)) }
            #expect(try await neighbours.rows() == "2 2")
            try await neighbours.lines(call, .release([call.device]))
            #expect(try await eventually { try await neighbours.rows() == "1 1" })
            try await neighbours.lines(call, .release([call.device, call.party]))
            #expect(try await eventually { try await neighbours.rows() == "0 0" })
        }

        @Test func anIncomingLegCountsAlsoWhenAllIsFull() async throws {
            let call = TestCall()
            let wants = (0..<31).map {
                LinesRequest.Want(
                    leg: LegID(unchecked: "\(call.call)-\($0)"), trunk: TestCall.trunk, use: LineUse(sip: 1, outside: 1)
                )
            }
            #expect(
                await refusal { try await neighbours.lines(call, .reserve(wants, evenIfFull: false)) }?.code
                    == "no-line")
            #expect(try await neighbours.rows() == "0 0")  // All or none.
            try await neighbours.lines(call, .reserve(wants, evenIfFull: true))
            #expect(try await neighbours.rows() == "31 31")
            try await neighbours.lines(call, .release(wants.map(\.leg)))
            #expect(try await eventually { try await neighbours.rows() == "0 0" })
        }

        @Test func anOwnerFromBeforeReservesAndReleasesNothing() async throws {
            let call = TestCall(of: "ben")
            try await neighbours.lines(call, .reserve(call.bothLegs, evenIfFull: false), epoch: 3)
            let no = await refusal {
                try await neighbours.lines(TestCall(of: "ben"), .reserve(call.bothLegs, evenIfFull: false), epoch: 2)
            }
            #expect(no?.status == 409 && no?.code == "superseded")
            try await neighbours.lines(call, .release([call.device, call.party]), epoch: 2)
            // Answered after all that was to be released before.
            try await neighbours.lines(call, .reserve([], evenIfFull: false), epoch: 3)
            #expect(try await neighbours.rows() == "2 2")
            try await neighbours.lines(call, .release([call.device, call.party]), epoch: 3)
            #expect(try await eventually { try await neighbours.rows() == "0 0" })
        }

        @Test func aLegThatEndedBeforeItsReservationHoldsNone() async throws {
            let call = TestCall()
            try await neighbours.legEnded(call.device, of: call)
            // Its own reader's queue: seen when an ordinary release that was sent later took effect.
            let other = TestCall()
            try await neighbours.lines(other, .reserve(other.bothLegs, evenIfFull: false))
            for leg in [other.device, other.party] { try await neighbours.legEnded(leg, of: other) }
            #expect(try await eventually { try await neighbours.rows() == "0 0" })
            try await neighbours.lines(call, .reserve([call.bothLegs[0]], evenIfFull: true))
            #expect(try await neighbours.rows() == "0 0")
        }

        @Test func anUnknownTrunkIsNamed() async throws {
            let call = TestCall()
            let want = LinesRequest.Want(
                leg: call.device, trunk: TrunkID(unchecked: "moon"), use: LineUse(sip: 1, outside: 0))
            let no = await refusal { try await neighbours.lines(call, .reserve([want], evenIfFull: true)) }
            #expect(no?.status == 404 && no?.sentence.contains("\"moon\"") == true)
        }
    }

    /// People: log-ins, devices, status.
    @Suite struct People {
        let neighbours = PresenceStage.neighbours
        private let anna = UserID(unchecked: "anna"), ben = UserID(unchecked: "ben")

        private func logIn(_ user: String, _ password: String) async throws(Refusal) -> String? {
            guard case .loggedIn(let token, _, _) = try await neighbours.ask(.login(user: user, password: password))
            else { return nil }
            return token
        }

        @Test func aRightPasswordGivesATokenThatOutlivesARestart() async throws {
            let token = try #require(try await logIn("anna", Demo.annaPassword))
            guard case .holder(let user, _) = try await neighbours.ask(.token(token)) else { throw Refusal.missing }
            #expect(user == anna)
            #expect(try await neighbours.house.database.sql("SELECT count(*) FROM tokens", database: "presence") == "1")
            await neighbours.house.service("presence").stop()
            try await neighbours.house.startService("presence")
            guard case .holder(anna, _) = try await neighbours.ask(.token(token)) else { throw Refusal.missing }
        }

        @Test func anExpiredTokenIsRefused() async throws {
            let token = try #require(try await logIn("ben", Demo.benPassword))
            try await neighbours.house.database.sql(
                "UPDATE tokens SET expires_at = now() - interval '1 second'", database: "presence")
            await neighbours.house.service("presence").stop()
            try await neighbours.house.startService("presence")
            #expect(await refusal { _ = try await neighbours.ask(.token(token)) }?.code == "bad-token")
            #expect(await refusal { _ = try await neighbours.ask(.token("guessed")) }?.status == 401)
        }

        @Test func wrongPasswordsAndNamesLookTheSameAndLock() async throws {
            for name in ["ben", "nobody"] {
                for _ in 0..<5 {
                    let no = await refusal { _ = try await logIn(name, "wrong") }
                    #expect(
                        no == Refusal(401, "wrong-login", "User or password is wrong: check both, capital letters too.")
                    )
                }
                let locked = await refusal { _ = try await logIn(name, Demo.benPassword) }
                #expect(locked?.status == 403 && locked?.code == "login-locked", "\(String(describing: locked))")
            }
        }

        @Test func aChosenDeviceIsToldAndSurvivesALoad() async throws {
            let before = try await neighbours.directory().revision
            let mobile = DeviceID(unchecked: "mobile"), office = DeviceID(unchecked: "office")
            guard case .devices(let devices, office, _, _) = try await neighbours.ask(.setActive(anna, office)) else {
                throw Refusal.missing
            }
            #expect(devices.first { $0.id == office }?.active == true)
            let changed = UserChanged(user: anna, revision: before + 1)
            try await eventually { neighbours.changes.all.contains(changed) }
            #expect(neighbours.changes.all.contains(changed))
            try await load { $0.users[1].facts.name = "Ben Neumann" }
            #expect(try await eventually { try await neighbours.directory().revision == before + 2 })
            let users = try await neighbours.directory().users
            #expect(users.map(\.name) == ["Anna Beispiel", "Ben Neumann"] && users[0].active == office)
            guard case .devices(_, mobile, _, _) = try await neighbours.ask(.setActive(anna, mobile)) else {
                throw Refusal.missing
            }
            let no = await refusal { _ = try await neighbours.ask(.setActive(anna, DeviceID(unchecked: "fax"))) }
            #expect(no?.status == 404 && no?.sentence.contains("mobile, office") == true)
        }

        /// Ring plans, rules and all of a trunk go through the file, the database and the bus, and a chosen plan is
        /// told, kept over a load and a restart, and gone with the plan.
        @Test func aRingPlanIsChosenAndTheWholeDirectoryOutlivesARestart() async throws {
            let office = DeviceID(unchecked: "office"), mobile = DeviceID(unchecked: "mobile")
            let plan = RingPlan(
                id: PlanID(unchecked: "both"), name: "Both", mode: .simultaneous,
                steps: [RingStep(device: office), RingStep(device: mobile, delaySeconds: 4, answerGuard: .timed)])
            let rules = IncomingRules(
                vip: ["+4930*"], quietHours: [WeekHours(from: 1_320, to: 360)],
                fallbacks: [ReasonFallback(reason: .busy, to: Destination(number: "24", reach: .inside))])
            try await load {
                $0.office.timeZone = "Europe/Berlin"
                $0.users[0].facts.plans = [plan]
                $0.users[0].facts.rules = rules
                $0.trunks[0].targets.append(TrunkTarget(address: "127.0.0.2", port: 5061, transport: .tls, priority: 1))
                $0.trunks[0].identity.historyInfo = .national
            }
            #expect(try await eventually { try await neighbours.directory().users[0].plans == [plan] })
            guard case .devices(_, office, [plan], plan.id) = try await neighbours.ask(.setPlan(anna, plan.id)) else {
                throw Refusal.missing
            }
            let revision = try await neighbours.directory().revision
            try await eventually { neighbours.changes.all.contains(UserChanged(user: anna, revision: revision)) }
            await neighbours.house.service("presence").stop()
            try await neighbours.house.startService("presence")
            let directory = try await neighbours.directory(), user = directory.users[0]
            #expect(user.plan == plan && user.active == office && user.rules == rules)
            #expect(
                directory.office.timeZone == "Europe/Berlin" && directory.trunks[0].identity.historyInfo == .national)
            #expect(directory.trunks[0].targets.map(\.transport) == [.udp, .tls] && directory.revision == revision)
            guard case .user(user) = try await neighbours.ask(.user(anna)) else { throw Refusal.missing }
            let no = await refusal { _ = try await neighbours.ask(.setPlan(anna, PlanID(unchecked: "none"))) }
            #expect(no?.code == "no-such-plan")
            try await load { _ in }
            #expect(try await eventually { try await neighbours.directory().users[0].activePlan == nil })
            #expect(try await neighbours.directory().users[0].active == mobile)
        }

        /// Changes the file and sends SIGHUP.
        private func load(_ change: (inout DirectoryFile) -> Void) async throws {
            var file = PresenceStage.directory
            change(&file)
            try writeFile(neighbours.house.folder.path + "/directory.yaml", file.yaml)
            neighbours.house.service("presence").child.send(SIGHUP)
        }

        @Test func aBadFileChangesNothing() async throws {
            let before = try await neighbours.directory()
            try await load { $0.users[0].facts.active = DeviceID(unchecked: "gone") }
            let service = neighbours.house.service("presence")
            #expect(
                try await eventually { service.child.logText.contains("expected one of his devices (mobile, office)") })
            #expect(try await neighbours.directory() == before)
        }

        @Test func statusFollowsTheCall() async throws {
            let call = TestCall()
            try await neighbours.tell(.started, call, .started, 1)
            #expect(try await eventually { try await neighbours.phone(of: anna) == .ringing })
            try await neighbours.tell(.answered, call, .talking, 4)
            #expect(try await eventually { try await neighbours.phone(of: anna) == .onThePhone })
            try await neighbours.tell(.ringing, call, .ringing, 2)  // Late.
            try await neighbours.tell(.ended, call, .ended, 7)
            #expect(try await eventually { try await neighbours.phone(of: anna) == .available })
            let seen = neighbours.statuses.all.filter { $0.user == anna }.map(\.phone).suffix(3)
            #expect(Array(seen) == [.ringing, .onThePhone, .available])
        }

        @Test func aNewSignalingInstanceIsAskedForItsCalls() async throws {
            let call = TestCall(of: "ben")
            neighbours.running.withLock { $0 = [.init(state: call.state(.talking), position: call.position(4))] }
            try await alive("first")
            #expect(try await eventually { try await neighbours.phone(of: ben) == .onThePhone })
            neighbours.running.withLock { $0 = [] }
            try await alive("second")
            #expect(try await eventually { try await neighbours.phone(of: ben) == .available })
        }

        private func alive(_ incarnation: String) async throws {
            let instance = neighbours.signaling.instance
            try await neighbours.signaling.publishConfirmed(
                ServiceAlive(service: "signaling", instance: instance, incarnation: incarnation, startedAt: "x"),
                type: ServiceAlive.type, key: RoutingKey.serviceAlive("signaling", instance), durable: false)
        }

        @Test func withoutTheDatabaseQuestionsAreAnsweredAndChangesRefused() async throws {
            let call = TestCall()
            try await neighbours.lines(call, .reserve(call.bothLegs, evenIfFull: false))
            await neighbours.house.database.kill()
            #expect(try await neighbours.directory().users.count == 2)
            #expect(try await neighbours.phone(of: anna) == .available)
            // The server's own processes may serve for a moment after it was killed.
            let isAway = try await eventually {
                let no = await refusal { try await neighbours.lines(call, .reserve(call.bothLegs, evenIfFull: false)) }
                return no?.status == 503 && no?.code == "database-away"
            }
            #expect(isAway)
            let office = DeviceID(unchecked: "office")
            let no = await refusal { _ = try await neighbours.ask(.setActive(anna, office)) }
            #expect(no?.status == 503 && no?.code == "database-away", "\(String(describing: no))")
            for leg in [call.device, call.party] { try await neighbours.legEnded(leg, of: call) }
            try await neighbours.house.database.start()
            #expect(try await eventually { try await neighbours.rows() == "0 0" })  // Given back when it came back.
        }
    }

    /// The executable's own words.
    @Suite struct PresenceExecutable {
        let neighbours = PresenceStage.neighbours

        @Test func everyMistakeOfTheDirectoryEndsTheStartWithItsLine() async throws {
            let folder = neighbours.house.folder.path
            let text = PresenceStage.directory.yaml.replacing("active: mobile", with: "active: moble")
                .replacing("language: en", with: "language: fr")
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            try writeFile(folder + "/bad-directory.yaml", text)
            try writeFile(
                folder + "/bad.yaml",
                """
                instance: z9
                bus:
                  url: amqp://presence:x@127.0.0.1:1/rufbus
                database:
                  url: postgresql://presence@127.0.0.1:1/presence
                directory: \(folder)/bad-directory.yaml

                """)
            let child = try Child(
                "bad-presence", try Build.executable("rufbus-presence"), ["--config", folder + "/bad.yaml"],
                folder: folder)
            #expect(await child.wait(limit: .seconds(10)) == .status(78))
            let active = (lines.firstIndex { $0.contains("moble") } ?? -2) + 1
            let language = (lines.firstIndex { $0.contains("language: fr") } ?? -2) + 1
            #expect(child.logText.contains("line \(active): user \"anna\", active: expected one of his devices"))
            #expect(child.logText.contains("line \(language): user \"ben\", language: expected one of de, en"))
        }

        @Test func hashPasswordPrintsAHashForTheDirectory() throws {
            let process = Process(), input = Pipe(), output = Pipe()
            process.executableURL = URL(filePath: try Build.executable("rufbus-presence"))
            process.arguments = ["--hash-password"]
            (process.standardInput, process.standardOutput) = (input, output)
            try process.run()
            input.fileHandleForWriting.write(Data("open sesame\n".utf8))
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
            let hash = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(process.terminationStatus == 0 && hash.hasPrefix("$y$") && hash.hasSuffix("\n"))
        }
    }
}

extension Refusal {
    fileprivate static let missing = Refusal(500, "test", "another answer than the one asked for")
}
