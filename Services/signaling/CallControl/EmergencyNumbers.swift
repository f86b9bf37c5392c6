/// Numbers that no call of ours ever goes to: an emergency call belongs on the phone itself, which the rescue service
/// can locate and call back. The last look before an INVITE; numbers as people write them are read elsewhere.
public enum EmergencyNumbers {
    /// EU and Germany, North America, the United Kingdom and its former colonies, Australia.
    static let all: Set = ["110", "112", "911", "999", "000"]

    /// Whether the user part of a Request-URI dials one: bare, or behind the trunk's outside-line prefix, also where an
    /// international prefix was put before it.
    public static func isOne(_ dialled: String, behind prefix: String) -> Bool {
        let digits = dialled.filter { !"+-.() ".contains($0) }
        guard !all.contains(digits) else { return true }
        guard digits.hasPrefix(prefix) else { return false }
        let rest = String(digits.dropFirst(prefix.count))
        return all.contains(rest) || (rest.hasPrefix("00") && all.contains(String(rest.dropFirst(2))))
    }
}
