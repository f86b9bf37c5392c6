import CCrypt
import Foundation

/// Passwords as libxcrypt hashes and checks them.
enum PasswordHash {
    /// In bytes of UTF-8; crypt(3) takes no more.
    static let longest = Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1

    /// A new yescrypt hash with a salt of its own and the library's own cost.
    /// - Returns: nil if the system gives no random bytes.
    static func make(_ password: String) -> String? {
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        guard crypt_gensalt_rn("$y$", 0, nil, 0, &setting, Int32(setting.count)) != nil else { return nil }
        return hash(password, setting: text(setting))
    }

    /// Takes as long for a wrong password as for the right one. Some 50 ms of CPU.
    static func matches(_ password: String, _ stored: String) -> Bool {
        guard let made = hash(password, setting: stored) else { return false }
        let (a, b) = (Array(made.utf8), Array(stored.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hash(_ password: String, setting: String) -> String? {
        guard password.utf8.count <= longest, !password.utf8.contains(0) else { return nil }
        // Zeroed, as crypt_rn asks for at its first use of the memory.
        var memory = [UInt8](repeating: 0, count: MemoryLayout<crypt_data>.size)
        return memory.withUnsafeMutableBytes { memory -> String? in
            guard let start = memory.baseAddress else { return nil }
            defer { explicit_bzero(start, memory.count) }
            return crypt_rn(password, setting, start, Int32(memory.count)).map { String(cString: $0) }
        }
    }

    private static func text(_ letters: [CChar]) -> String {
        String(decoding: letters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
