import BusContract
import PresenceCore
import TelephonyModel
import Testing

@testable import rufbus_presence

/// A directory file: what it says, and every mistake in it with its line. Each story changes lines of a good file.
private let good = """
    office: {country: DE, areaCode: "89", outsidePrefix: "0", internalBands: ["2X", "72X"], trunkNumber: "+4989840987"}
    trunks:
      - {id: pbx, address: 10.0.0.1, bypassPrefix: "7", sipChannels: 30, outsideChannels: 30, reserve: 2}
    users:
      - id: anna
        name: Anna Beispiel
        officeNumber: "+498984098723"
        extension: "23"
        language: de
        passwordHash: "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3"
        devices:
          - {id: mobile, name: M, kind: mobile, reach: outside, number: "+491711234567", guard: key, ringSeconds: 30}
          - {id: office, name: Office phone, kind: office, reach: inside, number: "23"}
        active: mobile
        fallback: {number: "23", reach: inside}
      - id: ben
        name: Ben Muster
        officeNumber: "+498984098724"
        extension: "24"
        passwordHash: "$y$j9T$rufbusdemoben0..$69T53UE8dxmThPErgM6Kx6FBHWk.m2bgawW8MmwBBe."
        devices:
          - {id: office, name: Office phone, kind: office, reach: inside, number: "24"}
        active: office
    """

private struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Line of the good file, and what stands there instead; several lines, or none, are possible.
    let changes: [(line: Int, text: String)]
    /// The mistakes: the line, and what its sentence must hold.
    let expected: [(line: Int, holds: String)]
    init(_ what: String, _ changes: [(Int, String)], _ expected: [(Int, String)]) {
        (testDescription, self.changes) = (what, changes.map { (line: $0.0, text: $0.1) })
        self.expected = expected.map { (line: $0.0, holds: $0.1) }
    }
    var text: String {
        var lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for change in changes { lines[change.line - 1] = change.text }
        return lines.joined(separator: "\n")
    }
}

private func device(_ id: String, _ rest: String) -> String { "      - {id: \(id), name: Phone, \(rest)}" }

