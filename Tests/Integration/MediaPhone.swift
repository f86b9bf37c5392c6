import AudioKernel
import BusContract
import Codecs
import Foundation
import RTP
import TelephonyModel

/// The far side of a leg as the engine's tests need it: any address of the loopback net, both laws, every packet kept.
final class MediaPhone {
    struct Failure: Error { let why: String }
    struct Heard {
        let header: RTPHeader
        let payload: [UInt8]
    }

    let address: String
    let codec: Codec
    let port: UInt16
    var ssrc = UInt32.random(in: 1...UInt32.max)
    var sequenceNumber = UInt16.random(in: 0...UInt16.max)
    var timestamp = UInt32.random(in: 0...UInt32.max)
    private(set) var heard: [Heard] = []
    private let descriptor: Int32

    init(_ codec: Codec = .pcma, address: String = "127.0.0.1") throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var own = MediaPhone.name(address, 0), size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        self.descriptor = descriptor
        (self.address, self.codec, port) = (address, codec, UInt16(bigEndian: own.sin_port))
        if !isBound { throw Failure(why: "no socket at \(address)") }
    }

    deinit { close(descriptor) }

    /// What this phone's SDP says.
    func remote(dtmf: UInt8? = 101, address: String? = nil) -> RemoteAudio {
        RemoteAudio(
            address: address ?? self.address, port: port, codec: codec, payloadType: codec.payloadType,
            dtmfPayloadType: dtmf)
    }

    /// Sends one frame of speech.
    func speak(_ samples: some Collection<Int16>, to audio: LocalAudio) {
        send(codec.payloadType, G711.encode(Array(samples), as: codec), to: audio)
        timestamp &+= UInt32(samples.count)
    }

    /// A key press as RFC 4733 §2.5 sends it: updates, then three ends under one timestamp; all at once.
    func press(_ key: Character, payloadType: UInt8 = 101, updates: Int = 3, to audio: LocalAudio) throws {
        guard let code = TelephoneEvent.code(of: key) else { throw Failure(why: "\(key) is no key") }
        for update in 1...updates + 3 {
            let event = TelephoneEvent(
                code: code, isEnd: update > updates, volume: 10, duration: UInt16(160 * min(update, updates + 1)))
            send(payloadType, event.bytes, marker: update == 1, to: audio)
        }
        timestamp &+= UInt32(160 * (updates + 2))
    }

    /// Sends one packet under the present timestamp.
    func send(_ payloadType: UInt8, _ payload: [UInt8], marker: Bool = false, to audio: LocalAudio) {
        let header = RTPHeader(
            marker: marker, payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc)
        var bytes = [UInt8](repeating: 0, count: RTPHeader.size)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        sendRaw(bytes + payload, to: audio.address, audio.port)
        sequenceNumber &+= 1
    }

    func sendRaw(_ bytes: [UInt8], to address: String, _ port: UInt16) {
        var name = MediaPhone.name(address, port)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Takes what has arrived.
    func listen() {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_048, alignment: 1)
        defer { room.deallocate() }
        while true {
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            guard count >= 0 else { return }
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
            do throws(RTPError) {
                let packet = try RTPPacket(reading: bytes)
                let payload = bytes[packet.payloadOffset..<packet.payloadOffset + packet.payloadCount]
                heard.append(Heard(header: packet.header, payload: [UInt8](payload)))
            } catch { preconditionFailure("the engine sent what is no RTP: \(error)") }
        }
    }

    func forget() {
        listen()
        heard = []
    }

    /// What was said to this phone: audio payloads in a row.
    var samples: [Int16] {
        heard.filter { $0.header.payloadType == codec.payloadType }.flatMap { G711.decode($0.payload, from: codec) }
    }
    /// The same without frames of silence.
    var loudSamples: [Int16] {
        heard.filter { $0.header.payloadType == codec.payloadType }.map { G711.decode($0.payload, from: codec) }
            .filter { Goertzel.loudness(of: $0) > 100 }.flatMap { $0 }
    }
    var events: [Heard] { heard.filter { ![0, 8].contains($0.header.payloadType) } }

    /// True if what was heard is one unbroken stream: one SSRC, numbers that grow by one, time that never goes back.
    var isUnbroken: Bool {
        zip(heard, heard.dropFirst()).allSatisfy { before, after in
            after.header.ssrc == before.header.ssrc && after.header.sequenceNumber == before.header.sequenceNumber &+ 1
                && Int32(bitPattern: after.header.timestamp &- before.header.timestamp) >= 0
        }
    }

    private static func name(_ address: String, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        return name
    }
}
