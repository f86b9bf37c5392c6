import LocalHouse
import SIPStack
import Synchronization
import TelephonyModel

/// `openssl s_server` with one certificate: a target that can be wrong in every way.
struct TLSServer {
    let port: UInt16
    private let child: Child

    init(_ pair: Certificates.Pair, in folder: LocalFolder, _ more: [String] = []) async throws {
        port = try FreePort.next()
        child = try Child(
            "openssl", "/usr/bin/openssl",
            ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", pair.certificate, "-key", pair.key, "-www"] + more,
            folder: folder.path)
        let port = port
        try await child.waitUntil("accepting", limit: .seconds(5)) { !FreePort.isFree(port) }
    }

    func stop() async { await child.kill() }
}

extension SIPOffice {
    /// What an OPTIONS to a port of this machine brings; nil: not even that nobody answered.
    func asks(over transport: Transport, _ port: UInt16, name: String? = nil) async throws -> SIPAnswer? {
        let target = SIPTarget(
            user: "", address: "127.0.0.1", port: port, transport: transport, serverName: name)
        let box = AnswerBox()
        stack.post { [stack] in stack.options(target, limitMs: 5_000) { box.put($0) } }
        _ = try await wait { box.answer != nil }
        return box.answer
    }

    private final class AnswerBox: Sendable {
        private let kept = Mutex<SIPAnswer?>(nil)
        var answer: SIPAnswer? { kept.withLock { $0 } }
        func put(_ answer: SIPAnswer) { kept.withLock { $0 = answer } }
    }
}
