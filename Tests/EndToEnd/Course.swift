/// Ways that a leg goes in SIP, as `Ledger.messages` writes them; for `Expected.ladder`.
enum Course {
    /// Called by us, rang and was answered.
    static let called = ["> INVITE", "< 180", "< 200", "> ACK"]
    /// The same over a trunk that asks for a password.
    static let challenged = ["> INVITE", "< 407"] + called
    /// Called us, heard ringback and was answered.
    static let came = ["< INVITE", "> 180", "> 200", "< ACK"]
    static let weEnd = ["> BYE", "< 200 BYE"]
    static let theyEnd = ["< BYE", "> 200 BYE"]

    /// Called by us, rang and was let go.
    static let cancelled = ["> INVITE", "< 180", "> CANCEL", "< 487"]
    /// Called by us, rang and refused.
    static func refused(_ status: Int) -> [String] { ["> INVITE", "< 180", "< \(status)"] }
    /// Called by us: nobody is registered.
    static let unreachable = ["> INVITE", "< 404"]

    /// Called us, heard ringback and gave up.
    static let gaveUp = ["< INVITE", "> 180", "< CANCEL", "> 487"]
    /// Called us, heard ringback and was refused.
    static func turnedAway(_ status: Int) -> [String] { ["< INVITE", "> 180", "> \(status)"] }
    /// Called us and was refused before anything rang.
    static func turnedAwayAtOnce(_ status: Int) -> [String] { ["< INVITE", "> \(status)"] }
}
