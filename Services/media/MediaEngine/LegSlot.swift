import AudioKernel
import RTP
import Synchronization

/// The place of one leg that both sides know: control writes the plan, the worker all else while a plan is there.
struct LegSlot: ~Copyable {
    /// Nil: free, or about to be.
    let plan = Atomic<UnsafeMutablePointer<LegPlan>?>(nil)
    let counters = LegCounters()
    /// The worker's own; control sets it before it gives the first plan, when the worker does not look here.
    var state = LegState(out: OutgoingStream(ssrc: 0, sequenceNumber: 0, timestamp: 0))
}

/// What was counted on a leg. One writer, so plain loads and stores of each number are enough.
struct LegCounters: ~Copyable {
    let packetsReceived = Atomic<UInt64>(0)
    let packetsSent = Atomic<UInt64>(0)
    /// Payload bytes, as RTCP counts them (RFC 3550 §6.4.1).
    let bytesReceived = Atomic<UInt64>(0)
    let bytesSent = Atomic<UInt64>(0)
    let packetsLost = Atomic<UInt64>(0)
    let packetsRefused = Atomic<UInt64>(0)

    @_noLocks
    func received(_ bytes: Int, lost: UInt64) {
        packetsReceived.store(packetsReceived.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        bytesReceived.store(bytesReceived.load(ordering: .relaxed) &+ UInt64(bytes), ordering: .relaxed)
        packetsLost.store(lost, ordering: .relaxed)
    }

    @_noLocks
    func sent(_ bytes: Int) {
        packetsSent.store(packetsSent.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        bytesSent.store(bytesSent.load(ordering: .relaxed) &+ UInt64(bytes), ordering: .relaxed)
    }

    /// For a new leg in a slot that the worker does not look at.
    func reset() {
        packetsReceived.store(0, ordering: .relaxed)
        packetsSent.store(0, ordering: .relaxed)
        bytesReceived.store(0, ordering: .relaxed)
        bytesSent.store(0, ordering: .relaxed)
        packetsLost.store(0, ordering: .relaxed)
        packetsRefused.store(0, ordering: .relaxed)
    }

    @_noLocks
    func refused() { packetsRefused.store(packetsRefused.load(ordering: .relaxed) &+ 1, ordering: .relaxed) }
}

/// What the worker remembers of a leg. Trivial.
struct LegState {
    /// Of the plan that was looked at last.
    var serials = LegPlan.Serials()
    var out: OutgoingStream
    var latch: SourceLatch?
    var statistics = SequenceStatistics()
    /// SSRC of the far side's stream; nil before its first packet.
    var inboundSSRC: UInt32?
    var keys = KeyPressDetector()
    var cursor: FrameCursor?
    var isCollecting = false
    var hasHeardRemote = false

    // Notices that wait for room in the ring; nearly always they leave at once.
    var owesFirstPacket = false
    var owesCollected = false
    /// ASCII; 0 when the time was over.
    var collectedKey: UInt8 = 0

    init(out: OutgoingStream) { self.out = out }
}
