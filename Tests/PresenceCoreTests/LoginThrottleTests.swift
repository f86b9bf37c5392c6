import Testing

@testable import PresenceCore

/// Five wrong passwords, then a minute's wait.
@Suite struct LoginThrottleTests {
    @Test func fiveWrongPasswordsLockForAMinute() {
        var throttle = LoginThrottle()
        for second in 0..<5 { #expect(throttle.begin("anna", now: Int64(second) * 1_000) == nil) }
        #expect(throttle.begin("anna", now: 5_000) == 59_000)
        #expect(throttle.begin("ben", now: 5_000) == nil)
        #expect(throttle.begin("anna", now: 63_999) == 1)
        #expect(throttle.begin("anna", now: 64_000) == nil)
    }

    @Test func aRightPasswordStartsAnew() {
        var throttle = LoginThrottle()
        for _ in 0..<20 {
            for _ in 0..<4 { #expect(throttle.begin("anna", now: 0) == nil) }
            throttle.right("anna")
        }
        #expect(throttle.count == 0)
    }

    @Test func manyAtOnceAreNoWayRound() {
        var throttle = LoginThrottle()
        let taken = (0..<100).filter { _ in throttle.begin("anna", now: 0) == nil }
        #expect(taken.count == LoginThrottle.tries)
    }

    @Test func wrongTriesAreForgottenAfterAWhile() {
        var throttle = LoginThrottle()
        for _ in 0..<4 { _ = throttle.begin("anna", now: 0) }
        for _ in 0..<4 { #expect(throttle.begin("anna", now: 900_000) == nil) }
        #expect(throttle.begin("anna", now: 900_000) == nil)
        #expect(throttle.begin("anna", now: 900_000) != nil)
    }

    @Test func inventedNamesDoNotFillTheMemory() {
        var throttle = LoginThrottle()
        for number in 0..<30_000 { _ = throttle.begin("u\(number)", now: Int64(number)) }
        #expect(throttle.count <= LoginThrottle.names)
    }
}
