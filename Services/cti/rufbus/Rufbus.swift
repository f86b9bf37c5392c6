import ArgumentParser

/// The command line: a client of the HTTP API.
@main
struct Rufbus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rufbus", abstract: "My office number on any phone.",
        subcommands: [
            LoginCommand.self, CallCommand.self, CallsCommand.self, HangupCommand.self, DeclineCommand.self,
            DeflectCommand.self, DevicesCommand.self, UseCommand.self, IncomingCommand.self, JournalCommand.self,
            WatchCommand.self,
            DeadCommand.self,
        ])
}

/// What all commands take.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print the API's JSON.") var json = false

    /// Prints JSON as it came, or what `words` makes of it.
    func show<V: Decodable>(_ answer: APIAnswer, as type: V.Type, _ words: (V) -> [String]) throws {
        if json { return print(answer.text) }
        for line in words(try answer.value(type)) { print(line) }
    }
}
