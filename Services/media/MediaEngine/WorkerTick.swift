import AudioKernel
import RTP

// What time brings, each 20 ms: frames of tones, prompts and silence; ends of waiting.
extension Worker {
    /// More ticks than this late at once are not made good: the sound goes on after a gap.
    private static var mostLateTicks: Int {
        @_noLocks get { 5 }
    }

    /// - Parameter ticks: how many deadlines have passed since the last call.
    @_noLocks
    func tick(_ ticks: Int, at now: Int64) {
        for slot in 0..<words.pointee.slotsInUse.load(ordering: .acquiring) {
            guard let plan = slots[slot].plan.load(ordering: .acquiring) else { continue }
            adopt(plan, slot)
            play(ticks, slot, plan, at: now)
            if slots[slot].state.isCollecting, let collect = plan.pointee.collect, collect.deadline <= now {
                finishCollecting(key: 0, slot, plan.pointee.serials.collect)
            }
            payNotices(slot, plan.pointee.serials)
        }
    }

    @_noLocks
    private func play(_ ticks: Int, _ slot: Int, _ plan: UnsafeMutablePointer<LegPlan>, at now: Int64) {
        guard let remote = plan.pointee.remote, case .sound(let sound, _, _) = plan.pointee.source else { return }
        guard case .some = slots[slot].state.latch!.target else { return slots[slot].state.out.interrupt() }
        if ticks > Worker.mostLateTicks { slots[slot].state.out.interrupt() }
        for _ in 0..<min(ticks, Worker.mostLateTicks) {
            let header = slots[slot].state.out.ownFrame(payloadType: remote.payloadType, at: now)
            var frame = remote.isALaw ? aLawSilence : muLawSilence
            if let offset = slots[slot].state.cursor?.advance() { frame = sound + offset }
            send(header, UnsafeRawBufferPointer(start: frame, count: AudioFrame.samples), nil, slot, plan)
        }
    }

    /// Notices for which the ring had no room.
    @_noLocks
    private func payNotices(_ slot: Int, _ serials: LegPlan.Serials) {
        if slots[slot].state.owesFirstPacket {
            slots[slot].state.owesFirstPacket = !tell(.firstPacket, slot, serials.remote)
        }
        if slots[slot].state.owesCollected {
            slots[slot].state.owesCollected = !tell(
                .collected, slot, serials.collect, key: slots[slot].state.collectedKey)
        }
    }
}
