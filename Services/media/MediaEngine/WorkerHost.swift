import AudioKernel
import CMediaIO
import Codecs
import Glibc
import TelephonyModel

/// The worker's memory, descriptors and thread, from start to end.
final class WorkerHost: Sendable {
    let worker: Worker
    let capacity: Int
    private let thread: OSThread

    /// - Parameter capacity: legs at once.
    init(capacity: Int, sounds: SoundLibrary) throws(MediaEngineError) {
        worker = try WorkerHost.makeWorker(capacity: capacity, sounds)
        self.capacity = capacity
        do {
            try WorkerHost.watch(worker)
            thread = try OSThread(name: "media-worker") { [worker] in worker.run() }
        } catch {
            WorkerHost.free(worker, capacity)
            WorkerHost.freeNotices(worker)
            throw error
        }
    }

    /// Ends the thread and frees all but what `finishNotices` frees. Once only; no leg may have a plan any more.
    func stop() {
        worker.words.pointee.isStopping.store(true, ordering: .releasing)
        media_ring(worker.doorbell)
        thread.join()
        WorkerHost.free(worker, capacity)
    }

    /// The reader of notices is done with ring and bell.
    func finishNotices() { WorkerHost.freeNotices(worker) }

    /// Returns when the worker can hold nothing that was taken from it before.
    func settle() {
        media_ring(worker.doorbell)
        while media_await(worker.answered, 1_000) == 0 {}
    }

    private static func makeWorker(capacity: Int, _ sounds: SoundLibrary) throws(MediaEngineError) -> Worker {
        guard let aLaw = sounds[.silence, .pcma], let muLaw = sounds[.silence, .pcmu] else {
            preconditionFailure("a sound library without silence")
        }
        let descriptors = try openDescriptors()
        let slots = UnsafeMutablePointer<LegSlot>.allocate(capacity: capacity)
        for index in 0..<capacity { (slots + index).initialize(to: LegSlot()) }
        let words = UnsafeMutablePointer<WorkerWords>.allocate(capacity: 1)
        words.initialize(to: WorkerWords())
        let ring = UnsafeMutablePointer<NoticeRing>.allocate(capacity: 1)
        ring.initialize(to: NoticeRing(capacity: 4 * capacity))
        return Worker(
            epoll: descriptors[0], timer: descriptors[1], doorbell: descriptors[2], answered: descriptors[3],
            noticeBell: descriptors[4], words: words, slots: slots, ring: ring,
            packets: .allocate(capacity: Int(MEDIA_BURST * MEDIA_PACKET_ROOM)),
            arrivals: .allocate(capacity: Int(MEDIA_BURST)), outgoing: .allocate(capacity: Int(MEDIA_PACKET_ROOM)),
            tokens: .allocate(capacity: Int(MEDIA_READY)),
            aLawToMuLaw: stablePointer(G711.transcoding(from: .pcma)),
            muLawToALaw: stablePointer(G711.transcoding(from: .pcmu)), aLawSilence: aLaw.bytes,
            muLawSilence: muLaw.bytes)
    }

    /// Epoll, timer, doorbell, answered, notice bell.
    private static func openDescriptors() throws(MediaEngineError) -> [Int32] {
        let interval = Int64(AudioFrame.milliseconds) * 1_000_000
        let descriptors = [media_epoll(), media_timer(interval), media_event(), media_event(), media_event()]
        if let failed = descriptors.first(where: { $0 < 0 }) {
            for descriptor in descriptors where descriptor >= 0 { _ = close(descriptor) }
            throw MediaEngineError(.system, "no descriptors for the media worker: \(errorText(-failed))")
        }
        return descriptors
    }

    private static func watch(_ worker: Worker) throws(MediaEngineError) {
        for (fd, token) in [(worker.timer, Worker.timerToken), (worker.doorbell, Worker.doorbellToken)] {
            let code = media_epoll_add(worker.epoll, fd, token)
            guard code == 0 else {
                throw MediaEngineError(.system, "the media worker cannot watch its timer: \(errorText(-code))")
            }
        }
    }

    private static func free(_ worker: Worker, _ capacity: Int) {
        for fd in [worker.epoll, worker.timer, worker.doorbell, worker.answered] { _ = close(fd) }
        worker.slots.deinitialize(count: capacity)
        worker.slots.deallocate()
        worker.words.deinitialize(count: 1)
        worker.words.deallocate()
        worker.packets.deallocate()
        worker.arrivals.deallocate()
        worker.outgoing.deallocate()
        worker.tokens.deallocate()
        worker.aLawToMuLaw.deallocate()
        worker.muLawToALaw.deallocate()
    }

    private static func freeNotices(_ worker: Worker) {
        _ = close(worker.noticeBell)
        worker.ring.deinitialize(count: 1)
        worker.ring.deallocate()
    }
}
