import Synchronization
import TestSupport

/// The far side of a leg: a UDP socket of 127.0.0.1 that speaks G.711 A-law and key presses in real time, and counts
/// what it hears.
final class AudioPeer: Sendable {
    /// Payload bytes heard, by value.
    private let heard = Mutex<[UInt8: Int]>([:])
    /// Sequence number and timestamp of the next packet.
    private let next = Mutex<(sequence: UInt16, timestamp: UInt32)>((1, 160))
    private let socket: UDPSocket

    /// - Parameter port: nil for any free one.
    /// - Throws: when the port is taken.
    init(port wanted: UInt16? = nil) throws(UDPSocket.Failure) { socket = try UDPSocket(port: wanted ?? 0) }

    var port: UInt16 { socket.port }

    /// How many bytes of this value were heard.
    func heard(_ value: UInt8) -> Int { heard.withLock { $0[value, default: 0] } }
    var heardAll: Int { heard.withLock { $0.values.reduce(0, +) } }

    /// Speaks packets of 20 ms, 160 bytes of one value, and listens meanwhile.
    func speak(_ value: UInt8, packets: Int, to port: UInt16) async throws {
        for _ in 0..<packets {
            let (sequence, timestamp) = step(samples: 160)
            socket.send(header(8, sequence, timestamp) + Array(repeating: value, count: 160), to: port)
            try await Task.sleep(for: .milliseconds(20))
            listen()
        }
    }

    /// One key press as RFC 4733 §2.5 sends it: one timestamp, growing duration, three ends. Payload type 101.
    func press(_ event: UInt8, to port: UInt16) async throws {
        let timestamp = step(samples: 160).timestamp
        for packet in 1...6 {
            let (duration, end) = (UInt16(160 * min(packet, 4)), UInt8(packet > 3 ? 0x80 : 0))
            let payload = [event, end | 10, UInt8(duration >> 8), UInt8(duration & 0xFF)]
            socket.send(header(101, step(samples: 0).sequence, timestamp) + payload, to: port)
            try await Task.sleep(for: .milliseconds(20))
        }
        _ = step(samples: 640)
    }

    /// Takes what has arrived.
    func listen() {
        while let packet = socket.receive() {
            guard packet.count > 12, packet[1] & 0x7F == 8 else { continue }
            heard.withLock { heard in for byte in packet[12...] { heard[byte, default: 0] += 1 } }
        }
    }

    private func step(samples: UInt32) -> (sequence: UInt16, timestamp: UInt32) {
        next.withLock { next in
            defer { next = (next.sequence &+ 1, next.timestamp &+ samples) }
            return next
        }
    }

    private func header(_ payloadType: UInt8, _ sequence: UInt16, _ timestamp: UInt32) -> [UInt8] {
        let stamp = (0..<4).map { UInt8(truncatingIfNeeded: timestamp >> (24 - 8 * UInt32($0))) }
        let source = [UInt8(port >> 8), UInt8(port & 0xFF), 0, 1]
        return [0x80, payloadType, UInt8(sequence >> 8), UInt8(sequence & 0xFF)] + stamp + source
    }
}
