import Glibc

/// A UDP socket of the loopback net: what the far sides of tests speak and hear through.
public final class UDPSocket: Sendable {
    public struct Failure: Error, CustomStringConvertible { public let description: String }

    public let address: String
    public let port: UInt16
    private let descriptor: Int32

    /// - Parameter wanted: 0 for any free port.
    /// - Throws: when the port is taken.
    public init(at address: String = "127.0.0.1", port wanted: UInt16 = 0) throws(Failure) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var own = Self.name(address, wanted), size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        (self.address, self.descriptor, port) = (address, descriptor, UInt16(bigEndian: own.sin_port))
        if !isBound { throw Failure(description: "\(address):\(wanted) is taken, or there is no socket") }
    }

    deinit { close(descriptor) }

    public func send(_ bytes: [UInt8], to port: UInt16, at address: String = "127.0.0.1") {
        var far = Self.name(address, port)
        _ = withUnsafePointer(to: &far) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The next datagram, at most 64 KiB; nil if none has come. Blocks its thread for so many milliseconds at most.
    public func receive(waitingMs limit: Int32 = 0) -> [UInt8]? {
        var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&readable, 1, limit) == 1 else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { room in
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            return count < 0 ? nil : [UInt8](room[..<count])
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
