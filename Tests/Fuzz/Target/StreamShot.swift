import Glibc

/// One TCP connection to the loopback net that says something in two pieces, and closes.
enum StreamShot {
    /// - Returns: whether all of it was taken.
    @discardableResult static func send(_ bytes: [UInt8], to port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var far = sockaddr_in()
        (far.sin_family, far.sin_port) = (sa_family_t(AF_INET), port.bigEndian)
        far.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &far) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return false }
        let half = bytes.count / 2
        return write(bytes[..<half], descriptor) && write(bytes[half...], descriptor)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
    }
}