private let mistakes = [
    Mistake(
        "an unknown key is named with those that are known", [(6, "    nmae: Anna\n    name: Anna")],
        [(6, #"user "anna": unknown key "nmae"; known are id, name"#)]),
    Mistake(
        "a missing key is named where its entry begins", [(8, "")], [(5, #"user "anna": key "extension" is missing"#)]),
    Mistake(
        "a key without a value", [(6, "    name:")], [(6, "expected a name of at most 100 characters, found nothing")]),
    Mistake("a list where a text belongs", [(6, "    name: [a, b]")], [(6, "found a list")]),
    Mistake(
        "a text where a number belongs", [(3, trunk(port: "\"5060\""))],
        [(3, #"port: expected a whole number from 1 to 65535, found "5060""#)]),
    Mistake("a number out of bounds", [(3, trunk(port: "70000"))], [(3, "expected a whole number from 1 to 65535")]),
    Mistake("a word that is no choice", [(9, "    language: fr")], [(9, "expected one of de, en, found \"fr\"")]),
    Mistake("an id with capitals", [(16, "  - id: Ben")], [(16, "expected an id: a to z, 0 to 9 and -")]),
    Mistake(
        "a number that is not E.164", [(7, "    officeNumber: \"089 84098723\"")],
        [(7, "expected a number as +, country code and the rest")]),
    Mistake("two users of one id", [(16, "  - id: anna")], [(16, "the user id \"anna\" stands in line 5 already")]),
    Mistake(
        "two users of one office number", [(18, "    officeNumber: \"+498984098723\"")],
        [(18, "the office number \"+498984098723\" stands in line 7 already")]),
    Mistake(
        "two users of one extension", [(19, "    extension: \"23\"")],
        [(19, "the extension \"23\" stands in line 8 already")]),
    Mistake(
        "two outside devices of one number",
        [(22, device("m", "kind: mobile, reach: outside, number: \"+491711234567\"")), (23, "    active: m")],
        [(22, "\"…67\" stands in line 12 already")]),
    Mistake(
        "two devices of one id", [(13, device("mobile", "kind: office, reach: inside, number: \"23\""))],
        [(13, "the device id \"mobile\" stands in line 12 already")]),
    Mistake(
        "an active device that is not there", [(14, "    active: moble")],
        [(14, #"active: expected one of his devices (mobile, office), found "moble""#)]),
    Mistake(
        "an outside device that is an office number",
        [(12, device("mobile", "kind: mobile, reach: outside, number: \"+498984098724\""))],
        [(12, #"+498984098724 is the office number of user "ben"; calls to it come back here"#)]),
    Mistake(
        "an inside device that is a colleague's extension",
        [(13, device("office", "kind: office, reach: inside, number: \"24\""))],
        [(13, #"24 is the extension of user "ben""#)]),
    Mistake(
        "a fallback to an office number", [(15, "    fallback: {number: \"+498984098724\", reach: outside}")],
        [(15, "expected his extension with reach: inside")]),
    Mistake(
        "an inside fallback that is no extension", [(15, "    fallback: {number: \"+49301\", reach: inside}")],
        [(15, "fallback, number: expected an extension of 1 to 10 digits")]),
    Mistake(
        "a fallback to an emergency number", [(15, "    fallback: {number: \"112\", reach: inside}")],
        [(15, #"user "anna", fallback: this reaches an emergency number"#)]),
    Mistake(
        "an emergency number behind the outside-line prefix", [(15, "    fallback: {number: \"0110\", reach: inside}")],
        [(15, "fallback: this reaches an emergency number")]),
    Mistake(
        "a device that is an emergency number",
        [(13, device("office", "kind: office, reach: inside, number: \"110\""))],
        [(13, #"device "office", number: this reaches an emergency number"#)]),
    Mistake(
        "an emergency number of the office's country alone",
        [
            (1, "office: {country: AT, areaCode: \"1\", internalBands: [\"1XX\"], trunkNumber: \"+4989840987\"}"),
            (13, device("office", "kind: office, reach: inside, number: \"133\"")),
        ], [(13, "this reaches an emergency number")]),
    Mistake(
        "an extension that the bypass prefix makes an emergency number",
        [
            (3, trunk().replacing("bypassPrefix: \"7\"", with: "bypassPrefix: \"1\"")), (19, "    extension: \"12\""),
            (22, device("office", "kind: office, reach: inside, number: \"26\"")),
        ], [(19, #"user "ben", extension: this reaches an emergency number"#)]),
    Mistake(
        "an office number outside the trunk's", [(18, "    officeNumber: \"+493012345624\"")],
        [(18, "+493012345624 does not begin with the office's trunkNumber +4989840987")]),
    Mistake(
        "a reserve that leaves no line", [(3, trunk(outside: "2"))],
        [(3, "reserve: expected less than outsideChannels (2), found 2")]),
    Mistake(
        "a password that is no hash", [(10, "    passwordHash: secret")],
        [(10, "`rufbus-presence --hash-password` makes one")]),
    Mistake("an address by name", [(3, trunk(address: "pbx.example.com"))], [(3, "expected an IPv4 address")]),
    Mistake(
        "a band with other letters", [(1, office(bands: "[\"2X\", \"X2\"]"))], [(1, "expected an extension pattern")]),
    Mistake("no trunks", [(2, "trunks: []"), (3, "")], [(2, "expected a list of trunks, found a list")]),
    Mistake(
        "all mistakes are told, in the order of their lines",
        [(14, "    active: x"), (9, "    language: fr"), (6, "    name: \"\"")], [(6, "name"), (9, "language")]),
    Mistake(
        "mistakes of several entries", [(23, "    active: x"), (14, "    active: y")],
        [(14, "mobile, office"), (23, "(office)")]),
    Mistake("no YAML", [(4, "users: [")], [(5, "this is not YAML")]),
    Mistake("a key that stands twice", [(6, "    name: A\n    name: B")], [(6, "the key name stands here twice")]),
]

private func trunk(port: String = "5060", address: String = "127.0.0.1", outside: String = "30") -> String {
    "  - {id: pbx, address: \(address), port: \(port), bypassPrefix: \"7\", sipChannels: 30, "
        + "outsideChannels: \(outside)}"
}

private func office(bands: String) -> String {
    "office: {country: DE, areaCode: \"89\", internalBands: \(bands), trunkNumber: \"+4989840987\"}"
}

@Suite struct DirectoryFileTests {
    @Test func aGoodFileIsReadWhole() throws {
        let file = try DirectoryYAML.read(good)
        #expect(file.office.internalBands == ["2X", "72X"] && file.office.outsidePrefix == "0")
        #expect(file.trunks.map(\.sipChannels) == [30])
        let anna = file.users[0].user
        #expect(anna.user.rawValue == "anna" && anna.devices.map(\.id.rawValue) == ["mobile", "office"])
        #expect(anna.devices[0].ringSeconds == 30 && anna.fallback == .init(number: "23", reach: .inside))
    }

    @Test func absentKeysHaveTheirUsualValue() throws {
        let file = try DirectoryYAML.read(good)
        #expect(file.users[1].user.language == .en && file.users[1].user.fallback == nil)
        #expect(file.users[0].user.devices[1].answerGuard == .none && file.users[0].user.devices[1].ringSeconds == 25)
        #expect(try DirectoryYAML.read(good.replacing(", guard: key", with: "")) == file)
        #expect(try DirectoryYAML.read(good.replacing(", reserve: 2", with: "")) == file)
    }

    @Test(arguments: mistakes) private func aMistakeIsNamedWithItsLine(_ story: Mistake) {
        let error = #expect(throws: DirectoryMistakes.self) { try DirectoryYAML.read(story.text) }
        let found = error?.all ?? []
        #expect(found.map(\.line) == story.expected.map(\.line), "\(found)")
        for (mistake, expected) in zip(found, story.expected) {
            #expect(mistake.sentence.contains(expected.holds), "\(mistake)")
        }
    }

    /// Mistakes are logged at a reload; a device's number and a hash belong into no log.
    @Test(arguments: [
        (12, device("mobile", "kind: mobile, reach: outside, number: \"0171 1234567\"")),
        (15, "    fallback: {number: \"0171 1234567\", reach: outside}"),
        (22, device("m", "kind: mobile, reach: outside, number: \"+491711234567\"")),
        (10, "    passwordHash: \"$5$0171123456700\""),
    ]) func aMistakeShowsNoNumberAndNoHash(_ change: (line: Int, text: String)) {
        var lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[change.line - 1] = change.text
        let error = #expect(throws: DirectoryMistakes.self) { try DirectoryYAML.read(lines.joined(separator: "\n")) }
        let text = error?.description ?? ""
        #expect(text.contains("line \(change.line)") && !text.contains("1712345") && !text.contains("11234"), "\(text)")
    }

    @Test(arguments: ["", "just a text", "- a\n- b", "office: 3"]) func whatIsNoDirectoryIsRefused(_ text: String) {
        let error = #expect(throws: DirectoryMistakes.self) { try DirectoryYAML.read(text) }
        #expect(error?.all.first?.line == 1)
    }

    @Test func passwordsMatchTheirOwnHashOnly() throws {
        let hash = try #require(PasswordHash.make("Größe 1"))
        #expect(hash.hasPrefix("$y$"))
        #expect(PasswordHash.matches("Größe 1", hash) && !PasswordHash.matches("Größe 2", hash))
        #expect(!PasswordHash.matches("Größe 1", "*0") && !PasswordHash.matches("a\0b", hash))
        #expect(PasswordHash.make("Größe 1") != hash)
    }
}
