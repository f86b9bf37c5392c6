/// Numbers that nobody dials through Rufbus in any country: who needs help dials on the phone itself, so that the call
/// shows where he is. A country's further ones (133 in Austria) are libphonenumber's, in `PhoneNumbers`.
public enum EmergencyNumber {
    /// Emergency in some country; one that a traveller may try is never dialled either.
    public static let everywhere: Set<String> = ["110", "112", "911", "999", "000"]

    /// Whether these digits reach emergency services, as they are or behind an outside-line prefix.
    public static func isReached(
        by digits: String, behind prefix: String, also isNational: (String) -> Bool = { _ in false }
    ) -> Bool {
        let behind = !prefix.isEmpty && digits.hasPrefix(prefix) ? String(digits.dropFirst(prefix.count)) : nil
        return [digits, behind].compactMap(\.self).contains { everywhere.contains($0) || isNational($0) }
    }
}
