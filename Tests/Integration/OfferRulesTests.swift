import TestSupport
import Testing

@testable import SIPStack

/// Offers and answers in a dialog as stories: who may offer, what crosses, when it goes again.
@Suite struct OfferRulesTests {
    enum Step: Sendable {
        case receives(OfferMethod, OfferRules.Verdict)
        case answers(OfferMethod, accepting: Bool, offering: Bool)
        case isAcknowledged
        case sends(OfferMethod), isAnswered, inviteOver
        case may(OfferMethod), mayNot(OfferMethod)
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String, calling: Bool, steps: [Step]
        init(_ testDescription: String, calling: Bool = true, _ steps: [Step]) {
            (self.testDescription, self.calling, self.steps) = (testDescription, calling, steps)
        }
    }

    /// The dialog that we opened stands.
    static let stands: [Step] = [.isAnswered, .inviteOver]

    static let stories = [
        Story("an UPDATE crosses the offer of our INVITE", [.receives(.update, .crosses), .mayNot(.update)]),
        Story(
            "after a reliable answer offers go by UPDATE only",
            [.isAnswered, .may(.update), .mayNot(.invite), .receives(.invite, .crosses), .receives(.update, .take)]),
        Story(
            "an UPDATE overlaps the INVITE that we have not answered", calling: false,
            [.receives(.update, .overlaps), .receives(.invite, .overlaps), .mayNot(.update)]),
        Story(
            "our 200 is out, its ACK is not here", calling: false,
            [
                .answers(.invite, accepting: true, offering: false), .receives(.invite, .overlaps),
                .mayNot(.invite), .may(.update), .isAcknowledged, .may(.invite),
            ]),
        Story(
            "our 200 with an offer waits for the ACK with the answer", calling: false,
            [
                .answers(.invite, accepting: true, offering: true), .receives(.update, .crosses),
                .mayNot(.update), .isAcknowledged, .receives(.update, .take),
            ]),
        Story("their offer is taken, ours waits", stands + [.receives(.update, .take), .mayNot(.update)]),
        Story(
            "two offers of theirs overlap",
            stands + [
                .receives(.update, .take), .receives(.update, .overlaps), .receives(.invite, .overlaps),
                .answers(.update, accepting: true, offering: false), .receives(.update, .take),
            ]),
        Story(
            "a refused offer of theirs leaves nothing",
            stands + [
                .receives(.invite, .take), .answers(.invite, accepting: false, offering: false), .may(.invite),
            ]),
        Story(
            "a re-INVITE without an offer: the answer is in the ACK",
            stands + [
                .receives(.invite, .take), .answers(.invite, accepting: true, offering: true),
                .receives(.update, .crosses), .mayNot(.update), .isAcknowledged, .may(.invite),
            ]),
        Story(
            "both offer at once",
            stands + [
                .sends(.invite), .receives(.invite, .crosses), .receives(.update, .crosses), .isAnswered,
                .inviteOver, .receives(.invite, .take),
            ]),
        Story(
            "our UPDATE is out",
            stands + [.sends(.update), .mayNot(.invite), .receives(.update, .crosses), .isAnswered, .may(.invite)]),
    ]

    @Test(arguments: stories) func rulesFollow(_ story: Story) {
        var rules = OfferRules(calling: story.calling)
        for (number, step) in story.steps.enumerated() { follow(step, &rules, "step \(number)") }
    }

    private func follow(_ step: Step, _ rules: inout OfferRules, _ place: Comment) {
        switch step {
        case .receives(let method, let verdict): #expect(rules.receive(method) == verdict, place)
        case .answers(let method, let accepting, let offering):
            rules.answer(method, accepting: accepting, offering: offering)
        case .isAcknowledged: rules.acknowledged()
        case .sends(let method): rules.send(method)
        case .isAnswered: rules.answered()
        case .inviteOver: rules.inviteOver()
        case .may(let method): #expect(rules.maySend(method), place)
        case .mayNot(let method): #expect(!rules.maySend(method), place)
        }
    }

    /// RFC 3261 §14.1: both bands, to their ends, in steps of 10 ms.
    @Test(arguments: [(true, 2_100, 4_000), (false, 0, 2_000)])
    func whoOwnsTheCallIDWaitsLonger(_ calling: Bool, _ least: Int, _ most: Int) {
        var random = SeededRandom(seed: 20_261_124)
        let rules = OfferRules(calling: calling)
        let waits = (0..<20_000).map { _ in rules.wait(using: &random) }
        #expect(waits.min() == least && waits.max() == most)
        #expect(waits.allSatisfy { $0 % 10 == 0 })
    }

    @Test func whatFollowsFromAnAnswer() {
        var random = SeededRandom(seed: 1)
        let rules = OfferRules(calling: false)
        func next(_ status: Int, _ retryAfter: Int? = nil, attempts: Int = 1) -> OfferRules.Next {
            rules.next(status, retryAfterSeconds: retryAfter, attempts: attempts, using: &random)
        }
        #expect(next(200) == .done)
        for status in [408, 481] { #expect(next(status) == .gone) }
        for status in [488, 401, 500, 503] { #expect(next(status) == .refused) }
        guard case .again(0...2_000) = next(491) else { return #expect(Bool(false), "491 goes again") }
        guard case .again(3_000...5_000) = next(500, 3) else { return #expect(Bool(false), "500 says when") }
        #expect(next(500, 11) == .refused && next(491, attempts: 10) == .refused)
    }
}
