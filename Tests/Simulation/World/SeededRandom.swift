import TestSupport

// Choices that schedules are made of.
extension SeededRandom {
    /// True once in `n` times.
    mutating func one(in n: UInt64) -> Bool { next() % n == 0 }
    /// Milliseconds.
    mutating func ms(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }
    mutating func pick<T>(_ choices: [T]) -> T { choices[Int(next() % UInt64(choices.count))] }
}
