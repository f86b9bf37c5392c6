// rufbus-journal: the event log, and one entry for each call.
import ServiceKit

await ServiceMain.run("journal", settings: { JournalSettings($0) }) { settings, context in
    try await JournalService(settings, context).run()
}
