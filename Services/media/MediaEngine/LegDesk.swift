import BusContract
import CMediaIO
import RTP
import Synchronization
import TelephonyModel

/// Control's side of the legs: records, plans in force, plans to be freed. Lives behind the engine's lock.
struct LegDesk {
    let host: WorkerHost
    let sounds: SoundLibrary
    let address: String
    var pool: PortPool
    var records: [LegID: LegRecord] = [:]
    var owners: [LegID?]
    var serial: UInt64 = 0
    var retired: [(plan: UnsafeMutablePointer<LegPlan>, round: UInt64)] = []
    private(set) var isStopped = false

    var worker: Worker { host.worker }

    init(host: WorkerHost, sounds: SoundLibrary, address: String, pool: PortPool) {
        (self.host, self.sounds, self.address, self.pool) = (host, sounds, address, pool)
        owners = Array(repeating: nil, count: host.capacity)
    }

    mutating func open(_ legs: [LegID]) throws(MediaEngineError) -> [LocalAudio] {
        try checkRunning()
        if let known = legs.first(where: { records[$0] != nil }) ?? twice(legs) {
            throw MediaEngineError(.leg, "leg \(known) is open already; close it first")
        }
        var opened: [LegRecord] = []
        do { for leg in legs { opened.append(try openOne(leg)) } } catch {
            // Those that are open have no plan yet, so the worker knows nothing of them.
            for record in opened { forget(record) }
            throw error
        }
        for record in opened { publish(record.id) }
        do { for record in opened { try watch(record) } } catch {
            _ = close(legs)
            throw error
        }
        return opened.map { LocalAudio(leg: $0.id, address: address, port: $0.sockets.port) }
    }

    private func twice(_ legs: [LegID]) -> LegID? {
        var seen: Set<LegID> = []
        return legs.first { !seen.insert($0).inserted }
    }

    /// A leg's place and sockets. The worker has no plan of it and so does not look at the slot.
    private mutating func openOne(_ leg: LegID) throws(MediaEngineError) -> LegRecord {
        let sockets = try pool.take()
        guard let slot = owners.firstIndex(of: nil) else { preconditionFailure("more port pairs than slots") }
        owners[slot] = leg
        var record = LegRecord(id: leg, slot: slot, sockets: sockets)
        record.serials.source = nextSerial()
        records[leg] = record
        let out = OutgoingStream(
            ssrc: .random(in: 0...UInt32.max), sequenceNumber: .random(in: 0...UInt16.max),
            timestamp: .random(in: 0...UInt32.max))
        worker.slots[slot].counters.reset()
        worker.slots[slot].state = LegState(out: out)
        let inUse = worker.words.pointee.slotsInUse.load(ordering: .relaxed)
        if slot >= inUse { worker.words.pointee.slotsInUse.store(slot + 1, ordering: .releasing) }
        return record
    }

    private func watch(_ record: LegRecord) throws(MediaEngineError) {
        let token = Worker.firstLegToken + 2 * UInt32(record.slot)
        for (fd, token) in [(record.sockets.rtp, token), (record.sockets.rtcp, token + 1)] {
            let code = media_epoll_add(worker.epoll, fd, token)
            guard code == 0 else {
                throw MediaEngineError(.system, "cannot watch a socket: \(errorText(-code))")
            }
        }
    }

    mutating func close(_ legs: [LegID]) -> [MediaFact.Leg] {
        let closing = Set(legs).compactMap { records[$0] }
        guard !isStopped, !closing.isEmpty else { return [] }
        for record in closing { stopHearing(record, besides: closing) }
        for record in closing { unlink(record) }
        host.settle()
        freeRetired(all: true)
        let facts = counters(legs)
        for record in closing { forget(record) }
        return facts
    }

    /// Whoever heard this leg hears silence; whomever it heard has a listener less.
    private mutating func stopHearing(_ record: LegRecord, besides closing: [LegRecord]) {
        for slot in records[record.id]?.listeners ?? [] {
            guard let listener = owners[Int(slot)], !closing.contains(where: { $0.id == listener }) else { continue }
            setSource(.silence, of: listener)
            publish(listener)
        }
        guard let heard = record.heard else { return }
        records[heard]?.listeners.removeAll { $0 == Int32(record.slot) }
        if !closing.contains(where: { $0.id == heard }) { publish(heard) }
    }

    private mutating func unlink(_ record: LegRecord) {
        media_epoll_remove(worker.epoll, record.sockets.rtp)
        media_epoll_remove(worker.epoll, record.sockets.rtcp)
        if let old = worker.slots[record.slot].plan.exchange(nil, ordering: .sequentiallyConsistent) { retire(old) }
    }

    private mutating func forget(_ record: LegRecord) {
        pool.giveBack(record.sockets)
        owners[record.slot] = nil
        records[record.id] = nil
    }

    /// Closes everything and ends the worker.
    mutating func stop() {
        guard !isStopped else { return }
        _ = close(Array(records.keys))
        isStopped = true
        host.stop()
        for entry in retired { LegDesk.free(entry.plan) }
        retired = []
    }

    func checkRunning() throws(MediaEngineError) {
        if isStopped { throw MediaEngineError(.stopped, "the media engine was stopped") }
    }

    func counters(_ legs: [LegID]) -> [MediaFact.Leg] {
        guard !isStopped else { return [] }
        return legs.compactMap { records[$0] }.map(fact)
    }

    private func fact(_ record: LegRecord) -> MediaFact.Leg {
        let slot = worker.slots + record.slot
        func value(_ path: (borrowing LegCounters) -> UInt64) -> UInt64 { path(slot.pointee.counters) }
        return MediaFact.Leg(
            leg: record.id, packetsReceived: value { $0.packetsReceived.load(ordering: .relaxed) },
            packetsSent: value { $0.packetsSent.load(ordering: .relaxed) },
            bytesReceived: value { $0.bytesReceived.load(ordering: .relaxed) },
            bytesSent: value { $0.bytesSent.load(ordering: .relaxed) },
            packetsLost: value { $0.packetsLost.load(ordering: .relaxed) },
            packetsRefused: value { $0.packetsRefused.load(ordering: .relaxed) })
    }

    /// What a notice of the worker means now; nil if it is about what has been replaced or closed since.
    mutating func meaning(_ raw: RawNotice) -> EngineNotice? {
        guard !isStopped, let leg = owners[Int(raw.slot)], let record = records[leg] else { return nil }
        switch raw.kind {
        case .firstPacket: return raw.serial == record.serials.remote ? .firstPacket(leg) : nil
        case .collected:
            guard raw.serial == record.serials.collect, record.collect != nil else { return nil }
            records[leg]?.collect = nil
            let digit = raw.key == 0 ? nil : String(UnicodeScalar(raw.key))
            return .collected(leg, id: record.collectID, digit: digit)
        }
    }
}
