/// Asks again and again until it is so, or for `limit`. What was wrong then is for the test's expectation to say.
/// - Returns: whether it came to be so.
@discardableResult
public func eventually(
    _ limit: Duration = .seconds(15), _ isSo: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}
