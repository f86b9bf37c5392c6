import BusContract

/// A number as a SIP header has it: digits, perhaps a `+` before them; nothing else is left of what people put between.
struct WrittenNumber: Hashable, Sendable {
    /// "+49891234", "0049891234", "23" …
    let text: String

    /// Takes the user part of a URI; parameters (RFC 3966) and visual separators go. Nil when it is no number.
    init?(_ user: String?) {
        guard let user else { return nil }
        let kept = user.prefix { $0 != ";" }.filter { !"-.() ".contains($0) }
        let digits = kept.hasPrefix("+") ? kept.dropFirst() : kept[...]
        guard (1...Self.longest).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        text = kept
    }

    private init(text: String) { self.text = text }

    /// E.164 has 15 digits; before them stand at most an outside-line prefix and an international one.
    private static let longest = 24

    /// The number behind a prefix that a PBX puts before it; nil when it does not stand there.
    func behind(_ prefix: String) -> WrittenNumber? {
        guard !prefix.isEmpty, text.hasPrefix(prefix), text.count > prefix.count else { return nil }
        return WrittenNumber(text: String(text.dropFirst(prefix.count)))
    }

    /// All forms that a trunk may write an E.164 number in, the surest first.
    static func forms(of number: String, for office: OfficeNumbers) -> [String] {
        let digits = String(number.drop { $0 == "+" })
        let forms = ["+" + digits, "00" + digits, digits]
        guard digits.hasPrefix(office.countryCode) else { return forms }
        let national = String(digits.dropFirst(office.countryCode.count))
        guard national.hasPrefix(office.areaCode), !office.areaCode.isEmpty else { return forms + ["0" + national] }
        return forms + ["0" + national, String(national.dropFirst(office.areaCode.count))]
    }
}

extension OfficeNumbers {
    /// Whether a number without `+` is an extension of one of the internal bands.
    func isInside(_ number: WrittenNumber) -> Bool {
        internalBands.contains { band in
            band.count == number.text.count && zip(band, number.text).allSatisfy { $0 == "X" || $0 == $1 }
        }
    }

    /// An outside number as E.164 with `+`; nil when it is too short to be one.
    /// - Parameter prefix: the outside-line prefix that this trunk may put before a caller's number, so that it can be
    ///   called back.
    func outside(_ number: WrittenNumber, behind prefix: String) -> String? {
        let text = number.text
        if text.hasPrefix("+") { return plausible(text.dropFirst()) }
        if !prefix.isEmpty, text.hasPrefix(prefix + "00") { return plausible(text.dropFirst(prefix.count + 2)) }
        if text.hasPrefix("00") { return plausible(text.dropFirst(2)) }
        if text.hasPrefix("0") { return plausible(countryCode + text.dropFirst()) }
        if let rest = number.behind(prefix), rest.text.hasPrefix("0") { return outside(rest, behind: "") }
        return bare(text)
    }

    /// Digits with nothing before them: E.164 without its `+` when long enough, else a number of the same town.
    private func bare(_ digits: String) -> String? {
        if countryCode == "1", digits.count == 10 { return plausible("1" + digits) }  // The NANP dials ten digits.
        if digits.count >= 11 { return plausible(digits) }
        return digits.count >= 5 ? plausible(countryCode + areaCode + digits) : nil
    }

    private func plausible(_ digits: some StringProtocol) -> String? {
        (5...15).contains(digits.count) && !digits.hasPrefix("0") ? "+" + digits : nil
    }
}
