/// How long and how hard a run is. The seed replays its events; the servers' own timing is theirs.
public struct Form: Sendable {
    public let seed: UInt64
    public let calls: Int
    /// Events a second of each of the two publishers.
    let rate: Int
    /// How often a server is killed in one row.
    let kills: Int
    /// How long the database is away, by kill.
    let databaseAway: [Duration]

    /// Two thousand calls of ten events; a row takes a minute or two.
    public static func long(seed: UInt64, calls: Int = 2_000) -> Form {
        Form(
            seed: seed, calls: calls, rate: 150, kills: 3, databaseAway: [.seconds(2), .seconds(60), .seconds(2)])
    }

    /// Two hundred calls; a row takes some seconds.
    public static func short(seed: UInt64) -> Form {
        Form(seed: seed, calls: 200, rate: 250, kills: 1, databaseAway: [.seconds(3)])
    }
}
