import ArgumentParser
import Foundation

struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Log in and remember it.",
        discussion: "The password is asked for on the terminal, or read as one line from standard input.")
    @Option(help: "The gateway: http://HOST:PORT") var server: String
    @Argument(help: "My user id.") var user: String
    @OptionGroup var common: CommonOptions

    private struct LoggedIn: Decodable { let token: String, expiresAt: String }

    func run() async throws {
        let answer = try await APIClient(server: server).ask(
            "POST", "/v1/login", ["user": user, "password": try password()])
        let login = try answer.value(LoggedIn.self)
        try Session(server: server, token: login.token).store()
        try common.show(answer, as: LoggedIn.self) { ["logged in as \(user) until \($0.expiresAt)"] }
    }

    private func password() throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            guard let line = readLine() else { throw CommandFailure("no password on standard input") }
            return line
        }
        guard let text = getpass("Password: ") else { throw CommandFailure("no terminal to ask for the password") }
        return String(cString: text)
    }
}
