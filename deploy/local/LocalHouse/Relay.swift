import Foundation
import Synchronization

/// A TCP relay to a port of 127.0.0.1 that fails as networks do. One thread; `RelayLoop` is its life.
public final class Relay: Sendable {
    public enum Way: Sendable, Hashable {
        case open
        /// Running connections are reset, and so is each new one.
        case cut
        /// Nothing gets through and nobody is told, as behind a firewall that has forgotten its connections. Those that
        /// ran never say a word again; new ones go on when the way is open.
        case halfOpen
        /// Each byte comes so much later, both ways.
        case delayed(milliseconds: Int)
    }

    public let port: UInt16
    private let way: Mutex<Way?> = Mutex(.open)

    /// Relays to `target`, from the first moment on.
    public init(to target: UInt16) throws(HouseError) {
        port = try FreePort.next()
        let listener = try RelayLoop.listen(port)
        Thread.detachNewThread { [self] in RelayLoop(listener, target: target).run { way.withLock { $0 } } }
    }

    public func set(_ way: Way) { self.way.withLock { if $0 != nil { $0 = way } } }
    /// Ends its connections and its thread.
    public func stop() { way.withLock { $0 = nil } }
}

/// The relay's thread: moves bytes, looks at its way every few milliseconds. Not Sendable: it never leaves its thread.
private final class RelayLoop {
    private let listener: Int32
    private let target: UInt16
    private var pairs: [RelayPair] = []
    /// Those that were half open once: neither read nor closed.
    private var forgotten: [RelayPair] = []
    private static let tickMs: Int32 = 5

    init(_ listener: Int32, target: UInt16) { (self.listener, self.target) = (listener, target) }

    static func listen(_ port: UInt16) throws(HouseError) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let listener = socket(AF_INET, Int32(kind), 0)
        let isBound = withAddress("127.0.0.1", port) { bind(listener, $0, $1) } == 0
        guard isBound, Foundation.listen(listener, 64) == 0 else {
            throw HouseError("a relay cannot listen on port \(port): \(errorText())")
        }
        return listener
    }

    func run(_ way: () -> Relay.Way?) {
        while let now = way() {
            wait(now)
            turn(now)
        }
        for pair in pairs + forgotten { pair.reset() }
        close(listener)
    }

    private func turn(_ way: Relay.Way) {
        switch way {
        case .halfOpen:
            forgotten += pairs
            pairs = []
        case .cut:
            accept().forEach { $0.reset() }
            for pair in pairs { pair.reset() }
            pairs = []
        case .open: move(delayMs: 0)
        case .delayed(let milliseconds): move(delayMs: milliseconds)
        }
    }

    private func move(delayMs: Int) {
        pairs += accept()
        pairs.removeAll { !$0.move(delayMs: delayMs) }
    }

    /// Until there is something to do, or a tick.
    private func wait(_ way: Relay.Way) {
        var entries: [pollfd] = []
        if way != .halfOpen {
            entries = ([listener] + pairs.flatMap(\.readable)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        poll(&entries, nfds_t(entries.count), Self.tickMs)
    }

    private func accept() -> [RelayPair] {
        var accepted: [RelayPair] = []
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else { return accepted }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            let isConnected = withAddress("127.0.0.1", target) { connect(server, $0, $1) } == 0
            let pair = RelayPair(client: client, server: server)
            if isConnected { accepted.append(pair) } else { pair.reset() }
        }
    }
}

/// One relayed connection: two streams of bytes.
private final class RelayPair {
    private let client: Int32, server: Int32
    private var up = RelayStream(), down = RelayStream()

    init(client: Int32, server: Int32) {
        (self.client, self.server) = (client, server)
        var one: Int32 = 1
        for descriptor in [client, server] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// What may be read now.
    var readable: [Int32] { (up.hasRoom ? [client] : []) + (down.hasRoom ? [server] : []) }

    /// False when both are closed.
    func move(delayMs: Int) -> Bool {
        let goesOn = up.move(from: client, to: server, delayMs) && down.move(from: server, to: client, delayMs)
        if !goesOn {
            close(client)
            close(server)
        }
        return goesOn
    }

    func reset() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        for descriptor in [client, server] {
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
            close(descriptor)
        }
    }
}

/// Bytes on their way from one socket to the other.
private struct RelayStream {
    private var waiting: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
    private var count = 0
    private var hasEnded = false
    private static let most = 1 << 20

    var hasRoom: Bool { !hasEnded && count < Self.most }

    /// False when nothing more will come out.
    mutating func move(from source: Int32, to sink: Int32, _ delayMs: Int) -> Bool {
        take(source, delayMs)
        let isWhole = give(sink)
        return isWhole && !(hasEnded && waiting.isEmpty)
    }

    private mutating func take(_ source: Int32, _ delayMs: Int) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while hasRoom {
            let read = recv(source, &buffer, buffer.count, 0)
            if read < 0, errno == EAGAIN { return }
            if read <= 0 { return hasEnded = true }
            waiting.append((ContinuousClock.now + .milliseconds(delayMs), buffer[..<read]))
            count += read
        }
    }

    private mutating func give(_ sink: Int32) -> Bool {
        while let first = waiting.first, first.due <= ContinuousClock.now {
            let sent = first.bytes.withUnsafeBytes { send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0 { return errno == EAGAIN }
            count -= sent
            waiting[0].bytes = first.bytes.dropFirst(sent)
            if waiting[0].bytes.isEmpty { waiting.removeFirst() }
        }
        return true
    }
}
