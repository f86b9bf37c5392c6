/// Waiting times between attempts to connect: full jitter, so that a house of services does not knock at once.
struct Backoff {
    /// Milliseconds.
    static let first = 100, longest = 10_000
    private var attempt = 0

    /// Milliseconds to wait now: anything from 0 to a bound that doubles each time.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Int {
        let bound = min(Self.longest, Self.first << min(attempt, 7))
        attempt += 1
        return Int.random(in: 0...bound, using: &generator)
    }
    mutating func reset() { attempt = 0 }
}
