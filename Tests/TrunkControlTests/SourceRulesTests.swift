import BusContract
import TelephonyModel
import Testing

@testable import TrunkControl

@Suite struct SourceRulesTests {
    @Test(arguments: [
        ("192.0.2.10", "192.0.2.10", true), ("192.0.2.10", "192.0.2.11", false),
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.77/24", "192.0.2.1", true),
        ("192.0.2.0/24", "192.0.3.0", false), ("10.0.0.0/8", "10.255.255.255", true), ("0.0.0.0/0", "8.8.8.8", true),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.9/32", "192.0.2.9", true),
        // What cannot be read allows nobody.
        ("192.0.2.0/33", "192.0.2.0", false), ("192.0.2", "192.0.2.0", false), ("192.0.2.0/", "192.0.2.0", false),
        ("192.0.2.0/24/8", "192.0.2.0", false), ("pbx.example", "192.0.2.1", false), ("256.0.0.1", "0.0.0.1", false),
        ("192.0.2.+1", "192.0.2.1", false), ("192.0.2.0/-1", "192.0.2.0", false), ("", "0.0.0.0", false),
    ])
    func aSourceAllows(_ source: String, _ address: String, _ allowed: Bool) {
        let rules = SourceRules([trunk("a", ["203.0.113.1"], sources: [source])])
        #expect(rules.trunks(from: address) == (allowed ? ["a"] : []))
    }

    @Test func withoutSourcesTheTargetsMayCall() {
        let rules = SourceRules([trunk("a", ["192.0.2.1", "192.0.2.2"])])
        #expect(rules.trunks(from: "192.0.2.2") == ["a"])
        #expect(rules.trunks(from: "192.0.2.3") == [])
        #expect(SourceRules([]).trunks(from: "192.0.2.1") == [])
    }

    @Test func withSourcesTheTargetsMayNotCallBesides() {
        #expect(SourceRules([trunk("a", ["192.0.2.1"], sources: ["192.0.2.9"])]).trunks(from: "192.0.2.1") == [])
    }

    @Test func theNarrowestRangeIsFirst() {
        let rules = SourceRules([
            trunk("wide", ["203.0.113.1"], sources: ["0.0.0.0/0"]),
            trunk("one", ["203.0.113.1"], sources: ["192.0.2.7", "192.0.2.0/24"]),
            trunk("office", ["203.0.113.1"], sources: ["192.0.2.0/24"]),
        ])
        #expect(rules.trunks(from: "192.0.2.7") == ["one", "office", "wide"])
        #expect(rules.trunks(from: "192.0.2.8") == ["one", "office", "wide"])
        #expect(rules.trunks(from: "192.0.3.8") == ["wide"])
    }

    @Test func whatIsNoAddressComesFromNowhere() {
        let rules = SourceRules([trunk("a", ["203.0.113.1"], sources: ["0.0.0.0/0"])])
        for address in ["", "::1", "1.2.3", "1.2.3.4.5", "1.2.3.4 "] { #expect(rules.trunks(from: address) == []) }
    }
}

func trunk(
    _ id: String, _ addresses: [String], sources: [String] = [], registration: TrunkRegistration? = nil,
    keepAliveSeconds: Int = 30
) -> DirectoryTrunk {
    DirectoryTrunk(
        trunk: TrunkID(unchecked: id), targets: addresses.map { TrunkTarget(address: $0, port: 5060) },
        sources: sources, registration: registration, keepAliveSeconds: keepAliveSeconds, outsidePrefix: "0",
        bypassPrefix: "7", sipChannels: 10, outsideChannels: 10, reserve: 2)
}

extension TrunkID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(unchecked: text) }
}
