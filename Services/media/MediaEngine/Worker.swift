import CMediaIO
import RTP
import Synchronization

// The real-time worker: one thread that owns every socket. Each function it runs is @_noLocks: the compiler refuses
// allocation, locks and reference counting in them.

/// What both sides look at, beside the slots.
struct WorkerWords: ~Copyable {
    /// Rounds of the loop that are over. Control frees what it took away two rounds ago.
    let rounds = Atomic<UInt64>(0)
    /// Slots from 0 that may hold a leg.
    let slotsInUse = Atomic<Int>(0)
    let isStopping = Atomic<Bool>(false)
}

/// Descriptors and memory of the worker, made by control and freed by it after the worker's end. Trivial.
///
/// Unchecked, since the pointers lead to memory of two threads. What keeps it right: words, ring, plans, counters are
/// shared through atomics only; a slot's state and all scratch memory belong to the worker while the slot has a plan,
/// and a slot's state to control while it has none and the worker has answered the doorbell since.
struct Worker: @unchecked Sendable {
    /// Tokens below `firstLegToken`; a leg's tokens are that + 2 * slot, one more for RTCP.
    static var timerToken: UInt32 {
        @_noLocks get { 0 }
    }
    static var doorbellToken: UInt32 {
        @_noLocks get { 1 }
    }
    static var firstLegToken: UInt32 {
        @_noLocks get { 2 }
    }

    let epoll: Int32
    /// Ticks each 20 ms.
    let timer: Int32
    /// Control rings it and waits for `answered`: then the worker holds nothing from before.
    let doorbell: Int32
    let answered: Int32
    /// The worker rings it when the ring has something new.
    let noticeBell: Int32
    let words: UnsafeMutablePointer<WorkerWords>
    let slots: UnsafeMutablePointer<LegSlot>
    let ring: UnsafeMutablePointer<NoticeRing>

    /// Room for `MEDIA_BURST` packets, their origins, one outgoing packet and `MEDIA_READY` tokens.
    let packets: UnsafeMutablePointer<UInt8>
    let arrivals: UnsafeMutablePointer<media_arrival>
    let outgoing: UnsafeMutablePointer<UInt8>
    let tokens: UnsafeMutablePointer<UInt32>

    /// 256 bytes each.
    let aLawToMuLaw: UnsafePointer<UInt8>
    let muLawToALaw: UnsafePointer<UInt8>
    /// One frame of silence each.
    let aLawSilence: UnsafePointer<UInt8>
    let muLawSilence: UnsafePointer<UInt8>

    /// The thread's whole life.
    @_noLocks
    func run() {
        while !words.pointee.isStopping.load(ordering: .acquiring) {
            let count = media_wait(epoll, tokens, Int32(MEDIA_READY))
            precondition(count >= 0, "epoll_wait refused its own descriptor")
            let rang = round(Int(count), at: media_clock())
            words.pointee.rounds.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if rang { media_ring(answered) }
        }
        media_ring(answered)
    }

    /// - Returns: whether control rang.
    @_noLocks
    private func round(_ count: Int, at now: Int64) -> Bool {
        var rang = false
        for index in 0..<count {
            let token = tokens[index]
            if token == Worker.timerToken {
                tick(Int(media_take(timer)), at: now)
            } else if token == Worker.doorbellToken {
                rang = media_take(doorbell) > 0
            } else {
                let socket = Int(token - Worker.firstLegToken)
                if socket & 1 == 0 { receive(socket / 2, at: now) } else { drainControl(socket / 2) }
            }
        }
        return rang
    }

    @_noLocks
    func tell(_ kind: RawNotice.Kind, _ slot: Int, _ serial: UInt64, key: UInt8 = 0) -> Bool {
        guard ring.pointee.put(RawNotice(kind: kind, key: key, slot: Int32(slot), serial: serial)) else { return false }
        media_ring(noticeBell)
        return true
    }

    /// Sees what is new in a leg's plan since the last look.
    @_noLocks
    func adopt(_ plan: UnsafeMutablePointer<LegPlan>, _ slot: Int) {
        let serials = plan.pointee.serials
        if serials.remote != slots[slot].state.serials.remote, let remote = plan.pointee.remote {
            slots[slot].state.hasHeardRemote = false
            slots[slot].state.owesFirstPacket = false
            expect(remote.endpoint, slot)
        }
        if serials.source != slots[slot].state.serials.source {
            slots[slot].state.cursor = nil
            if case .sound(_, let frames, let times) = plan.pointee.source {
                slots[slot].state.cursor = .init(frames: frames, times: times)
            }
        }
        if serials.collect != slots[slot].state.serials.collect {
            slots[slot].state.owesCollected = false
            slots[slot].state.isCollecting = plan.pointee.collect != nil
        }
        slots[slot].state.serials = serials
    }

    /// A new place of the far side forgets whom we heard; the same place with another codec does not.
    @_noLocks
    private func expect(_ endpoint: Endpoint, _ slot: Int) {
        if let latch = slots[slot].state.latch, latch.expected.equals(endpoint) { return }
        slots[slot].state.latch = SourceLatch(expected: endpoint)
    }
}
