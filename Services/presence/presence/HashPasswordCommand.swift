import Foundation

/// `rufbus-presence --hash-password`: reads a password from standard input and prints the hash for `passwordHash` in
/// the directory file.
enum HashPasswordCommand {
    static func run() -> Never {
        guard let password = read(), (1...PasswordHash.longest).contains(password.utf8.count) else {
            end("expected one line with a password of 1 to \(PasswordHash.longest) bytes on standard input")
        }
        guard let hash = PasswordHash.make(password) else { end("the system gave no random bytes for the salt") }
        print(hash)
        exit(0)
    }

    private static func end(_ why: String) -> Never {
        FileHandle.standardError.write(Data("rufbus-presence: \(why)\n".utf8))
        exit(1)
    }

    /// A terminal does not show what is typed.
    private static func read() -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine() }
        var usual = termios()
        tcgetattr(STDIN_FILENO, &usual)
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual) }
        FileHandle.standardError.write(Data("Password: ".utf8))
        defer { FileHandle.standardError.write(Data("\n".utf8)) }
        return readLine()
    }
}
