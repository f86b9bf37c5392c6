import CFuzzDoor
import Foundation
import FuzzTarget

/// What libFuzzer calls. A finding ends the process as a crash does, so that libFuzzer keeps the input.
///
/// Unchecked: libFuzzer calls from one thread.
final class Engine: @unchecked Sendable {
    static let shared = Engine()
    private var reading: Reading?
    private var calls: LiveCalls?
    private var seeds: Seeds?
    private var sent: SentLog?
    private var taken = 0
    private let begin = Date()
    /// Each so-many-th input goes to the running stack, too, and after so many inputs the standing call is looked at.
    private static let sendEach = 16, checkEach = 50_000

    func open() {
        orEnd {
            seeds = try Seeds()
            reading = try Reading()
            calls = try LiveCalls()
            sent = ProcessInfo.processInfo.environment["FUZZ_SENT"].map(SentLog.init)
        }
    }

    func take(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> Int32 {
        let input = UnsafeBufferPointer(start: bytes, count: size)
        taken += 1
        orEnd {
            try reading?.read(input)
            if taken % Self.sendEach == 0 { try calls?.send(input) { sent?.note($0) } }
            if taken % Self.checkEach == 0 { try calls?.check() }
        }
        return 0
    }

    /// One of ours or one of libFuzzer's changes, by the seed.
    func change(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int, _ seed: UInt32) -> Int {
        guard let seeds, seed % 3 != 0 else { return fuzz_change(bytes, size, capacity) }
        var damage = Damage(seed: UInt64(seed), seeds)
        let input = size == 0 ? damage.message() : Array(UnsafeBufferPointer(start: bytes, count: size))
        let changed = damage.spoil(input, limit: capacity)
        for (index, byte) in changed.enumerated() { bytes[index] = byte }
        return changed.count
    }

    func close() {
        guard let calls, let reading else { return }
        orEnd { try calls.end() }
        let rate = Int(Double(taken) / max(1, Date().timeIntervalSince(begin)))
        print(
            "inputs \(taken), \(rate) a second; read in process: messages \(reading.messages), INVITEs with readable "
                + "addresses \(reading.arrivals), offers answered \(reading.answers); to the running stack: "
                + calls.summary)
    }

    private func orEnd(_ work: () throws -> Void) {
        do { try work() } catch { fatalError("\(error)") }
    }
}

/// libFuzzer's door for changes of our own.
@_cdecl("LLVMFuzzerCustomMutator")
func changeInput(_ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int, _ seed: UInt32) -> Int {
    Engine.shared.change(bytes, size, capacity, seed)
}
