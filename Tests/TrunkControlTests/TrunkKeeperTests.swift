import BusContract
import Foundation
import TelephonyModel
import Testing

@testable import TrunkControl

/// Stories of a trunk: what happens at which second, what is to follow.
@Suite struct TrunkKeeperTests {
    /// A keeper in a world of seconds, with all that it has asked for.
    struct World {
        var keeper: TrunkKeeper
        var now = Instant(milliseconds: 0)
        var asked: [String] = []
        var states: [String] = []
        var sentence = ""
        var timers: [TrunkKeeper.Timer: Instant] = [:]

        init(_ facts: DirectoryTrunk) {
            var effects: [TrunkKeeper.Effect] = []
            keeper = TrunkKeeper(facts, at: now, effects: &effects)
            take(effects)
        }

        mutating func take(_ effects: [TrunkKeeper.Effect]) {
            for effect in effects {
                switch effect {
                case .ask(let target): asked.append("\(seconds) OPTIONS \(target)")
                case .register(let target, let expiry): asked.append("\(seconds) REGISTER \(target) for \(expiry)")
                case .tell(let state, let target, _, let text):
                    let told = "\(state.rawValue) \(target.map(String.init) ?? "-")"
                    if states.last != told { states.append(told) }
                    sentence = text
                case .arm(let timer, let deadline): timers[timer] = deadline
                case .disarm(let timer): timers[timer] = nil
                }
            }
        }

        var seconds: Int64 { now.milliseconds / 1_000 }

        mutating func tell(_ event: TrunkKeeper.Event) { take(keeper.handle(event, at: now)) }

        /// Lets time pass with the timers that fall into it, in order.
        mutating func pass(_ more: Int64) {
            let end = now + more * 1_000
            while let next = timers.filter({ $0.value <= end }).min(by: { $0.value < $1.value }) {
                now = max(now, next.value)
                timers[next.key] = nil
                tell(.fired(next.key))
            }
            now = end
        }
    }

    static let silence = TargetAnswer(408, isLocal: true)
    static let refused = TargetAnswer(503, isLocal: true, detail: "connection refused")
    static let account = TrunkRegistration(domain: "pbx.example", user: "rufbus", expirySeconds: 120)

    // MARK: OPTIONS and targets

