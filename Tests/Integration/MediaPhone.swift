import AudioKernel
import BusContract
import Codecs
import Foundation
import RTP
import TelephonyModel
import TestSupport

/// The far side of a leg as the engine's tests need it: any address of the loopback net, both laws, every packet kept.
final class MediaPhone {
    struct Failure: Error { let why: String }
    struct Heard {
        let header: RTPHeader
        let payload: [UInt8]
    }

    let codec: Codec
    var ssrc = UInt32.random(in: 1...UInt32.max)
    var sequenceNumber = UInt16.random(in: 0...UInt16.max)
    var timestamp = UInt32.random(in: 0...UInt32.max)
    private(set) var heard: [Heard] = []
    private let socket: UDPSocket

    init(_ codec: Codec = .pcma, address: String = "127.0.0.1") throws {
        self.codec = codec
        socket = try UDPSocket(at: address)
    }

    var address: String { socket.address }
    var port: UInt16 { socket.port }

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

    func sendRaw(_ bytes: [UInt8], to address: String, _ port: UInt16) { socket.send(bytes, to: port, at: address) }

    /// Takes what has arrived.
    func listen() {
        while let bytes = socket.receive() {
            bytes.withUnsafeBytes { bytes in
                do throws(RTPError) {
                    let packet = try RTPPacket(reading: bytes)
                    let payload = bytes[packet.payloadOffset..<packet.payloadOffset + packet.payloadCount]
                    heard.append(Heard(header: packet.header, payload: [UInt8](payload)))
                } catch { preconditionFailure("the engine sent what is no RTP: \(error)") }
            }
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
}
