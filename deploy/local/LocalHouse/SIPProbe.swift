import Foundation

/// Sends one SIP request by UDP and reads the answer's status: enough to see that a SIP server lives and to register.
struct SIPProbe {
    let address: String
    let port: UInt16

    func options() -> Bool { ask("OPTIONS", "probe", headers: "") == 200 }

    func register(_ user: String, contactPort: UInt16, seconds: Int) -> Bool {
        let contact = "Contact: <sip:\(user)@\(address):\(contactPort)>\r\nExpires: \(seconds)\r\n"
        return ask("REGISTER", user, headers: contact) == 200
    }

    private func ask(_ method: String, _ user: String, headers: String) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard withAddress(address, port, { connect(descriptor, $0, $1) }) == 0 else { return nil }
        let bytes = Array(request(method, user, headers, from: localPort(descriptor)).utf8)
        guard Foundation.send(descriptor, bytes, bytes.count, 0) == bytes.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 2_048)
        let count = recv(descriptor, &answer, answer.count, 0)
        guard count > 12 else { return nil }
        return Int(String(decoding: answer[8..<11], as: UTF8.self))
    }

    private func request(_ method: String, _ user: String, _ headers: String, from own: UInt16) -> String {
        let id = UUID().uuidString.lowercased()
        return "\(method) sip:\(address):\(port) SIP/2.0\r\n"
            + "Via: SIP/2.0/UDP \(address):\(own);rport;branch=z9hG4bK\(id)\r\n"
            + "From: <sip:\(user)@\(address)>;tag=\(id.prefix(8))\r\nTo: <sip:\(user)@\(address)>\r\n"
            + "Call-ID: \(id)\r\nCSeq: 1 \(method)\r\nMax-Forwards: 70\r\n\(headers)Content-Length: 0\r\n\r\n"
    }

    private func localPort(_ descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Calls with the socket address of an IPv4 literal.
func withAddress<R>(_ text: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, text, &address.sin_addr)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
