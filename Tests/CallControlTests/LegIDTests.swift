import BusContract
import TelephonyModel
import Testing

@testable import CallControl

@Suite struct LegIDTests {
    /// An id of a UUID call with the longest index still fits, and every id names its call.
    @Test(arguments: LegRole.allCases, [0, 1, 9, 10, 99]) func namesItsCall(_ role: LegRole, _ index: Int) {
        let call = CallID(unchecked: "019a3b52-6c00-7000-8000-0000000000c1")
        let leg = LegID(call, role, index)
        #expect(LegID.isWellFormed(leg.rawValue) && leg.call == call)
    }

    @Test func legsOfACallAreTold() {
        let call = CallID(unchecked: "c-1")
        let all = Set(LegRole.allCases.flatMap { role in (0...99).map { LegID(call, role, $0) } })
        #expect(all.count == 300)
        #expect(LegID(call, .device).rawValue == "c-1-d" && LegID(call, .device, 12).rawValue == "c-1-d12")
    }
}
