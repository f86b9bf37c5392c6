import BusContract
import Foundation
import LocalHouse
import TelephonyModel

/// Anna calls a customer: through the public API, drawn by the tap, and then as the journal has it.
struct DemoCall {
    private let stage: Stage
    private let number = "089 12345678"

    init(_ stage: Stage) { self.stage = stage }

    func show() async throws {
        let ladder = try await LiveLadder(stage.house)
        say("\nAnna calls \(number): her mobile rings, then the customer, who sees her office number\n")
        let anna = try await APIClient.login(stage.house.apiURL, "anna", password: Demo.annaPassword)
        let call = try await anna.call(number).call
        try await talk(anna, call)
        let entry = try await anna.finalEntry(call)
        await ladder.finish()
        say("\nIn the journal:\n\(Self.text(entry))")
    }

    private func talk(_ anna: APIClient, _ call: CallID) async throws {
        let state = try await anna.wait(call, [.talking, .ended])
        guard state.phase == .talking else { return }
        try await Task.sleep(for: .seconds(4))
        try stage.phone("customer").hangUp()
        try await anna.wait(call, [.ended])
    }

    private static func text(_ entry: JournalEntry) -> String {
        let party = [entry.party.name, entry.party.number].compactMap { $0 }.joined(separator: " ")
        let by = entry.endedBy.map { ", ended by the \($0.rawValue)" } ?? ""
        return """
              \(entry.startedAt)  \(entry.direction.rawValue) call of \(entry.user) as \(entry.officeNumber)
              with \(party)
              rang \(tenths(entry.ringMs)) s, talked \(tenths(entry.talkMs)) s\(by)
              \(entry.sentence ?? "")
            """
    }

    private static func tenths(_ milliseconds: Int64) -> String { seconds(.milliseconds(milliseconds)) }
}

/// `rufbus-tap` beside the call: its lines are printed as they come.
struct LiveLadder {
    private let tap: Child
    private let copying: Task<Void, Never>

    init(_ house: House) async throws {
        let folder = house.folder.path
        let file = folder + "/tap.yaml"
        try writeFile(file, "bus:\n  url: \(house.broker.url(for: "tap"))\n")
        let output = folder + "/ladder.txt"
        tap = try Child(
            "tap", try Build.executable("rufbus-tap"), ["--config", file], folder: folder, output: output)
        let tap = tap
        try await tap.waitUntil("ready", limit: .seconds(10)) { tap.logText.contains("ready") }
        copying = Task { await Self.copy(output) }
    }

    /// The last lines come when the tap ends.
    func finish() async {
        do { try await Task.sleep(for: .seconds(1)) } catch {}
        await tap.stop()
        copying.cancel()
        await copying.value
    }

    private static func copy(_ path: String) async {
        var shown = 0
        while true {
            let isLast = Task.isCancelled
            let bytes = FileManager.default.contents(atPath: path) ?? Data()
            FileHandle.standardOutput.write(bytes.dropFirst(shown))
            shown = bytes.count
            if isLast { return }
            do { try await Task.sleep(for: .milliseconds(100)) } catch {}
        }
    }
}
