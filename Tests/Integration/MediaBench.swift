import AudioKernel
import BusContract
import Codecs
import Foundation
import Logging
import MediaEngine
import Synchronization
import TelephonyModel

/// A media engine with ports of its own, and what it noticed.
final class MediaBench: Sendable {
    static let promptFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Services/media/Prompts").path

    let engine: MediaEngine
    let ports: ClosedRange<UInt16>
    private let notices: Notices

    private final class Notices: Sendable {
        let all = Mutex<[EngineNotice]>([])
    }

    init(country: String = "DE", pairs: UInt16 = 20) throws {
        ports = try MediaBench.freeRange(2 * pairs)
        let notices = Notices()
        self.notices = notices
        var logger = Logger(label: "engine")
        logger.logLevel = .error
        engine = try MediaEngine(
            address: "127.0.0.1", ports: ports, country: country, promptFolder: MediaBench.promptFolder, logger: logger
        ) { notice in notices.all.withLock { $0.append(notice) } }
    }

    deinit { engine.stop() }

    /// A range of ports that nobody has now, below those that the kernel gives out by itself.
    private static func freeRange(_ count: UInt16) throws -> ClosedRange<UInt16> {
        for _ in 0..<100 {
            let first = UInt16.random(in: 250...600) * 50
            if (first..<first + count).allSatisfy(isFree) { return first...first + count - 1 }
        }
        throw MediaPhone.Failure(why: "no free range of \(count) UDP ports")
    }

    /// Whether a UDP port of 127.0.0.1 is free.
    static func isFree(_ port: UInt16) -> Bool {
        let descriptor = bound(port)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    /// A socket on a UDP port of 127.0.0.1; negative when it is taken.
    static func bound(_ port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        let code = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return -1
    }

    var noticed: [EngineNotice] { notices.all.withLock { $0 } }

    /// Waits until this was noticed, at most 5 s.
    func notices(_ notice: EngineNotice) async throws -> Bool {
        for _ in 0..<500 {
            if noticed.contains(notice) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    func open(_ leg: LegID) throws -> LocalAudio { try engine.open([leg])[0] }

    func counters(_ leg: LegID) -> MediaFact.Leg { engine.counters([leg]).first ?? MediaFact.Leg(leg: leg) }
}

/// Two legs that hear each other, with a phone at each.
struct MediaBridge {
    static let a = LegID(unchecked: "leg-a"), b = LegID(unchecked: "leg-b")
    let bench: MediaBench
    let phoneA: MediaPhone, phoneB: MediaPhone
    let audioA: LocalAudio, audioB: LocalAudio

    init(
        _ codecA: Codec = .pcma, _ codecB: Codec = .pcma, dtmfA: UInt8? = 101, dtmfB: UInt8? = 101,
        isJoined: Bool = true
    ) throws {
        bench = try MediaBench()
        (phoneA, phoneB) = (try MediaPhone(codecA), try MediaPhone(codecB))
        let audio = try bench.engine.open([Self.a, Self.b])
        (audioA, audioB) = (audio[0], audio[1])
        try bench.engine.apply([
            .remote(Self.a, phoneA.remote(dtmf: dtmfA)), .remote(Self.b, phoneB.remote(dtmf: dtmfB)),
        ])
        if isJoined { try join() }
    }

    func join() throws { try bench.engine.apply([.hear(Self.a, .leg(Self.b)), .hear(Self.b, .leg(Self.a))]) }
}

/// Lets phones speak and listen in real time, 20 ms a step; a phone without a pitch only listens.
func talk(milliseconds: Int, _ speakers: [(phone: MediaPhone, hertz: Int?, to: LocalAudio)]) async throws {
    let sounds = speakers.map { speaker in
        speaker.hertz.map { ToneGenerator.loop(Cadence([$0], [(milliseconds, 0)])) }
    }
    let start = ContinuousClock.now
    for step in 0..<milliseconds / AudioFrame.milliseconds {
        for (speaker, sound) in zip(speakers, sounds) {
            if let frame = sound?.dropFirst(step * AudioFrame.samples).prefix(AudioFrame.samples) {
                speaker.phone.speak(frame, to: speaker.to)
            }
            speaker.phone.listen()
        }
        try await ContinuousClock().sleep(until: start + .milliseconds(AudioFrame.milliseconds * (step + 1)))
    }
    // What is under way still arrives.
    try await Task.sleep(for: .milliseconds(30))
    for speaker in speakers { speaker.phone.listen() }
}
