import Synchronization

/// One thing that the worker tells control. Trivial; `serial` says which remote or collect it is about.
struct RawNotice {
    enum Kind: UInt8 { case firstPacket, collected }
    var kind: Kind
    /// ASCII; 0 for none.
    var key: UInt8
    var slot: Int32
    var serial: UInt64

    @_noLocks
    init(kind: Kind, key: UInt8, slot: Int32, serial: UInt64) {
        (self.kind, self.key, self.slot, self.serial) = (kind, key, slot, serial)
    }
}

/// From one writer, the worker, to one reader, the notice thread; neither waits for the other.
struct NoticeRing: ~Copyable {
    private let entries: UnsafeMutablePointer<RawNotice>
    private let mask: Int
    /// Entries ever written and ever read.
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)

    /// - Parameter capacity: at least this many entries.
    init(capacity: Int) {
        var size = 64
        while size < capacity { size *= 2 }
        entries = .allocate(capacity: size)
        entries.initialize(repeating: RawNotice(kind: .firstPacket, key: 0, slot: 0, serial: 0), count: size)
        mask = size - 1
    }
    deinit { entries.deallocate() }

    /// - Returns: false if there is no room; the writer tries again later.
    @_noLocks
    func put(_ notice: RawNotice) -> Bool {
        let next = written.load(ordering: .relaxed)
        guard next &- read.load(ordering: .acquiring) <= mask else { return false }
        entries[next & mask] = notice
        written.store(next &+ 1, ordering: .releasing)
        return true
    }

    func take() -> RawNotice? {
        let next = read.load(ordering: .relaxed)
        guard next != written.load(ordering: .acquiring) else { return nil }
        defer { read.store(next &+ 1, ordering: .releasing) }
        return entries[next & mask]
    }
}
