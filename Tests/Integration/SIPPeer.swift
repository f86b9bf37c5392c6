// The far side that says what sipp will not say.
import Foundation
import TestSupport

/// A UDP socket on loopback that says what it is told.
final class SIPPeer: Sendable {
    private let socket: UDPSocket

    /// - Parameter wanted: 0 for one that is free.
    init(at address: String = "127.0.0.1", port wanted: UInt16 = 0) throws {
        socket = try UDPSocket(at: address, port: wanted)
    }

    var port: UInt16 { socket.port }

    /// A UDP port of 127.0.0.1 that was free a moment ago.
    static func freePort() throws -> UInt16 { try SIPPeer().port }

    /// Local ports of the UDP sockets that this process has open at an address.
    static func udpPorts(at address: String) throws -> [UInt16] {
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return files.compactMap(Int32.init).compactMap { descriptor in
            var local = sockaddr_in(), kind: Int32 = 0
            var size = socklen_t(MemoryLayout<sockaddr_in>.size), length = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) == 0,
                kind == Int32(SOCK_DGRAM.rawValue)
            else { return nil }
            let known = withUnsafeMutablePointer(to: &local) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
            }
            let isThere = local.sin_family == sa_family_t(AF_INET) && local.sin_addr.s_addr == inet_addr(address)
            return known && isThere ? UInt16(bigEndian: local.sin_port) : nil
        }
    }

    func send(_ text: String, to port: UInt16, at address: String = "127.0.0.1") {
        send(Array(text.utf8), to: port, at: address)
    }

    func send(_ bytes: [UInt8], to port: UInt16, at address: String = "127.0.0.1") {
        socket.send(bytes, to: port, at: address)
    }

    /// The next datagram that begins so, or nil if none comes in time; others are left out. Waits off the pool.
    func receive(_ prefix: String = "", seconds: Double = 5) async -> String? {
        await withCheckedContinuation { (done: CheckedContinuation<String?, Never>) in
            DispatchQueue.global().async { done.resume(returning: self.blockingReceive(prefix, seconds)) }
        }
    }

    /// The next final answer to a call's request, or nil; provisional answers and those to other calls are left out.
    func finalAnswer(to call: String = "call") async -> String? {
        for _ in 0..<20 {
            guard let answer = await receive("SIP/2.0 ") else { return nil }
            if !answer.hasPrefix("SIP/2.0 1"), [call, nil].contains(SIPText(answer).line("Call-ID")) { return answer }
        }
        return nil
    }

    /// A request to this peer, answered as often as it comes.
    func answer(
        _ request: String, status: String = "200 OK", extra: String = "", body: String = "", to port: UInt16
    ) {
        let read = SIPText(request)
        let to = read.line("To") ?? ""
        var lines = ["SIP/2.0 \(status)"] + read.lines("Via").map { "Via: \($0)" }
        lines += ["From: \(read.line("From") ?? "")", "To: \(to)\(to.contains(";tag=") ? "" : ";tag=far")"]
        lines += ["Call-ID: \(read.line("Call-ID") ?? "")", "CSeq: \(read.line("CSeq") ?? "")"]
        if !body.isEmpty { lines.append("Content-Type: application/sdp") }
        let text = lines.joined(separator: "\r\n") + "\r\n" + extra
        send(text + "Content-Length: \(body.utf8.count)\r\n\r\n" + body, to: port)
    }

    /// The next datagram; blocks its thread for so many milliseconds at most.
    func receiveNow(waitingMs limit: Int32) -> String? {
        socket.receive(waitingMs: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    private func blockingReceive(_ prefix: String, _ seconds: Double) -> String? {
        let limit = Date(timeIntervalSinceNow: seconds)
        while Date() < limit {
            guard let bytes = socket.receive(waitingMs: 100) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasPrefix(prefix) { return text }
        }
        return nil
    }
}

/// Reads headers of a message, for tests.
struct SIPText {
    let text: String
    init(_ text: String) { self.text = text }

    func line(_ name: String) -> String? {
        lines(name).first
    }

    func lines(_ name: String) -> [String] {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            .filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}
