import ArgumentParser
import Foundation

// Work for whoever has the settings of rufbus-journal: the API knows users, and no administrators.

struct DeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "What no service could handle: list, show NUMBER, retry NUMBER. For administrators.",
        discussion: "Runs rufbus-journal with its settings: --config FILE, or the environment.")
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try JournalProgram.become("dead", arguments) }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Count all entries again from their events and say what differs. For administrators.",
        discussion: "Runs rufbus-journal with its settings: --config FILE, or the environment.")
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws { try JournalProgram.become("verify", arguments) }
}

/// rufbus-journal: beside this program, or on the PATH.
private enum JournalProgram {
    /// Goes on as that program; it answers with its own exit code.
    static func become(_ word: String, _ arguments: [String]) throws -> Never {
        let folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = folder.appending(path: "rufbus-journal").path
        let program = FileManager.default.isExecutableFile(atPath: beside) ? beside : "rufbus-journal"
        var words = ([program, word] + arguments).map { strdup($0) } + [nil]
        execvp(program, &words)
        let why = String(cString: strerror(errno))
        for text in words { free(text) }
        throw CommandFailure(
            "\(program) cannot be started (\(why)): run this where rufbus-journal is installed")
    }
}
