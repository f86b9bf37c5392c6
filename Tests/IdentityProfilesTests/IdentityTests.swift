import BusContract
import IdentityProfiles
import TelephonyModel
import Testing

private let office = OfficeNumbers(
    country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X"], trunkNumber: "+4989840987")
private let anna = "+498984098723", berlin = "+4930123456"

private func facts(
    caller: PartyView? = nil, reach: Reach = .outside, diverted: IdentityFacts.Diverted? = nil, hidden: Bool = false
) -> IdentityFacts {
    IdentityFacts(
        officeNumber: anna, caller: caller, reach: reach, diverted: diverted, target: "000491711234567",
        isSuppressed: hidden)
}

@Suite struct IdentityTests {
    /// Without a profile's file: From and P-Asserted-Identity with the office number, Diversion where the call goes on.
    @Test func theBuiltInProfileIsAsBefore() throws {
        let plain = try IdentityProfile().headers(for: facts(), at: office)
        #expect(plain.from == .init(anna) && plain.asserted == .init(anna) && plain.preferred == nil)
        #expect(plain.diversion == nil && plain.history == nil && plain.privacy == nil)
        let on = try IdentityProfile().headers(for: facts(diverted: .init(.noAnswer, count: 2)), at: office)
        #expect(on.diversion?.user == anna && on.diversion?.reason == .noAnswer && on.diversion?.count == 2)
    }

    @Test(arguments: [
        (IdentityProfile.NumberFormat.plus, "+498984098723"), (.bare, "498984098723"), (.zeros, "00498984098723"),
        (.national, "08984098723"),
    ])
    func eachHeaderHasItsFormat(_ format: IdentityProfile.NumberFormat, _ text: String) throws {
        let profile = IdentityProfile(
            from: .init(.caller, format), asserted: .init(.office, .plus), preferred: .init(.office, format),
            diversion: format, historyInfo: format)
        let headers = try profile.headers(for: facts(diverted: .init(.userBusy)), at: office)
        #expect(headers.from.user == text && headers.preferred?.user == text && headers.asserted?.user == anna)
        #expect(headers.diversion?.user == text && headers.history?.user == text && headers.history?.cause == 486)
    }

    @Test func aForeignNumberHasNoNationalForm() throws {
        let profile = IdentityProfile(from: .init(.caller, .national), showsCaller: .inside)
        let caller = PartyView(number: "+43123456")
        #expect(try profile.headers(for: facts(caller: caller, reach: .inside), at: office).from.user == "0043123456")
    }

    /// Whose number stands where (PRODUCT §6): the caller's where the profile allows it, else the office number.
    @Test(arguments: [
        (IdentityProfile.ShowsCaller.never, Reach.inside, true, anna), (.never, .outside, true, anna),
        (.inside, .inside, true, berlin), (.inside, .outside, true, anna), (.everywhere, .inside, true, berlin),
        (.everywhere, .outside, true, berlin), (.everywhere, .outside, false, anna),
    ])
    func showsTheCallerWhereItMay(
        _ shows: IdentityProfile.ShowsCaller, _ reach: Reach, _ isDiverted: Bool, _ number: String
    ) throws {
        let profile = IdentityProfile(asserted: .init(.office), showsCaller: shows)
        let facts = facts(
            caller: PartyView(number: berlin, name: "Example GmbH"), reach: reach,
            diverted: isDiverted ? .init(.unconditional) : nil)
        let headers = try profile.headers(for: facts, at: office)
        #expect(headers.from.user == number && headers.asserted?.user == anna)
        #expect((headers.from.display == nil) == (number == anna || reach == .outside))
    }

    /// An outside phone could not call an extension back, and a colleague's office number is no caller from outside.
    @Test(arguments: ["24", "+498984098724"]) func anInsideCallerIsTheOfficeOutside(_ number: String) throws {
        let profile = IdentityProfile(showsCaller: .everywhere)
        let caller = PartyView(number: number, name: "Ben")
        let outside = try profile.headers(for: facts(caller: caller, diverted: .init(.unconditional)), at: office)
        #expect(outside.from == .init(anna))
        let inside = try profile.headers(for: facts(caller: caller, reach: .inside), at: office)
        #expect(inside.from == .init(number, display: "Ben"))
    }

    @Test(arguments: [Reach.inside, .outside]) func anonymousStaysAnonymous(_ reach: Reach) throws {
        let profile = IdentityProfile(showsCaller: .everywhere)
        let facts = facts(caller: PartyView(number: nil), reach: reach, diverted: .init(.unconditional))
        let headers = try profile.headers(for: facts, at: office)
        #expect(headers.from == .init(nil, display: "Anonymous") && headers.privacy == "id")
        #expect(headers.asserted == .init(anna))
        let hidden = IdentityProfile(showsCaller: .never)
        #expect(try hidden.headers(for: facts, at: office).from == .init(anna))
    }

    @Test func aNumberIsHiddenAsTheTrunkCan() throws {
        let anonymous = try IdentityProfile().headers(for: facts(hidden: true), at: office)
        #expect(anonymous.from.user == nil && anonymous.privacy == "id" && anonymous.asserted == .init(anna))
        let asked = try IdentityProfile(suppression: .privacyOnly).headers(for: facts(hidden: true), at: office)
        #expect(asked.from == .init(anna) && asked.privacy == "id")
        let refusal = #expect(throws: Refusal.self) {
            try IdentityProfile(suppression: .refused).headers(for: facts(hidden: true), at: office)
        }
        #expect(refusal?.code == "number-not-hidden")
    }

    /// Per call too: a number of somebody else is in no header, whatever the directory says.
    @Test(arguments: [
        (IdentityProfile(), berlin), (IdentityProfile(asserted: .init(.office, .plus, fixed: berlin)), anna),
        (IdentityProfile(from: .init(fixed: berlin)), anna),
        (IdentityProfile(preferred: .init(.office, .national, fixed: berlin)), anna),
    ])
    func aNumberOfSomebodyElseIsRefused(_ profile: IdentityProfile, _ number: String) {
        var facts = facts(diverted: .init(.noAnswer))
        facts.officeNumber = number
        let refusal = #expect(throws: Refusal.self) { try profile.headers(for: facts, at: office) }
        #expect(refusal?.code == "not-our-number" && refusal?.status == 403)
    }

    @Test(arguments: [
        (IdentityProfile(), []), (IdentityProfile(from: .init(fixed: "+4989840987")), []),
        (IdentityProfile(from: .init(fixed: berlin)), ["from"]),
        (IdentityProfile(asserted: .init(fixed: berlin), preferred: .init(fixed: berlin)), ["asserted", "preferred"]),
        (IdentityProfile(diversion: nil, showsCaller: .everywhere), ["showsCaller"]),
        (IdentityProfile(diversion: nil, historyInfo: .plus, showsCaller: .everywhere), []),
        (IdentityProfile(diversion: nil, showsCaller: .inside), []),
    ])
    func mistakesAreNamedByTheirKey(_ profile: IdentityProfile, _ keys: [String]) {
        #expect(profile.mistakes(at: office).map(\.key) == keys)
    }
}
