import Dispatch
import Foundation
import Synchronization

/// One operating system thread that does work in order, on a value that is made there and never leaves it.
final class WorkThread<Value>: Sendable {
    private let queue = WorkQueue<Value>()

    /// Starts the thread. `name` is what `top -H` shows.
    init(name: String, make: @escaping @Sendable () -> Value) {
        let thread = Thread { [queue] in queue.work(on: make) }
        thread.name = name
        thread.start()
    }
    deinit { queue.close() }

    /// False if the thread was ended: then `work` is never run.
    func perform(_ work: @escaping @Sendable (Value) -> Void) -> Bool { queue.add(work) }

    /// Takes no more work, does what is there, and returns when the value is gone.
    func end() async { await queue.end() }
}

private final class WorkQueue<Value>: Sendable {
    private struct State {
        var work: [@Sendable (Value) -> Void] = []
        var isOpen = true
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    func add(_ work: @escaping @Sendable (Value) -> Void) -> Bool {
        let taken = state.withLock { state in
            if state.isOpen { state.work.append(work) }
            return state.isOpen
        }
        if taken { wake.signal() }
        return taken
    }

    func close() {
        state.withLock { $0.isOpen = false }
        wake.signal()
    }

    func end() async {
        close()
        await withCheckedContinuation { continuation in
            let over = state.withLock { state in
                if !state.hasEnded { state.waiting.append(continuation) }
                return state.hasEnded
            }
            if over { continuation.resume() }
        }
    }

    /// The thread's whole life.
    func work(on make: () -> Value) {
        do {
            let value = make()
            while let batch = next() { for work in batch { work(value) } }
        }
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for work; nil when there is none and never will be.
    private func next() -> [@Sendable (Value) -> Void]? {
        while true {
            let (batch, isOpen) = state.withLock { state in
                defer { state.work = [] }
                return (state.work, state.isOpen)
            }
            if !batch.isEmpty { return batch }
            if !isOpen { return nil }
            wake.wait()
        }
    }
}
