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
    var events = board.subscribe(anna).makeAsyncIterator()
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
    var events = board.subscribe(anna).makeAsyncIterator()
    board.offer(state("c1", of: bob), at: position("c1", 1, of: bob))
    board.offer(state("c2"), at: position("c2", 1))
    #expect(try #require(await events.next()).text.contains("c2"))
}

@Test func lateAndRepeatedEventsChangeNothing() async throws {
    let board = CallBoard()
    board.offer(state("c1", .talking), at: position("c1", 5))
    var events = board.subscribe(anna).makeAsyncIterator()
    board.offer(state("c1", .ringing), at: position("c1", 3))
    board.offer(state("c1", .talking), at: position("c1", 5))
    board.offer(state("c1", .ended), at: position("c1", 1, epoch: 2))
    #expect(try #require(await events.next()).text.contains("talking"))
    #expect(try #require(await events.next()).text.contains("ended"))
}

@Test func aClientThatDoesNotReadIsLetGo() async {
    let board = CallBoard()
    let events = board.subscribe(anna)
    for sequence in 1...1_100 { board.offer(state("c1"), at: position("c1", sequence)) }
    var count = 0
    for await _ in events { count += 1 }
    #expect(count == 1_000)
}

@Test func aClosedBoardEndsItsStreams() async {
    let board = CallBoard()
    let before = board.subscribe(anna)
    board.close()
    for await _ in before {}
    for await _ in board.subscribe(anna) {}
    #expect(board.calls(of: anna).isEmpty)
}
