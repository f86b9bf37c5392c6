import CMediaIO
import RTP

// What arrives on a leg's sockets: taken or refused, counted, looked at for key presses, passed on at once.
extension Worker {
    @_noLocks
    func receive(_ slot: Int, at now: Int64) {
        guard let plan = slots[slot].plan.load(ordering: .acquiring) else { return }
        adopt(plan, slot)
        let count = media_receive(plan.pointee.rtp, packets, arrivals, Int32(MEDIA_BURST))
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let start = packets + index * Int(MEDIA_PACKET_ROOM)
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(arrivals[index].length))
            take(bytes, arrivals[index], slot, plan, at: now)
        }
    }

    /// RTCP is read, so that nothing piles up, and looked at, so that noise is counted; it is not answered yet.
    @_noLocks
    func drainControl(_ slot: Int) {
        guard let plan = slots[slot].plan.load(ordering: .acquiring) else { return }
        let count = media_receive(plan.pointee.rtcp, packets, arrivals, Int32(MEDIA_BURST))
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let start = packets + index * Int(MEDIA_PACKET_ROOM)
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(arrivals[index].length))
            if !RTCP.isCompound(bytes) { slots[slot].counters.refused() }
        }
    }

    /// Before the first `remote` nobody can be told from a stranger: such packets are dropped.
    @_noLocks
    private func take(
        _ bytes: UnsafeRawBufferPointer, _ arrival: media_arrival, _ slot: Int, _ plan: UnsafeMutablePointer<LegPlan>,
        at now: Int64
    ) {
        guard let remote = plan.pointee.remote else { return }
        let packet: RTPPacket
        do { packet = try RTPPacket(reading: bytes) } catch {
            if case .control = error { return }
            slots[slot].counters.refused()
            return
        }
        let header = packet.header, origin = Endpoint(address: arrival.address, port: arrival.port)
        guard
            slots[slot].state.latch!.accepts(origin, ssrc: header.ssrc, sequenceNumber: header.sequenceNumber)
        else {
            slots[slot].counters.refused()
            return
        }
        count(packet, slot, plan.pointee.serials.remote)
        let payload = UnsafeRawBufferPointer(
            start: bytes.baseAddress! + packet.payloadOffset, count: packet.payloadCount)
        pass(header, payload, LegPlan.payload(header.payloadType, remote), slot, plan, at: now)
    }

    @_noLocks
    private func count(_ packet: RTPPacket, _ slot: Int, _ remoteSerial: UInt64) {
        let header = packet.header
        if let known = slots[slot].state.inboundSSRC, known == header.ssrc {
            _ = slots[slot].state.statistics.receive(header.sequenceNumber)
        } else {
            slots[slot].state.inboundSSRC = header.ssrc
            slots[slot].state.statistics.start(header.sequenceNumber)
            slots[slot].state.keys = KeyPressDetector()
        }
        slots[slot].counters.received(packet.payloadCount, lost: slots[slot].state.statistics.lost)
        guard !slots[slot].state.hasHeardRemote else { return }
        slots[slot].state.hasHeardRemote = true
        slots[slot].state.owesFirstPacket = !tell(.firstPacket, slot, remoteSerial)
    }

    @_noLocks
    private func pass(
        _ header: RTPHeader, _ bytes: UnsafeRawBufferPointer, _ payload: LegPlan.Payload, _ slot: Int,
        _ plan: UnsafeMutablePointer<LegPlan>, at now: Int64
    ) {
        switch payload {
        case .other: return
        case .event: press(header, bytes, slot, plan)
        case .audio: break
        }
        guard let listeners = plan.pointee.listeners else { return }
        for index in 0..<plan.pointee.listenerCount {
            relay(header, bytes, payload, from: slot, to: Int(listeners[index]), at: now)
        }
    }

    @_noLocks
    private func press(
        _ header: RTPHeader, _ bytes: UnsafeRawBufferPointer, _ slot: Int, _ plan: UnsafeMutablePointer<LegPlan>
    ) {
        guard let event = TelephoneEvent(reading: bytes),
            let key = slots[slot].state.keys.receive(event, timestamp: header.timestamp),
            slots[slot].state.isCollecting, let collect = plan.pointee.collect, collect.keys >> event.code & 1 == 1
        else { return }
        finishCollecting(key: key, slot, plan.pointee.serials.collect)
    }

    /// - Parameter key: ASCII; 0 when the time is over.
    @_noLocks
    func finishCollecting(key: UInt8, _ slot: Int, _ serial: UInt64) {
        slots[slot].state.isCollecting = false
        slots[slot].state.collectedKey = key
        slots[slot].state.owesCollected = !tell(.collected, slot, serial, key: key)
    }

    /// Passes a packet on to one listener, under the listener's own stream. The listener's plan has the last word: it
    /// may have been told to hear something else meanwhile.
    @_noLocks
    private func relay(
        _ header: RTPHeader, _ bytes: UnsafeRawBufferPointer, _ payload: LegPlan.Payload, from slot: Int,
        to listener: Int, at now: Int64
    ) {
        guard let plan = slots[listener].plan.load(ordering: .acquiring), let remote = plan.pointee.remote,
            case .leg(let heard) = plan.pointee.source, heard == slot
        else { return }
        adopt(plan, listener)
        // Held by its far side: what it does not get leaves no gap in its numbers.
        guard case .some = slots[listener].state.latch!.target else { return slots[listener].state.out.interrupt() }
        var type = remote.payloadType, table: UnsafePointer<UInt8>?, isEvent = false
        switch payload {
        case .audio(let isALaw) where isALaw != remote.isALaw: table = isALaw ? aLawToMuLaw : muLawToALaw
        case .audio, .other: break
        case .event:
            guard let eventType = remote.eventPayloadType else {
                slots[listener].state.out.leaveOut(header, from: slot)
                return
            }
            (type, isEvent) = (eventType, true)
        }
        guard
            let next = slots[listener].state.out.relay(header, from: slot, payloadType: type, isEvent: isEvent, at: now)
        else { return }
        send(next, bytes, table, listener, plan)
    }

    /// Sends one packet of a leg's own stream, its payload translated by a table of 256 bytes if there is one.
    @_noLocks
    func send(
        _ header: RTPHeader, _ payload: UnsafeRawBufferPointer, _ table: UnsafePointer<UInt8>?, _ slot: Int,
        _ plan: UnsafeMutablePointer<LegPlan>
    ) {
        guard let target = slots[slot].state.latch!.target else { return }
        header.write(to: UnsafeMutableRawBufferPointer(start: outgoing, count: RTPHeader.size))
        let start = outgoing + RTPHeader.size
        if let table {
            for index in 0..<payload.count { start[index] = table[Int(payload[index])] }
        } else {
            for index in 0..<payload.count { start[index] = payload[index] }
        }
        let size = Int32(RTPHeader.size + payload.count)
        if media_send(plan.pointee.rtp, outgoing, size, target.address, target.port) == 0 {
            slots[slot].counters.sent(payload.count)
        }
    }
}