    @Test func targetsAreAskedAndTheStateIsTold() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"]))
        #expect(world.asked == ["0 OPTIONS 0", "0 OPTIONS 1"])
        world.tell(.asked(target: 0, Self.silence))
        #expect(world.keeper.target(at: world.now) == 1)
        world.tell(.asked(target: 1, Self.refused))
        #expect(world.states == ["up 0", "up 1", "down -"])
        #expect(world.sentence.contains("udp:192.0.2.1:5060: no answer; udp:192.0.2.2:5060: connection refused"))
        world.pass(29)
        #expect(world.asked.contains("10 OPTIONS 0") && world.asked.contains("20 OPTIONS 1"), "sooner while down")
        world.tell(.asked(target: 1, TargetAnswer(404)))
        #expect(world.states.last == "up 1", "any answer is a sign of life")
        world.tell(.asked(target: 0, TargetAnswer(200)))
        #expect(world.states.last == "up 0")
    }

    @Test func withoutKeepAliveNothingIsAsked() {
        var world = World(trunk("pbx", ["192.0.2.1"], keepAliveSeconds: 0))
        world.pass(300)
        #expect(world.asked == [] && world.states == ["up 0"])
    }

    @Test func theStateIsToldAgain() {
        var world = World(trunk("pbx", ["192.0.2.1"], keepAliveSeconds: 0))
        world.sentence = ""
        world.pass(31)
        #expect(world.sentence == "Trunk pbx is up at udp:192.0.2.1:5060.")
    }

    @Test func aTargetThatFailsACallIsPassedOverFor10Seconds() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"]))
        world.tell(.refused(target: 0, Self.silence))
        #expect(world.keeper.target(at: world.now) == 1)
        #expect(world.keeper.target(besides: [0], at: world.now) == 1)
        #expect(world.keeper.target(besides: [0, 1], at: world.now) == nil)
        world.pass(9)
        #expect(world.keeper.target(at: world.now) == 1)
        world.pass(1)
        #expect(world.keeper.target(at: world.now) == 0)
        #expect(world.states == ["up 0", "up 1", "up 0"])
    }

    @Test func retryAfterIsHonoured() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"]))
        world.tell(.refused(target: 0, TargetAnswer(503, retryAfterSeconds: 120)))
        world.tell(.asked(target: 0, TargetAnswer(200)))
        world.pass(119)
        #expect(world.keeper.target(at: world.now) == 1, "its OPTIONS is no word about calls")
        world.pass(1)
        #expect(world.keeper.target(at: world.now) == 0)
    }

    @Test func priorityCountsBeforeOrder() {
        var facts = trunk("pbx", ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
        facts.targets[0].priority = 7
        let world = World(facts)
        #expect(world.keeper.target(at: world.now) == 1)
        #expect(world.keeper.target(besides: [1], at: world.now) == 2)
        #expect(world.keeper.target(besides: [1, 2], at: world.now) == 0)
    }

    @Test func anAvoidedTargetIsBetterThanNone() {
        var world = World(trunk("pbx", ["192.0.2.1"]))
        world.tell(.refused(target: 0, Self.silence))
        #expect(world.keeper.target(at: world.now) == 0)
    }

    // MARK: Full

    @Test(arguments: [
        TargetAnswer(503), TargetAnswer(486, cause: 34), TargetAnswer(480, cause: 42), TargetAnswer(480, cause: 44),
    ]) func aTrunkWithoutLinesIsFullFor10Seconds(_ answer: TargetAnswer) {
        var world = World(trunk("pbx", ["192.0.2.1"]))
        world.tell(.refused(target: 0, answer))
        #expect(world.keeper.isFull(at: world.now) && world.states.last == "full 0")
        world.pass(9)
        #expect(world.keeper.isFull(at: world.now))
        world.pass(1)
        #expect(!world.keeper.isFull(at: world.now) && world.states == ["up 0", "full 0", "up 0"])
    }

    @Test(arguments: [
        TargetAnswer(486), TargetAnswer(480), TargetAnswer(486, cause: 17), TargetAnswer(404, cause: 34),
        TargetAnswer(603), silence, refused,
    ]) func whatIsNoWordAboutLines(_ answer: TargetAnswer) {
        var world = World(trunk("pbx", ["192.0.2.1"]))
        world.tell(.refused(target: 0, answer))
        #expect(!world.keeper.isFull(at: world.now) && !world.states.contains("full 0"))
    }

    @Test func aTrunkIsFullWhenAllItsTargetsAre() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"]))
        world.tell(.refused(target: 0, TargetAnswer(503)))
        #expect(!world.keeper.isFull(at: world.now) && world.keeper.target(at: world.now) == 1)
        world.tell(.refused(target: 1, TargetAnswer(503)))
        #expect(world.keeper.isFull(at: world.now))
    }

    // MARK: Registration

    @Test func aRegistrationIsRefreshedInTime() {
        var world = World(trunk("pbx", ["192.0.2.1"], registration: Self.account, keepAliveSeconds: 0))
        #expect(world.asked == ["0 REGISTER 0 for 120"] && world.states == ["registering 0"])
        world.tell(.registered(target: 0, TargetAnswer(200, expirySeconds: 60)))
        #expect(world.states.last == "up 0")
        world.pass(46)
        #expect(world.asked.last == "45 REGISTER 0 for 120", "three quarters of what was granted")
        world.pass(100)
        #expect(world.asked.count == 2, "one at a time")
        world.tell(.registered(target: 0, TargetAnswer(200, expirySeconds: 60)))
        world.tell(.ended)
        #expect(world.asked.last == "146 REGISTER 0 for 0")
        world.pass(1_000)
        #expect(world.asked.count == 3 && world.timers.isEmpty)
    }

    @Test func aWrongPasswordIsNoStorm() {
        var world = World(trunk("pbx", ["192.0.2.1"], registration: Self.account, keepAliveSeconds: 0))
        world.tell(.registered(target: 0, TargetAnswer(401)))
        #expect(world.states.last == "unauthorised 0")
        #expect(world.sentence.contains("password in the file pbx in the folder trunks.secrets"))
        world.pass(299)
        #expect(world.asked.count == 1)
        world.pass(2)
        #expect(world.asked.count == 2)
        world.tell(.registered(target: 0, TargetAnswer(200)))
        #expect(world.states.last == "up 0")
    }

    @Test func aLongerExpiryIsTakenWhenTheRegistrarInsists() {
        var world = World(trunk("pbx", ["192.0.2.1"], registration: Self.account, keepAliveSeconds: 0))
        world.tell(.registered(target: 0, TargetAnswer(423, leastSeconds: 600)))
        world.pass(1)
        #expect(world.asked.last == "0 REGISTER 0 for 600")
        world.tell(.registered(target: 0, TargetAnswer(423, leastSeconds: 600)))
        world.pass(1)
        #expect(world.asked.count == 2, "the same wish again is a failure, not a loop")
    }

    @Test func aSilentRegistrarIsLeftForTheNextAndThenAskedMoreSeldom() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"], registration: Self.account, keepAliveSeconds: 0))
        world.tell(.registered(target: 0, Self.silence))
        world.pass(0)
        #expect(world.asked == ["0 REGISTER 0 for 120", "0 REGISTER 1 for 120"])
        for _ in 0..<20 {
            world.tell(.registered(target: 1, Self.silence))
            world.pass(60)
        }
        #expect(world.states.last == "down -")
        #expect(world.asked.count <= 24, "20 minutes, one a minute at most")
    }

    @Test func callsGoWhereWeAreRegistered() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"], registration: Self.account, keepAliveSeconds: 0))
        world.tell(.registered(target: 0, Self.silence))
        world.pass(0)
        world.tell(.registered(target: 1, TargetAnswer(200, expirySeconds: 120)))
        world.pass(30)
        #expect(world.keeper.target(at: world.now) == 1)
        world.tell(.refused(target: 1, Self.silence))
        #expect(world.keeper.target(besides: [1], at: world.now) == 0)
    }

    // MARK: Changes

    @Test func aChangedTrunkBeginsAnew() {
        var world = World(trunk("pbx", ["192.0.2.1"], registration: Self.account))
        world.tell(.registered(target: 0, TargetAnswer(200, expirySeconds: 120)))
        world.pass(5)
        world.tell(.changed(trunk("pbx", ["192.0.2.9"], keepAliveSeconds: 60)))
        #expect(world.asked.suffix(2) == ["5 REGISTER 0 for 0", "5 OPTIONS 0"])
        #expect(world.states.last == "up 0" && world.sentence.contains("192.0.2.9"))
        world.pass(56)
        #expect(!world.asked.contains { $0.hasPrefix("30 ") }, "no timer of before is left")
    }

    @Test func whatDoesNotConcernTheTargetsChangesNothing() {
        var world = World(trunk("pbx", ["192.0.2.1"]))
        var facts = trunk("pbx", ["192.0.2.1"])
        facts.sipChannels = 3
        world.tell(.changed(facts))
        #expect(world.asked == ["0 OPTIONS 0"] && world.keeper.trunk.sipChannels == 3)
    }

    @Test func anAnswerOfATargetThatIsGoneIsNothing() {
        var world = World(trunk("pbx", ["192.0.2.1", "192.0.2.2"]))
        world.tell(.changed(trunk("pbx", ["192.0.2.1"])))
        for event in [
            TrunkKeeper.Event.asked(target: 1, Self.silence), .refused(target: 1, Self.silence),
            .registered(target: 1, Self.silence), .fired(.ask(target: 1)),
        ] { world.tell(event) }
        #expect(world.states.last == "up 0")
    }

    @Test func theValueGoesThroughAFileAndRegistersAgain() throws {
        var world = World(trunk("pbx", ["192.0.2.1"], registration: Self.account))
        world.tell(.registered(target: 0, TargetAnswer(200, expirySeconds: 120)))
        world.pass(7)
        world.keeper = try JSONDecoder().decode(TrunkKeeper.self, from: JSONEncoder().encode(world.keeper))
        (world.timers, world.asked) = ([:], [])
        world.take(world.keeper.adopted(at: world.now))
        #expect(world.asked == ["7 OPTIONS 0", "7 REGISTER 0 for 120"])
        #expect(world.states.last == "registering 0" && world.timers[.ask(target: 0)] == Instant(milliseconds: 37_000))
    }
}
