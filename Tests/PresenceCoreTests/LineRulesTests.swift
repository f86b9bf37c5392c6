import BusContract
import PresenceCore
import TelephonyModel
import Testing

private let pbx = TrunkID(unchecked: "pbx")

private func load(sip: Int, outside: Int, reserve: Int = 2) -> TrunkLoad {
    TrunkLoad(
        trunk: pbx, used: LineUse(sip: sip, outside: outside), capacity: LineUse(sip: 40, outside: 30),
        reserve: reserve)
}

private func lines(_ count: Int, outside: Bool = true) throws -> [Line] {
    let wants = (0..<count).map {
        LinesRequest.Want(
            leg: LegID(unchecked: "leg-\($0)"), trunk: pbx, use: LineUse(sip: 1, outside: outside ? 1 : 0))
    }
    return try LineRules.lines(for: wants)
}

/// Who gets a line, and what he is told who gets none.
@Suite struct LineRulesTests {
    @Test func whatIsFreeIsGranted() throws {
        try LineRules.check(lines(2), against: [load(sip: 0, outside: 26)])
        try LineRules.check(lines(2, outside: false), against: [load(sip: 38, outside: 30)])
        try LineRules.check([], against: [])
    }

    struct Full: Sendable { let sip: Int, outside: Int, reserve: Int, wanted: Int, sentence: String }

    @Test(arguments: [
        Full(
            sip: 28, outside: 28, reserve: 2, wanted: 2,
            sentence: "All 28 outside lines of trunk pbx that calls may use are busy (28 of 30; 2 are kept free). "
                + "Try again when another call has ended."),
        Full(
            sip: 27, outside: 27, reserve: 2, wanted: 2,
            sentence: "Of the 28 outside lines of trunk pbx that calls may use only 1 is free, and 2 needed "
                + "(27 of 30; 2 are kept free). Try again when another call has ended."),
        Full(
            sip: 31, outside: 31, reserve: 0, wanted: 1,
            sentence: "All 30 outside lines of trunk pbx are busy (31 of 30). Try again when another call has ended."),
        Full(
            sip: 40, outside: 0, reserve: 2, wanted: 1,
            sentence: "All 40 SIP channels of trunk pbx are busy (40 of 40). Try again when another call has ended."),
    ]) func aFullTrunkIsRefusedWithItsOccupancy(_ full: Full) throws {
        let refusal = #expect(throws: Refusal.self) {
            try LineRules.check(
                lines(full.wanted), against: [load(sip: full.sip, outside: full.outside, reserve: full.reserve)])
        }
        #expect(refusal == Refusal(503, "no-line", full.sentence))
    }

    @Test func aTrunkThatIsNotThereIsRefused() throws {
        let refusal = #expect(throws: Refusal.self) { try LineRules.check(lines(1), against: []) }
        #expect(refusal?.status == 404 && refusal?.code == "no-such-trunk")
    }

    @Test(arguments: [LineUse(sip: 2, outside: 0), LineUse(sip: 1, outside: -1)])
    func aLegHasOneLineOfAKind(_ use: LineUse) {
        let want = LinesRequest.Want(leg: LegID(unchecked: "l"), trunk: pbx, use: use)
        #expect(throws: Refusal.self) { try LineRules.lines(for: [want]) }
    }
}
