import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// `rufbus` as a user types it.
    @Suite struct CommandLine {
        @Test func aLoginIsRememberedForItsOwnerAlone() async throws {
            let (office, shell) = (try await Run.office(), try Shell())
            let before = try shell.run(["devices"])
            #expect(before.status == 1 && before.text.contains("rufbus login --server URL USER"))
            let login = ["login", "--server", office.house.apiURL, "anna"]
            let wrong = try shell.run(login, input: "not-it\n")
            #expect(wrong.status == 1 && wrong.text.contains("password"))
            let right = try shell.run(login, input: Office.password + "\n")
            #expect(right.status == 0 && right.text.contains("logged in as anna until"))
            let mode = try FileManager.default.attributesOfItem(atPath: shell.session)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try shell.remove()
        }

        @Test func commandsSpeakInWordsAndInJSON() async throws {
            let (office, shell) = (try await Run.office(), try Shell())
            try shell.logIn(office)
            #expect(try shell.run(["devices"]).text.contains("* mobile"))
            #expect(try shell.run(["use", "office"]).text.contains("* office"))
            #expect(try shell.json(["use", "mobile", "--json"])["active"] as? String == "mobile")
            #expect(try (shell.json(["devices", "--json"])["devices"] as? [Any])?.count == 2)
            #expect(try shell.run(["calls"]).text == "no call\n")
            #expect(try (shell.json(["calls", "--json"])["calls"] as? [Any])?.isEmpty == true)
            #expect(try (shell.json(["journal", "--limit", "1", "--json"])["entries"] as? [Any]) != nil)
            let emergency = try shell.run(["call", "112"])
            #expect(emergency.status == 1 && emergency.text.contains("on the phone itself"))
            #expect(try shell.run(["hangup"]).text.contains("0 calls run"))
            try shell.remove()
        }

        @Test func aCallIsMadeListedHungUpAndFoundInTheJournal() async throws {
            let (office, shell) = (try await Run.office(), try Shell())
            try shell.logIn(office)
            let mobile = try await office.mobile(.byHand)
            let made = try shell.json(["call", "089", "12345678", "--context", "{\"ticket\": 7}", "--json"])
            let call = CallID(unchecked: try #require(made["call"] as? String))
            try await mobile.wait(for: "CALL_INCOMING")
            #expect(try shell.run(["calls"]).text.contains("\(call) ringing"))
            #expect(try shell.run(["hangup"]).text == "hung up\n")
            try await mobile.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna, Expected(reason: .cancelled, endedBy: .user, ladder: [.device: Course.cancelled]))
            #expect(try shell.run(["journal", "--call", call.rawValue]).text.contains("You ended the call"))
            await mobile.stop()
            try shell.remove()
        }

        @Test func watchShowsWhatIsAndWhatChanges() async throws {
            let (office, shell) = (try await Run.office(), try Shell())
            try shell.logIn(office)
            let watching = try shell.start(["watch", "--json"])
            try await shell.wait { $0.contains(#""event":"presence""#) && $0.contains(#""user":"carl""#) }
            let mobile = try await office.mobile(.byHand)
            let call = try await office.anna.call(CallBack.number).call
            try await shell.wait { $0.contains(#""event":"call""#) && $0.contains(call.rawValue) }
            try await mobile.wait(for: "CALL_INCOMING")
            try await office.anna.hangUp(call)
            try await shell.wait { $0.contains(#""phase":"ended""#) }
            watching.terminate()
            watching.waitUntilExit()
            try await mobile.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna, Expected(reason: .cancelled, endedBy: .user, ladder: [.device: Course.cancelled]))
            await mobile.stop()
            try shell.remove()
        }
    }
}

/// A user at a terminal, with a home folder of his own.
private struct Shell {
    private let home: LocalFolder
    private var output: String { home.path + "/output" }
    var session: String { home.path + "/rufbus/session.json" }

    init() throws { home = try LocalFolder("shell") }
    func remove() throws { try home.remove() }

    func logIn(_ office: Office) throws {
        let login = try run(["login", "--server", office.house.apiURL, "anna"], input: Office.password + "\n")
        try #require(login.status == 0, "\(login.text)")
    }

    /// Runs a command to its end; `text` is what it wrote, also to standard error.
    func run(_ arguments: [String], input: String = "") throws -> (status: Int32, text: String) {
        let process = try start(arguments, input: input)
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8))
    }

    func json(_ arguments: [String]) throws -> [String: Any] {
        let text = try run(arguments).text
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    func start(_ arguments: [String], input: String = "") throws -> Process {
        try writeFile(output, "")
        try writeFile(home.path + "/input", input)
        let process = Process()
        process.executableURL = URL(filePath: try Build.executable("rufbus"))
        process.arguments = arguments
        process.environment = ["HOME": home.path, "XDG_CONFIG_HOME": home.path]
        process.standardInput = FileHandle(forReadingAtPath: home.path + "/input")
        let sink = FileHandle(forWritingAtPath: output)
        (process.standardOutput, process.standardError) = (sink, sink)
        try process.run()
        return process
    }

    /// Waits until the running command has written this.
    func wait(until says: (String) -> Bool) async throws {
        for _ in 0..<200 {
            if says(try String(contentsOfFile: output, encoding: .utf8)) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("not seen within 10 s in: \(try String(contentsOfFile: output, encoding: .utf8))")
    }
}
