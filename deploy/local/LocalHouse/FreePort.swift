import Foundation
import Synchronization

/// Hands out free ports, each once, also among all Rufbus processes of this machine: ports come in blocks of 100 below
/// the kernel's own range, and an abstract Unix socket held until we end says whose a block is. It leaves no file.
public enum FreePort {
    static let blockSize = 100
    static let first = 10_000
    static let blocks = 220

    private struct State { var queue: [UInt16] = [] }
    private static let state = Mutex(State())

    /// A port that nobody has bound on 127.0.0.1, UDP or TCP.
    public static func next() throws(HouseError) -> UInt16 {
        try state.withLock { (state: inout State) throws(HouseError) -> UInt16 in
            while true {
                if state.queue.isEmpty { state.queue = try takeBlocks(1).map { $0 } }
                let port = state.queue.removeFirst()
                if isFree(port) { return port }
            }
        }
    }

    /// At least `count` ports in a row, beginning with an even one (RTP, RFC 3550 §11).
    public static func range(_ count: Int) throws(HouseError) -> ClosedRange<UInt16> {
        let taken = try state.withLock { (_: inout State) throws(HouseError) -> ClosedRange<UInt16> in
            try takeBlocks((count + blockSize - 1) / blockSize)
        }
        return taken.lowerBound...(taken.lowerBound + UInt16(count - 1))
    }

    /// Free blocks in a row, now ours.
    private static func takeBlocks(_ count: Int) throws(HouseError) -> ClosedRange<UInt16> {
        let start = Int.random(in: 0..<blocks)
        for offset in 0..<blocks {
            let block = (start + offset) % blocks
            if block + count <= blocks, let ports = claim(block..<(block + count)) { return ports }
        }
        throw HouseError("no \(count * blockSize) free ports in a row from \(first) on: end other runs of Rufbus")
    }

    private static func claim(_ wanted: Range<Int>) -> ClosedRange<UInt16>? {
        var held: [Int32] = []
        for block in wanted {
            guard let mark = mark(block) else {
                for descriptor in held { close(descriptor) }
                return nil
            }
            held.append(mark)
        }
        let low = UInt16(first + wanted.lowerBound * blockSize)
        return low...(low + UInt16(wanted.count * blockSize - 1))
    }

    /// The socket whose name says that the block is taken; it stays open as long as we live.
    private static func mark(_ block: Int) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("\0rufbus-ports-\(block)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        if bound == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Whether both a UDP and a TCP socket can be bound to the port on 127.0.0.1.
    public static func isFree(_ port: UInt16) -> Bool {
        isFree(port, Int32(SOCK_DGRAM.rawValue)) && isFree(port, Int32(SOCK_STREAM.rawValue))
    }

    /// Whether a UDP socket can be bound to the port on 127.0.0.1 (or somebody has it open).
    public static func isFreeUDP(_ port: UInt16) -> Bool { isFree(port, Int32(SOCK_DGRAM.rawValue)) }

    private static func isFree(_ port: UInt16, _ kind: Int32) -> Bool {
        let descriptor = socket(AF_INET, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withAddress("127.0.0.1", port) { bind(descriptor, $0, $1) } == 0
    }
}

/// Sends `greeting` to 127.0.0.1:port by TCP and answers the first bytes that come back within a second; nil: none.
func tcpGreeting(_ port: UInt16, _ greeting: [UInt8]) -> [UInt8]? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard withAddress("127.0.0.1", port, { connect(descriptor, $0, $1) }) == 0 else { return nil }
    guard Foundation.send(descriptor, greeting, greeting.count, Int32(MSG_NOSIGNAL)) == greeting.count else {
        return nil
    }
    var answer = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &answer, answer.count, 0)
    return count > 0 ? Array(answer[..<count]) : nil
}
