import Testing

@testable import Postgres

/// The table of sentences: each is whole, names a setting, and is reached by what it is for.
struct ConnectSentencesTests {
    private static let facts = ConnectFacts(host: "db.example", port: "5432", user: "anna", database: "house")
    private static let rows =
        ConnectSentences.fromServer + ConnectSentences.fromLibrary
        + [
            ConnectSentences.noPassword, ConnectSentences.late, ConnectSentences.standby, ConnectSentences.readOnly,
            ConnectSentences.tooOld,
        ]

    @Test func eachSentenceIsFilledIn() {
        for row in Self.rows {
            let message = row.error(ConnectSigns(text: "the reason"), Self.facts).message
            #expect(message.hasPrefix("database.url: "))
            #expect(!message.contains("{") && !message.contains("}"), "\(message)")
        }
    }

    /// A word of libpq or of a name may look like a place to be filled in.
    @Test func whatIsFilledInIsNotFilledAgain() {
        let facts = ConnectFacts(host: "{user}", port: "1", user: "{database}", database: "d")
        let message = ConnectSentences.late.error(ConnectSigns(text: "{host}"), facts).message
        #expect(message.contains("{user}:1 did not answer") && message.hasSuffix("({host})"))
    }

    /// A row that an earlier one always takes away would never be read.
    @Test func eachRowIsReachedByItsOwnSigns() {
        for table in [ConnectSentences.fromServer, ConnectSentences.fromLibrary] {
            for row in table {
                let signs = ConnectSigns(state: row.state, routine: row.routine, text: row.text ?? "")
                #expect(table.first { $0.fits(signs) }?.sentence == row.sentence, "\(row.sentence)")
            }
        }
    }

    @Test func whatNoRowKnowsIsSaidAsItCame() {
        let silent = ConnectSentences.error(ConnectSigns(text: "Connection refused"), Self.facts)
        #expect(silent.kind == .unreachable && silent.message.hasSuffix("mend host and port (Connection refused)"))
        let refused = ConnectSentences.error(ConnectSigns(state: "XX000", text: "a bug"), Self.facts)
        #expect(refused.kind == .unavailable && refused.sqlState == "XX000" && refused.message.hasSuffix("now (a bug)"))
    }

    @Test func theClockSentenceCountsSeconds() {
        #expect(ConnectSentences.clock(Self.facts, secondsAhead: 300).contains("300 s ahead of this machine's"))
        #expect(ConnectSentences.clock(Self.facts, secondsAhead: -7).contains("7 s behind this machine's"))
    }

    /// The waits grow, up to five seconds, and are never the same for all.
    @Test func backingOffGrowsToFiveSeconds() {
        var backoff = Backoff()
        let waits = (0..<40).map { _ in backoff.next() }
        #expect(waits.allSatisfy { (25...5_000).contains($0) })
        #expect(waits[0] <= 100 && waits.suffix(30).contains { $0 > 2_500 } && Set(waits.suffix(30)).count > 10)
    }
}
