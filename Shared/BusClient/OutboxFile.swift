import Foundation

/// Keeps durable events over the death of this process: what the broker has not confirmed is written here and sent
/// again, under the same ids and in order, by the next process of the same service and instance.
///
/// One file `<service>-<instance>.outbox` in the folder `bus.outbox`, mode 0600 (it tells who called whom), and beside
/// it a `.lock` that is held as long as the file is open. Frames (`OutboxRecord`) are only appended; what is settled is
/// said by an appended number, and when nothing is left the file is cut to its header.
///
/// **Syncing.** A process that is killed leaves what it has written to the kernel, so `append` does not sync. `sync` is
/// for what must outlive the machine, and costs milliseconds: the keeper calls it after each round in which confirms
/// stay out, since then this file is the only copy; while confirms come, an event is here for some milliseconds only
/// and the broker's own disk has it next.
///
/// **Threads.** Not Sendable: opened and used by the keeper's thread alone. Writing may wait for the disk, which
/// neither a caller of `publish` (the SIP thread) nor the connection's thread may.
final class OutboxFile {
    struct Limits {
        /// Bytes of the file. As much as may wait in memory, and its frames.
        var bytes = 96 << 20
        /// What is older when the file is opened is not sent any more but counted: a journal closes its months.
        var age = Duration.seconds(7 * 86_400)
    }

    let path: String
    /// What an earlier process left, in order; read once, at opening.
    let recovered: [OutboxRecord.Event]
    let damages: [OutboxScan.Damage]
    /// Events that were too old.
    let expired: Int
    /// The highest number in the file when it was opened; new ones are greater.
    let last: UInt64

    private let limits: Limits
    private let lock: OutboxDescriptor
    private var file: OutboxDescriptor
    private var end: Int
    /// Events that are not settled, by rising place.
    private var live: [(number: UInt64, place: Range<Int>)]

    /// Opens or makes the file and reads what is left in it. A tail that cannot be read is cut off.
    /// - Parameter now: milliseconds since 1970.
    /// - Throws: `.outbox` with a sentence that names `bus.outbox`.
    init(folder: String, name: String, limits: Limits = Limits(), now: Int64) throws(BusError) {
        path = "\(folder)/\(name).outbox"
        self.limits = limits
        lock = try Self.lock(path + ".lock", folder)
        file = try OutboxDescriptor(opening: path, O_RDWR | O_CREAT)
        let bytes = try Self.read(file, path)
        let scan = OutboxScan(bytes)
        let tooOld = now - limits.age.components.seconds * 1_000
        let kept = scan.live.filter { $0.event.writtenAt >= tooOld }
        (recovered, expired) = (kept.map(\.event), scan.live.count - kept.count)
        (damages, last) = (scan.damages, scan.last)
        live = kept.map { ($0.event.number, $0.place) }.sorted { $0.place.lowerBound < $1.place.lowerBound }
        end = max(scan.end, OutboxScan.header.count)
        if let code = file.write(OutboxScan.header, at: 0) ?? file.cut(to: end) {
            throw BusError(.outbox, "bus.outbox: \(path) cannot be written (\(errorText(code)))")
        }
    }

