import BusContract
import TelephonyModel
import Testing

@testable import CTIGateway

private let bob = UserID(unchecked: "bob")

private func status(_ user: UserID, _ phone: UserStatus.Phone) -> UserStatus {
    UserStatus(user: user, name: user.rawValue, officeNumber: "+4989", phone: phone, reachedAt: .mobile)
}

@Test func aStreamBeginsWithWhatIsAndGoesOnWithWhatChanges() async throws {
    let board = CallBoard()
    board.offer(state("c1"), at: position("c1", 1), id: "e1")
    board.offer(status(bob, .available))
    var events = try board.subscribe(anna).makeAsyncIterator()
    board.offer(state("c1", .talking), at: position("c1", 2), id: "e2")
    board.offer(status(bob, .ringing), id: "e3")
    let first = try #require(await events.next()).text
    #expect(first.hasPrefix("event: call\n") && first.contains(#""phase":"ringing""#))
    #expect(try #require(await events.next()).text.hasPrefix("event: presence\n"))
    let changed = try #require(await events.next()).text
    #expect(changed.hasPrefix("id: e2\nevent: call\n") && changed.contains(#""phase":"talking""#))
    #expect(try #require(await events.next()).text.hasPrefix("id: e3\nevent: presence\n"))
}

@Test func aStreamShowsNobodyElsesCalls() async throws {
    let board = CallBoard()
    var events = try board.subscribe(anna).makeAsyncIterator()
    board.offer(state("c1", of: bob), at: position("c1", 1, of: bob))
    board.offer(state("c2"), at: position("c2", 1))
    #expect(try #require(await events.next()).text.contains("c2"))
}

@Test func lateAndRepeatedEventsChangeNothing() async throws {
    let board = CallBoard()
    board.offer(state("c1", .talking), at: position("c1", 5))
    var events = try board.subscribe(anna).makeAsyncIterator()
    board.offer(state("c1", .ringing), at: position("c1", 3))
    board.offer(state("c1", .talking), at: position("c1", 5))
    board.offer(state("c1", .ended), at: position("c1", 1, epoch: 2))
    #expect(try #require(await events.next()).text.contains("talking"))
    #expect(try #require(await events.next()).text.contains("ended"))
}

@Test func aClientThatDoesNotReadIsLetGo() async throws {
    let board = CallBoard()
    let events = try board.subscribe(anna)
    for sequence in 1...1_100 { board.offer(state("c1"), at: position("c1", sequence)) }
    var count = 0
    for await _ in events { count += 1 }
    #expect(count == 1_000)
}

@Test func aClosedBoardEndsItsStreams() async throws {
    let board = CallBoard()
    let before = try board.subscribe(anna)
    board.close()
    for await _ in before {}
    for await _ in try board.subscribe(anna) {}
    #expect(board.calls(of: anna).isEmpty)
}

private let a1 = InstanceID(unchecked: "a1")

@Test func aSnapshotEndsTheCallsThatItDoesNotName() async throws {
    let board = CallBoard()
    board.offer(state("c1", .talking), at: position("c1", 5), owner: a1)
    var events = try board.subscribe(anna).makeAsyncIterator()
    _ = await events.next()
    let item = CallSnapshot.Answer.Item(state: state("c2"), position: position("c2", 1))
    board.snapshot([item], of: a1, askedAt: board.now + 1)
    #expect(board.calls(of: anna).map(\.call.rawValue) == ["c2"] && board.call(CallID(unchecked: "c1")) == nil)
    let told = [try #require(await events.next()).text, try #require(await events.next()).text]
    #expect(told[0].contains(#""call":"c2""#) && told[1].contains(#""call":"c1""#))
    #expect(told[1].contains(#""phase":"ended""#))
}

@Test func anInstanceThatIsGoneTakesItsCallsWithIt() {
    let board = CallBoard()
    board.offer(state("c1", .talking), at: position("c1", 5), owner: a1)
    board.offer(state("c2", .talking), at: position("c2", 5), owner: InstanceID(unchecked: "b1"))
    board.lost(a1)
    #expect(board.calls(of: anna).map(\.call.rawValue) == ["c2"])
}

@Test func whoLeftTheDirectoryLeavesTheBoard() async throws {
    let board = CallBoard()
    board.offer(status(bob, .available))
    board.replace([status(anna, .ringing)], askedAt: board.now + 1)
    // Heard after the question was asked: newer than its answer.
    board.replace([status(anna, .available)], askedAt: -1)
    let events = try board.subscribe(anna)
    board.close()
    let texts = await events.reduce(into: [String]()) { $0.append($1.text) }
    #expect(texts.count == 1 && texts.first?.contains(#""phone":"ringing""#) == true)
}

@Test func aUserHasTenStreamsAtMost() throws {
    let board = CallBoard()
    let open = try (0..<10).map { _ in try board.subscribe(anna) }
    let no = #expect(throws: Refusal.self) { try board.subscribe(anna) }
    #expect(no?.status == 429 && no?.code == "too-many-streams" && no?.sentence.contains("close one") == true)
    #expect(throws: Never.self) { try board.subscribe(bob) }
    #expect(open.count == 10)
}
