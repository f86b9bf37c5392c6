import BusContract
import TelephonyModel
import Testing

private let a1 = InstanceID(unchecked: "a1"), b1 = InstanceID(unchecked: "b1")

private func alive(_ instance: InstanceID, _ incarnation: String) -> ServiceAlive {
    ServiceAlive(
        service: "signaling", instance: instance, incarnation: incarnation, startedAt: "2026-03-01T12:00:00.000Z")
}

/// Which signaling instances are there, and whose calls are unknown.
@Suite struct SignalingWatchTests {
    @Test func anIncarnationIsAskedUntilItAnswers() {
        var watch = SignalingWatch()
        watch.connected(now: 0)
        #expect(watch.heard(alive(a1, "x"), now: 0) == true)
        #expect(watch.heard(alive(a1, "x"), now: 1_000) == true)
        watch.answered(a1, "x")
        #expect(watch.heard(alive(a1, "x"), now: 2_000) == false)
        #expect(watch.heard(alive(a1, "y"), now: 3_000) == true)
        watch.answered(a1, "x")  // Too late: that one is gone.
        #expect(watch.heard(alive(a1, "y"), now: 4_000) == true)
    }

    @Test func afterALostConnectionAllAreAskedAgain() {
        var watch = SignalingWatch()
        watch.connected(now: 0)
        _ = watch.heard(alive(a1, "x"), now: 0)
        watch.answered(a1, "x")
        watch.disconnected()
        #expect(watch.gone(now: 100_000).isEmpty)  // Not heard, because nothing could be heard.
        watch.connected(now: 100_000)
        #expect(watch.gone(now: 101_000).isEmpty)
        #expect(watch.heard(alive(a1, "x"), now: 101_000) == true)
    }

    @Test func aSilentInstanceIsGoneAfterAMinute() {
        var watch = SignalingWatch()
        watch.connected(now: 0)
        _ = watch.heard(alive(a1, "x"), now: 0)
        _ = watch.heard(alive(b1, "y"), now: 30_000)
        #expect(watch.gone(now: 59_999).isEmpty)
        #expect(watch.all(now: 60_000) == [a1, b1])
        #expect(watch.gone(now: 60_000) == [a1])
        #expect(watch.all(now: 60_000) == [b1])
    }

    @Test func nobodyIsSureBeforeAMinuteOfListening() {
        var watch = SignalingWatch()
        #expect(watch.all(now: 100_000) == nil)
        watch.connected(now: 100_000)
        _ = watch.heard(alive(a1, "x"), now: 100_000)
        #expect(watch.all(now: 159_999) == nil)
        #expect(watch.all(now: 160_000) == [a1])
    }
}
