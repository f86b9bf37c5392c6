// rufbus-journal: the event log, and one entry for each call; and what an administrator does with both.
import ArgumentParser
import ServiceKit

struct JournalArguments: ParsableCommand {
    static let configuration = {
        var configuration = CommandConfiguration.service(
            "journal", "The event log, and one entry for each call.",
            "With a word after it (below) it does one piece of an administrator's work with the service's settings.")
        configuration.subcommands = [DeadCommand.self, VerifyCommand.self]
        return configuration
    }()
    @OptionGroup var service: ServiceArguments
}

@MainActor func serve(_ service: ServiceArguments) async -> Never {
    await ServiceMain.run("journal", service, settings: { JournalSettings($0) }) { settings, context in
        try await JournalService(settings, context).run()
    }
}

func carryOut(_ command: any ParsableCommand) async throws {
    switch command {
    case var work as any AsyncParsableCommand: try await work.run()
    case var work: try work.run()
    }
}

do {
    let command = try JournalArguments.parseAsRoot()
    if let arguments = command as? JournalArguments { await serve(arguments.service) }
    try await carryOut(command)
} catch { JournalArguments.exit(withError: error) }
