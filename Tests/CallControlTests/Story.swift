import CallControl
import Foundation
import TelephonyModel
import Testing

/// What happens, when, and what the seat does about it.
struct Step: Sendable {
    let milliseconds: Int64
    let event: Seat.Event
    let effects: [String]
    init(_ milliseconds: Int64, _ event: Seat.Event, _ effects: String...) {
        (self.milliseconds, self.event, self.effects) = (milliseconds, event, effects)
    }
}

/// A flow or a failure, told from a point on that another story has told before.
struct Story: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: [Step]
    let script: [Step]
    init(_ name: String, after before: [Step] = [], _ script: Step...) {
        (testDescription, self.before, self.script) = (name, before, script)
    }
    /// All of it, for stories that begin where this one ends.
    var steps: [Step] { before + script }
}

enum Handling: String, Sendable, CaseIterable { case inMemory, writtenDownBetweenSteps }

private let allStories: [Story] =
    outgoingStories + incomingStories + crossingStories + bookStories + ringPlanStories + diversionStories
    + verbStories + repeatStories

@Test(arguments: allStories, Handling.allCases)
func theSeatFollows(_ story: Story, _ handling: Handling) throws {
    var seat = Seat(user: house.user)
    for step in story.before { _ = try take(step, &seat, handling) }
    for step in story.script {
        let effects = try take(step, &seat, handling)
        #expect(effects == step.effects, "at \(step.milliseconds) ms, \(step.event)")
    }
}

private func take(_ step: Step, _ seat: inout Seat, _ handling: Handling) throws -> [String] {
    if handling == .writtenDownBetweenSteps {
        seat = try JSONDecoder().decode(Seat.self, from: JSONEncoder().encode(seat))
    }
    return seat.handle(step.event, at: Instant(milliseconds: step.milliseconds)).map(sketch)
}
