import BusContract
import JournalCore
import TelephonyModel
import Testing

@testable import rufbus_journal

/// What a journal remembers of calls, so that it need not look into its database.
struct JournalCacheTests {
    @Test func aCallIsKnownUntilManyOthersCame() {
        var cache = FoldCache()
        for number in 0..<8_192 { cache.keep(fold(number)) }
        #expect((0..<8_192).allSatisfy { cache[call($0)]?.version == 1 })
        cache.keep(fold(8_192))
        #expect((0...8_192).filter { cache[call($0)] != nil } == Array(4_096...8_192))
    }

    /// Calls that are over take no room from those that run, and little of their own.
    @Test func aFinalCallIsForgottenSoon() {
        var cache = FoldCache()
        cache.keep(fold(0))
        for number in 1...10_000 {
            cache.keep(fold(number))
            cache.keep(fold(number, isFinal: true))
        }
        let known = (1...10_000).filter { cache[call($0)] != nil }
        #expect(known.count <= 1_024 && known.last == 10_000)
        #expect(known.allSatisfy { cache[call($0)]?.fold.isFinal == true })
        #expect(cache[call(0)]?.fold.isFinal == false)
    }

    /// An event of a new owner may open a call again.
    @Test func theNewestIsKnown() {
        var cache = FoldCache()
        for (version, isFinal) in [(1, false), (2, true), (3, false), (4, true)] {
            cache.keep(fold(0, isFinal: isFinal, version: version))
            #expect(cache[call(0)]?.version == version)
        }
    }

    private func call(_ number: Int) -> CallID { CallID(unchecked: "call-\(number)") }

    private func fold(_ number: Int, isFinal: Bool = false, version: Int = 1) -> KnownFold {
        let call = call(number)
        var fold = CallFold(
            CallPosition(seat: UserID(unchecked: "anna"), call: call, conversation: call, epoch: 1, sequence: 1))
        if isFinal { fold.close() }
        return KnownFold(fold: fold, version: version)
    }
}
