import Glibc
import TelephonyModel

/// The passwords of trunks: a file each in one folder, named by the trunk's id, 0600. Read at each REGISTER, so that
/// a corrected one counts with the next; never for a call.
struct TrunkSecrets: Sendable {
    /// Why there is no password; a sentence for people.
    struct Missing: Error, Hashable { let sentence: String }
    private static let largest = 256

    let folder: String?

    func password(of trunk: TrunkID) throws(Missing) -> String {
        guard let folder else {
            throw Missing(sentence: "trunk \(trunk) registers, but the setting trunks.secrets is missing")
        }
        let path = "\(folder)/\(trunk)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Missing(sentence: "\(path) cannot be read: \(Self.lastError)") }
        defer { close(descriptor) }
        try check(descriptor, path)
        return try text(descriptor, path)
    }

    private func check(_ descriptor: Int32, _ path: String) throws(Missing) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw Missing(sentence: "\(path) is no file")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw Missing(sentence: "\(path) can be read by others: chmod 600 \(path)")
        }
    }

    private func text(_ descriptor: Int32, _ path: String) throws(Missing) -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.largest + 1) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let rest = bytes[line.endIndex...].drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard bytes.count <= Self.largest, !line.isEmpty, rest.isEmpty else {
            throw Missing(sentence: "\(path) must hold one line, the password, of at most \(Self.largest - 1) bytes")
        }
        // It would cut the password there, and the registrar refuse it without a reason.
        guard !line.contains(UInt8(ascii: ":")) else {
            throw Missing(sentence: "\(path): the SIP library takes no colon in a password; choose another one")
        }
        return String(decoding: line, as: UTF8.self)
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
