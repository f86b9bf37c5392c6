import BusContract
import CPhoneNumber
import TelephonyModel

/// What a written number means at this office.
public enum Reading: Hashable, Sendable {
    /// E.164 with `+`.
    case outside(String)
    /// An extension of the PBX.
    case inside(String)
}

/// Reads numbers as people write them at one office, in this order: emergency (refused), extension of the PBX, number
/// with the outside-line prefix, `+`, `00`, national.
public struct NumberReader: Sendable {
    private let office: OfficeNumbers
    /// Longest text that is looked at, in characters.
    private static let longest = 64

    public init(_ office: OfficeNumbers) { self.office = office }

    /// - Throws: 403 for an emergency number, 422 for what is no number here; each says what to do.
    public func read(_ text: String) throws(Refusal) -> Reading {
        let dialled = try Dialled(text, longest: Self.longest)
        if isEmergency(dialled.digits) { throw emergency(dialled.digits) }
        if !dialled.isInternational, isExtension(dialled.digits) { return .inside(dialled.digits) }
        return try inHouse(try outside(dialled))
    }

    /// E.164 of a number outside. Two readings that both exist are refused rather than guessed: a wrong guess rings a
    /// stranger.
    private func outside(_ dialled: Dialled) throws(Refusal) -> String {
        let plain = valid(dialled.text)
        guard let behind = behindPrefix(dialled) else {
            if let plain { return plain }
            throw unreadable(dialled)
        }
        switch (plain, valid(behind)) {
        case (let plain?, let prefixed?) where plain != prefixed: throw ambiguous(dialled, plain, prefixed)
        case (let plain?, _): return plain
        case (nil, let prefixed?): return prefixed
        case (nil, nil): throw unreadable(dialled)
        }
    }

    /// What follows the outside-line prefix, if that is a whole number itself (`0…`, `00…`, `+…`): behind the prefix
    /// nobody dials a number without its area code, and "089 …" is not "0" and a number in town.
    private func behindPrefix(_ dialled: Dialled) -> String? {
        guard !dialled.isInternational, !office.outsidePrefix.isEmpty, dialled.digits.hasPrefix(office.outsidePrefix)
        else { return nil }
        let rest = String(dialled.digits.dropFirst(office.outsidePrefix.count))
        return rest.hasPrefix("0") ? rest : nil
    }

    /// A number of this office in full is its extension: the call needs no outside line.
    private func inHouse(_ e164: String) throws(Refusal) -> Reading {
        guard e164.hasPrefix(office.trunkNumber) else { return .outside(e164) }
        let rest = String(e164.dropFirst(office.trunkNumber.count))
        if isEmergency(rest) { throw emergency(rest) }
        return isExtension(rest) ? .inside(rest) : .outside(e164)
    }

    private func isExtension(_ digits: String) -> Bool { office.internalBands.contains { matches(digits, $0) } }

    /// 00 is the international prefix of the countries that dial so (ITU-T E.164); libphonenumber knows the others'.
    private func valid(_ text: String) -> String? {
        let written = text.hasPrefix("00") ? "+" + text.dropFirst(2) : text
        let buffer = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 24) { bytes -> String? in
            guard let start = bytes.baseAddress else { return nil }
            guard phonenumber_read(written, office.country, start, bytes.count) else { return nil }
            return String(cString: start)
        }
        return buffer
    }

    /// Whether dialling these digits at this office reaches emergency services.
    public func isEmergency(_ digits: String) -> Bool {
        EmergencyNumber.isReached(by: digits, behind: office.outsidePrefix) {
            phonenumber_is_emergency($0, office.country)
        }
    }

    /// "2X": an X stands for any digit.
    private func matches(_ digits: String, _ pattern: String) -> Bool {
        digits.utf8.count == pattern.utf8.count
            && zip(digits.utf8, pattern.utf8).allSatisfy { digit, mark in
                mark == UInt8(ascii: "X") ? (48...57).contains(digit) : digit == mark
            }
    }
}

extension NumberReader {
    private func emergency(_ digits: String) -> Refusal {
        Refusal(
            403, "emergency-number",
            "\(digits) is an emergency number. Dial it on the phone itself: Rufbus never places emergency calls.")
    }

    private func ambiguous(_ dialled: Dialled, _ plain: String, _ prefixed: String) -> Refusal {
        Refusal(
            422, "two-readings",
            "\"\(dialled.text)\" may be \(plain) or, behind the outside-line prefix, \(prefixed): write it with +.")
    }

    private func unreadable(_ dialled: Dialled) -> Refusal {
        let bands = office.internalBands.joined(separator: ", ")
        return Refusal(
            422, "no-such-number",
            "\"\(dialled.text)\" is no phone number here: write it with area code, with +, or as an extension "
                + "(\(bands)).")
    }
}

/// A written number without its ornaments.
private struct Dialled {
    /// Digits, with `+` before them if it was written so.
    let text: String
    let digits: String
    var isInternational: Bool { text.hasPrefix("+") }

    /// Drops `tel:` with its parameters (RFC 3966 §3), visual separators and "(0)" behind a country code.
    init(_ written: String, longest: Int) throws(Refusal) {
        guard written.count <= longest else {
            throw Refusal(422, "no-such-number", "The number is longer than \(longest) characters: check it.")
        }
        var rest = written.drop { $0.isWhitespace }
        if rest.lowercased().hasPrefix("tel:") { rest = rest.dropFirst(4).prefix { $0 != ";" } }
        var kept = ""
        for character in rest.replacing("(0)", with: rest.contains("+") || rest.hasPrefix("00") ? "" : "0") {
            switch character {
            case "0"..."9" where character.isASCII: kept.append(character)
            case "+" where kept.isEmpty: kept.append(character)
            case _ where character.isWhitespace, "-", "/", "(", ")", ".", "\u{2010}", "\u{2011}", "\u{2013}": continue
            default:
                throw Refusal(
                    422, "no-such-number", "\"\(character)\" does not belong into a phone number: write digits only.")
            }
        }
        (text, digits) = (kept, kept.hasPrefix("+") ? String(kept.dropFirst()) : kept)
        guard !digits.isEmpty else { throw Refusal(422, "no-such-number", "The number is empty: write digits.") }
    }
}
