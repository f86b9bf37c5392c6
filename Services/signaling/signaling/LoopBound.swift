import SIPStack

/// Carries something that lives on the loop's thread through other threads, unopened: only work that is posted to the
/// loop sees it.
///
/// `@unchecked Sendable`: the value is reachable through `post` alone, which opens it on the loop's thread, so it is
/// never touched by two threads.
struct LoopBound<Value>: @unchecked Sendable {
    private let value: Value
    private let stack: SIPStack

    init(_ value: Value, on stack: SIPStack) { (self.value, self.stack) = (value, stack) }

    /// From any thread; in the order of posting.
    func post(_ work: @escaping @Sendable (Value) -> Void) { stack.post { work(value) } }
}
