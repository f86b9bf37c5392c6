import BusContract
import Foundation
import IdentityProfiles
import PresenceCore
import TelephonyModel
import Testing

@testable import rufbus_presence

private let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private let shapes = ["generic-3325", "from-only", "diversion", "history-info", "preferred-identity"]

/// A directory with one trunk; `identity` is what stands behind that key, from line 4 on.
private func directory(_ identity: String) -> String {
    """
    office: {country: DE, areaCode: "89", outsidePrefix: "0", internalBands: ["2X"], trunkNumber: "+4989840987"}
    trunks:
      - {id: pbx, address: 10.0.0.1, bypassPrefix: "7", sipChannels: 30, outsideChannels: 30,
         identity: \(identity)}
    users:
      - id: anna
        name: Anna Beispiel
        officeNumber: "+498984098723"
        extension: "23"
        passwordHash: "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3"
        devices:
          - {id: office, name: Office phone, kind: office, reach: inside, number: "23"}
        active: office
    """
}

private let berlin = PartyView(number: "+4930123456", name: "Example GmbH")
private let noAnswer = IdentityFacts.Diverted(.noAnswer, count: 1)

/// Every leg that Rufbus calls, as facts.
private let situations: [(name: String, facts: IdentityFacts)] = [
    ("call-back, own mobile", facts(.outside)), ("call-back, target", facts(.outside)),
    ("target, number hidden", facts(.outside, hidden: true)),
    ("incoming, own mobile", facts(.outside, caller: berlin, diverted: .init(.unconditional))),
    ("incoming, own mobile, anonymous", facts(.outside, caller: .init(number: nil), diverted: .init(.unconditional))),
    ("incoming, own mobile, colleague", facts(.outside, caller: .init(number: "24"), diverted: .init(.unconditional))),
    ("incoming, office phone", facts(.inside, caller: berlin, diverted: .init(.unconditional))),
    ("incoming, office phone, anonymous", facts(.inside, caller: .init(number: nil), diverted: .init(.unconditional))),
    ("fallback, mailbox", facts(.outside, diverted: noAnswer)),
]

private func facts(
    _ reach: Reach, caller: PartyView? = nil, diverted: IdentityFacts.Diverted? = nil, hidden: Bool = false
) -> IdentityFacts {
    IdentityFacts(
        officeNumber: "+498984098723", caller: caller, reach: reach, diverted: diverted, target: "000491711234567",
        isSuppressed: hidden)
}

/// The profiles that are delivered, in every situation: `Tests/Fixtures/identity` has what each header shows.
@Suite struct IdentityProfileFileTests {
    @Test(arguments: shapes) func showsWhatItsFixtureSays(_ shape: String) throws {
        let file = try DirectoryYAML.read(directory("profiles/\(shape).yaml"), in: project.appending(path: "deploy"))
        let profile = try #require(file.trunks.first).identity
        #expect(profile.name == shape)
        let fixture = project.appending(path: "Tests/Fixtures/identity/\(shape).txt")
        let lines = situations.flatMap { name, facts in ["# \(name)"] + Self.lines(profile, facts, file.office) }
        #expect(try String(contentsOf: fixture, encoding: .utf8) == lines.joined(separator: "\n") + "\n")
    }

    @Test func theDeliveredProfilesAreThose() throws {
        let folder = project.appending(path: "deploy/profiles").path
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == shapes.map { $0 + ".yaml" }.sorted()
        )
    }

    private static func lines(
        _ profile: IdentityProfile, _ facts: IdentityFacts, _ office: OfficeNumbers
    ) -> [String] {
        do {
            let headers = try profile.headers(for: facts, at: office)
            return [
                "From: \(text(headers.from))", headers.asserted.map { "P-Asserted-Identity: \(text($0))" },
                headers.preferred.map { "P-Preferred-Identity: \(text($0))" },
                headers.diversion.map { "Diversion: \($0.user);reason=\($0.reason.rawValue);counter=\($0.count)" },
                headers.history.map { "History-Info: \($0.user), \($0.target);cause=\($0.cause)" },
                headers.privacy.map { "Privacy: \($0)" },
            ].compactMap(\.self)
        } catch { return ["refused: \(error.code)"] }
    }

    private static func text(_ address: IdentityHeaders.Address) -> String {
        (address.display.map { "\"\($0)\" " } ?? "") + (address.user ?? "anonymous@anonymous.invalid")
    }

    // MARK: Mistakes

    @Test(arguments: [
        ("{name: own, from: {fixed: \"+4930123456\"}}", 4, "from: +4930123456 is no number of the company"),
        ("{name: own,\n  asserted: {number: office, fixed: \"+4989\"}}", 5, "expected a number as +"),
        ("{name: own,\n  preferred: {fixed: \"+493012345\"}}", 5, "preferred: +493012345 is no number of the company"),
        ("{name: own,\n  showsCaller: everywhere}", 5, "showsCaller: the caller's number is not the company's"),
        ("{name: own,\n  form: {}}", 5, "unknown key \"form\""),
        ("{from: {format: e164}}", 4, "plus, bare, zeros, national"),
        ("{name: own, diversion: none}", 4, "expected one of plus, bare, zeros, national, found \"none\""),
        ("profiles/nowhere.yaml", 4, "identity: the file profiles/nowhere.yaml cannot be read"),
        ("bad.yaml", 4, "identity: bad.yaml, line 2: the profile, from: +4930123456 is no number of the company"),
        ("no.yaml", 4, "this is not YAML"),
    ])
    func aProfileThatShowsNumbersOfOthersIsRefusedWithItsLine(_ identity: String, _ line: Int, _ words: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
        try Data("name: bad\nfrom: {fixed: \"+4930123456\"}\n".utf8).write(to: folder.appending(path: "bad.yaml"))
        try Data("{".utf8).write(to: folder.appending(path: "no.yaml"))
        let error = #expect(throws: DirectoryMistakes.self) { try DirectoryYAML.read(directory(identity), in: folder) }
        #expect(
            error?.all.contains { $0.line == line && $0.sentence.contains(words) } == true,
            "\(error?.description ?? "")")
    }
}