    private static func lock(_ path: String, _ folder: String) throws(BusError) -> OutboxDescriptor {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw BusError(
                .outbox, "bus.outbox: there is no folder \(folder); make it, mode 0700, owned by the service's user")
        }
        let lock = try OutboxDescriptor(opening: path, O_RDWR | O_CREAT)
        guard lock.lock() else {
            throw BusError(
                .outbox,
                "bus.outbox: another process holds \(path); each replica needs an instance name or folder of its own")
        }
        return lock
    }

    private static func read(_ file: borrowing OutboxDescriptor, _ path: String) throws(BusError) -> [UInt8] {
        let bytes: [UInt8]
        switch file.readAll() {
        case .success(let read): bytes = read
        case .failure(let error):
            throw BusError(.outbox, "bus.outbox: \(path) cannot be read (\(errorText(error.code)))")
        }
        let head = bytes.prefix(OutboxScan.header.count)
        if OutboxScan.header.starts(with: head) { return bytes }
        if head.starts(with: OutboxScan.family) {
            throw BusError(
                .outbox,
                "bus.outbox: \(path) was written by a newer version; start that version once, so that it "
                    + "sends what is in it, or update this service")
        }
        throw BusError(.outbox, "bus.outbox: \(path) is no outbox file; move it away or name another folder")
    }

    /// Outbox files of other names in the folder that have something in them.
    static func others(in folder: String, beside path: String) -> [(path: String, bytes: Int)] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch { return [] }
        return names.sorted().compactMap { name in
            let other = "\(folder)/\(name)"
            var facts = stat()
            guard name.hasSuffix(".outbox"), other != path, stat(other, &facts) == 0,
                facts.st_size > OutboxScan.header.count
            else { return nil }
            return (other, Int(facts.st_size))
        }
    }

    // MARK: Writing

    /// Writes these at the end, as many as there is room for.
    /// - Returns: how many of them, from the first on, are in the file now; with the reason if not all are. What was
    ///   written before stays in any case.
    func append(_ events: [OutboxRecord.Event]) -> (written: Int, refusal: BusError?) {
        if let refusal = write(events[...]) {
            guard events.count > 1 else { return (0, refusal) }
            for index in events.indices {
                if let refusal = write(events[index...index]) { return (index, refusal) }
            }
        }
        return (events.count, nil)
    }

    /// All of them or none.
    private func write(_ events: ArraySlice<OutboxRecord.Event>) -> BusError? {
        var bytes: [UInt8] = []
        var places: [(UInt64, Range<Int>)] = []
        for event in events {
            let start = bytes.count
            OutboxRecord.event(event).append(to: &bytes)
            places.append((event.number, start..<bytes.count))
        }
        if end + bytes.count > limits.bytes, let refusal = compact(toFit: bytes.count) { return refusal }
        if let code = file.write(bytes, at: end) {
            _ = file.cut(to: end)  // If even that fails, the next write goes over the rest, or the next reader cuts it.
            return refusal(errorText(code))
        }
        for (number, place) in places { live.append((number, place.lowerBound + end..<place.upperBound + end)) }
        end += bytes.count
        return nil
    }

    private func refusal(_ why: String) -> BusError {
        BusError(
            .outbox,
            "bus.outbox: \(path) takes no more events (\(why)): new work is refused until there is room on "
                + "its disk or the broker confirms again")
    }

    /// Everything up to this number needs this file no more.
    func settle(upTo number: UInt64) {
        let before = live.count
        live.removeAll { $0.number <= number }
        guard live.count < before else { return }
        if live.isEmpty, file.cut(to: OutboxScan.header.count) == nil {
            end = OutboxScan.header.count
            return
        }
        var bytes: [UInt8] = []
        OutboxRecord.settled(number).append(to: &bytes)
        // Without this number they would only be sent once more, with their ids.
        if file.write(bytes, at: end) == nil { end += bytes.count }
    }

    /// Waits until the disk has all that was appended.
    func sync() { file.sync() }

    // MARK: Compacting

    /// Writes what is not settled to a new file, which takes the old one's place at once and whole.
    private func compact(toFit more: Int) -> BusError? {
        let size = live.reduce(OutboxScan.header.count) { $0 + $1.place.count }
        guard size + more <= limits.bytes else { return refusal("it holds its limit of \(limits.bytes >> 20) MiB") }
        do throws(BusError) {
            let next = try OutboxDescriptor(opening: path + ".new", O_RDWR | O_CREAT | O_TRUNC)
            let places = try copy(to: next)
            guard rename(path + ".new", path) == 0 else { throw refusal(errorText(errno)) }
            file = next
            (live, end) = (places, size)
            return nil
        } catch {
            unlink(path + ".new")
            return error
        }
    }

    private func copy(to next: borrowing OutboxDescriptor) throws(BusError) -> [(UInt64, Range<Int>)] {
        var places: [(UInt64, Range<Int>)] = []
        var at = OutboxScan.header.count
        if let code = next.write(OutboxScan.header, at: 0) { throw refusal(errorText(code)) }
        for (number, place) in live {
            guard let bytes = file.read(place) else { throw refusal("it cannot be read again") }
            if let code = next.write(bytes, at: at) { throw refusal(errorText(code)) }
            places.append((number, at..<at + bytes.count))
            at += bytes.count
        }
        next.sync()
        return places
    }
}

private func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
