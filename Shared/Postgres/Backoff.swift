/// Full jitter: a random wait up to a limit that doubles, so that many clients do not come back at once.
struct Backoff {
    private var limitMs = 100
    mutating func next() -> Int {
        defer { limitMs = min(limitMs * 2, 5_000) }
        return Int.random(in: limitMs / 4...limitMs)
    }
}
