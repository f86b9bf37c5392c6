// What a receiver knows from sequence numbers alone: how many packets a source sent and how many are missing.

/// The source of one RTP stream (RFC 3550 §A.1, §A.3). Call `start` for each new SSRC.
/// Reordered and repeated packets count as received, as §A.3 has it: `lost` may fall again and is never below 0.
public struct SequenceStatistics: Hashable, Sendable {
    static let maximumDropout = 3_000
    static let maximumMisorder = 100

    private var base: UInt32 = 0
    private var highest: UInt16 = 0
    private var cycles: UInt32 = 0
    private var received: UInt64 = 0
    /// The number that would prove a restart of the source: one after the last that was out of all bounds.
    private var restart: UInt32 = 0x1_0001
    /// What was lost before the present stretch: an earlier SSRC, or before the source restarted.
    private var lostBefore: UInt64 = 0

    @_noLocks
    public init() {}

    /// A new source, whose first packet has this sequence number. What was lost before stays counted.
    @_noLocks
    public mutating func start(_ sequenceNumber: UInt16) {
        lostBefore = lost
        (base, highest, cycles) = (UInt32(sequenceNumber), sequenceNumber, 0)
        (received, restart) = (1, 0x1_0001)
    }

    /// Counts a packet of the same source. A jump out of all bounds is not counted, unless the next number confirms it.
    /// - Returns: false for a packet that was not counted.
    @_noLocks
    public mutating func receive(_ sequenceNumber: UInt16) -> Bool {
        let step = Int(sequenceNumber &- highest)
        if step < Self.maximumDropout {
            if sequenceNumber < highest { cycles &+= 0x1_0000 }
            highest = sequenceNumber
        } else if step <= 0x1_0000 - Self.maximumMisorder {
            guard UInt32(sequenceNumber) == restart else {
                restart = UInt32(sequenceNumber &+ 1)
                return false
            }
            start(sequenceNumber)
            return true
        }
        received &+= 1
        return true
    }

    /// Packets missing, over all sources so far (§A.3).
    public var lost: UInt64 {
        @_noLocks get {
            guard received > 0 else { return lostBefore }
            let expected = UInt64(cycles &+ UInt32(highest) &- base) &+ 1
            return lostBefore &+ (expected > received ? expected &- received : 0)
        }
    }
}
