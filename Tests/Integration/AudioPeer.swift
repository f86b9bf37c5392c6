import Foundation
import Synchronization

/// The far side of a leg: a UDP socket of 127.0.0.1 that speaks G.711 A-law and key presses in real time, and counts
/// what it hears.
final class AudioPeer: Sendable {
    struct Failure: Error { let why: String }

    /// Payload bytes heard, by value.
    private let heard = Mutex<[UInt8: Int]>([:])
    /// Sequence number and timestamp of the next packet.
    private let next = Mutex<(sequence: UInt16, timestamp: UInt32)>((1, 160))
    private let descriptor: Int32
    let port: UInt16

    /// - Parameter port: nil for any free one.
    /// - Throws: when the port is taken.
    init(port wanted: UInt16? = nil) throws(Failure) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw Failure(why: "no socket") }
        var own = Self.address(wanted ?? 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        port = UInt16(bigEndian: own.sin_port)
        if !isBound { throw Failure(why: "port \(wanted ?? 0) is taken") }
    }

    deinit { close(descriptor) }

    /// How many bytes of this value were heard.
    func heard(_ value: UInt8) -> Int { heard.withLock { $0[value, default: 0] } }
    var heardAll: Int { heard.withLock { $0.values.reduce(0, +) } }

    /// Speaks packets of 20 ms, 160 bytes of one value, and listens meanwhile.
    func speak(_ value: UInt8, packets: Int, to port: UInt16) async throws {
        for _ in 0..<packets {
            let (sequence, timestamp) = step(samples: 160)
            send(header(8, sequence, timestamp) + Array(repeating: value, count: 160), to: port)
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
            send(header(101, step(samples: 0).sequence, timestamp) + payload, to: port)
            try await Task.sleep(for: .milliseconds(20))
        }
        _ = step(samples: 640)
    }

    /// Takes what has arrived.
    func listen() {
        var packet = [UInt8](repeating: 0, count: 2_048)
        while true {
            let count = recv(descriptor, &packet, packet.count, 0)
            guard count >= 12 else { return }
            guard packet[1] & 0x7F == 8 else { continue }
            heard.withLock { heard in for byte in packet[12..<count] { heard[byte, default: 0] += 1 } }
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

    private func send(_ bytes: [UInt8], to port: UInt16) {
        var far = Self.address(port)
        _ = withUnsafePointer(to: &far) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}
