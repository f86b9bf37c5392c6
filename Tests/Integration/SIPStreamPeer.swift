import Foundation
import Glibc

/// A TCP connection to 127.0.0.1 that says what it is told, byte by byte if need be; or one that came to a listener.
final class SIPStreamPeer: Sendable {
    struct Failure: Error {}
    let descriptor: Int32
    /// Our side's.
    let port: UInt16

    /// Connects.
    init(to port: UInt16, from address: String = "127.0.0.1") throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var own = Self.name(address, 0), far = Self.name("127.0.0.1", port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isThere = withUnsafePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        let isConnected = withUnsafePointer(to: &far) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
        }
        (self.descriptor, self.port) = (descriptor, Self.port(of: descriptor))
        guard isThere, isConnected else { throw Failure() }
    }

    private init(accepted descriptor: Int32) { (self.descriptor, port) = (descriptor, Self.port(of: descriptor)) }

    deinit { close(descriptor) }

    /// Bytes that the kernel took within the time; fewer if the far side does not read or has closed.
    @discardableResult func send(_ text: String, waitingMs limit: Int32 = 2_000) -> Int {
        send(Array(text.utf8), waitingMs: limit)
    }

    @discardableResult func send(_ bytes: [UInt8], waitingMs limit: Int32 = 2_000) -> Int {
        var sent = 0
        while sent < bytes.count {
            var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&writable, 1, limit) == 1 else { break }
            let rest = bytes[sent...]
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// The next message, without body, or nil if none comes in time.
    func receive(_ prefix: String = "", seconds: Double = 5) -> String? {
        let limit = Date(timeIntervalSinceNow: seconds)
        var text = ""
        while Date() < limit {
            guard let byte = read(waitingMs: 100) else {
                if isClosed { return nil }
                continue
            }
            text.unicodeScalars.append(Unicode.Scalar(byte))
            guard text.hasSuffix("\r\n\r\n") else { continue }
            let body = SIPText(text).line("Content-Length").flatMap { Int($0) } ?? 0
            for _ in 0..<body { _ = read(waitingMs: 1_000) }
            if text.hasPrefix(prefix) { return text }
            text = ""
        }
        return nil
    }

    /// Whether the far side ends the connection within the time; what it still says is left out.
    func ends(within seconds: Double) -> Bool {
        let limit = Date(timeIntervalSinceNow: seconds)
        while Date() < limit {
            if isClosed { return true }
            _ = read(waitingMs: 50)
        }
        return isClosed
    }

    private func read(waitingMs limit: Int32) -> UInt8? {
        var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&readable, 1, limit) == 1 else { return nil }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 1 ? byte : nil
    }

    private var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }

    /// A listener on 127.0.0.1 whose connections are taken one after another.
    final class Listener: Sendable {
        let descriptor: Int32
        let port: UInt16
        init() throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var own = SIPStreamPeer.name("127.0.0.1", 0)
            let isBound = withUnsafePointer(to: &own) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            (self.descriptor, port) = (descriptor, SIPStreamPeer.port(of: descriptor))
            guard isBound, listen(descriptor, 8) == 0 else { throw Failure() }
        }
        deinit { close(descriptor) }

        func next(seconds: Double = 5) -> SIPStreamPeer? {
            var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&readable, 1, Int32(seconds * 1_000)) == 1 else { return nil }
            let accepted = accept(descriptor, nil, nil)
            return accepted < 0 ? nil : SIPStreamPeer(accepted: accepted)
        }
    }

    static func name(_ address: String, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        (name.sin_family, name.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
        inet_pton(AF_INET, address, &name.sin_addr)
        return name
    }

    static func port(of descriptor: Int32) -> UInt16 {
        var own = sockaddr_in(), size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let known = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return known == 0 ? UInt16(bigEndian: own.sin_port) : 0
    }
}
