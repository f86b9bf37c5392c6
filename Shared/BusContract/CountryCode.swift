extension OfficeNumbers {
    /// Of the office's own number, without `+` (ITU-T E.164: 1 and 7 have one digit, these two, all others three).
    public var countryCode: String {
        let digits = trunkNumber.drop { $0 == "+" }
        if digits.hasPrefix("1") || digits.hasPrefix("7") { return String(digits.prefix(1)) }
        return String(digits.prefix(Self.twoDigits.contains(String(digits.prefix(2))) ? 2 : 3))
    }

    private static let twoDigits: Set<String> = Set(
        ([20, 27, 36, 39, 98]
            + [30...34, 40...41, 43...49, 51...58, 60...66, 81...82, 84...84, 86...86, 90...95]
            .flatMap(Array.init)).map(String.init))

    /// Whether the company owns a number: E.164 with `+`.
    public func owns(_ number: String) -> Bool { number.hasPrefix(trunkNumber) }
}
