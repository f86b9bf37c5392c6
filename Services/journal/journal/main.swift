// rufbus-journal: the event log, and one entry for each call.
import ArgumentParser
import ServiceKit

struct JournalArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service(
        "journal", "The event log, and one entry for each call.")
    @OptionGroup var service: ServiceArguments
}

let arguments = JournalArguments.parseOrExit()
await ServiceMain.run("journal", arguments.service, settings: { JournalSettings($0) }) { settings, context in
    try await JournalService(settings, context).run()
}
