import CMediaIO
import Glibc

/// The sockets of one leg: RTP on an even port, RTCP on the next (RFC 3550 §11).
struct SocketPair {
    let port: UInt16
    let rtp: Int32
    let rtcp: Int32
    func close() {
        _ = Glibc.close(rtp)
        _ = Glibc.close(rtcp)
    }
}

/// Port pairs of the range. The pair that was given back last is used last: late packets of an ended call meet nobody.
struct PortPool {
    private let address: UInt32
    private let addressText: String
    private let range: ClosedRange<UInt16>
    private var free: [UInt16]

    /// Pairs in the range.
    let capacity: Int

    init(address: UInt32, text: String, range: ClosedRange<UInt16>) throws(MediaEngineError) {
        let first = Int(range.lowerBound) + Int(range.lowerBound % 2)
        free = stride(from: first, to: Int(range.upperBound), by: 2).map { UInt16($0) }
        (self.address, addressText, self.range, capacity) = (address, text, range, free.count)
        guard !free.isEmpty, range.lowerBound > 0 else {
            throw MediaEngineError(
                .setting,
                "rtp.ports \(range.lowerBound)-\(range.upperBound) holds no even port and its successor; "
                    + "give a range such as 20000-20999")
        }
    }

    /// - Throws: `.setting` unless the address is one of this machine.
    func checkAddress() throws(MediaEngineError) {
        if let socket = try socket(0) { _ = Glibc.close(socket) }
    }

    /// Binds the next free pair. Pairs that another program holds are passed over and tried again later.
    mutating func take() throws(MediaEngineError) -> SocketPair {
        for _ in 0..<free.count {
            let port = free.removeFirst()
            do { if let pair = try bind(port) { return pair } } catch {
                free.append(port)
                throw error
            }
            free.append(port)
        }
        throw MediaEngineError(
            .exhausted,
            "all \(capacity) port pairs of \(range.lowerBound)-\(range.upperBound) are in use "
                + "(\(free.count) by other programs); widen rtp.ports")
    }

    mutating func giveBack(_ pair: SocketPair) {
        pair.close()
        free.append(pair.port)
    }

    /// Nil when another program has one of the two ports.
    private func bind(_ port: UInt16) throws(MediaEngineError) -> SocketPair? {
        guard let rtp = try socket(port) else { return nil }
        do {
            if let rtcp = try socket(port + 1) { return SocketPair(port: port, rtp: rtp, rtcp: rtcp) }
        } catch {
            _ = Glibc.close(rtp)
            throw error
        }
        _ = Glibc.close(rtp)
        return nil
    }

    private func socket(_ port: UInt16) throws(MediaEngineError) -> Int32? {
        let socket = media_socket(address, port)
        switch -socket {
        case EADDRINUSE: return nil
        case EADDRNOTAVAIL:
            throw MediaEngineError(.setting, "rtp.address \(addressText) is no address of this machine")
        case EMFILE, ENFILE:
            throw MediaEngineError(
                .exhausted, "no more open files: each leg needs two; raise the limit (ulimit -n, LimitNOFILE)")
        case let code where code > 0:
            throw MediaEngineError(.system, "cannot open \(addressText):\(port): \(errorText(code))")
        default: return socket
        }
    }
}
