import BusContract

/// Who calls, in the forms that a user's rules may name him by.
public struct IncomingCaller: Hashable, Sendable {
    /// Empty: anonymous.
    let numbers: [String]

    /// - Parameters:
    ///   - number: E.164 with `+`, or an extension; nil: anonymous.
    ///   - office: a colleague is known by his extension and by his office number.
    public init(_ number: String?, office: OfficeNumbers) {
        numbers = number.map { Self.forms(of: $0, office.trunkNumber) } ?? []
    }

    private static func forms(of number: String, _ trunk: String) -> [String] {
        guard number.hasPrefix("+") else { return [number, trunk + number] }
        guard number.hasPrefix(trunk), number != trunk else { return [number] }
        return [number, String(number.dropFirst(trunk.count))]
    }

    private init(numbers: [String]) { self.numbers = numbers }

    /// Somebody with a number whom no rule names.
    public static let anybody = IncomingCaller(numbers: [""])

    /// Whether a rule's line means him: a number, first digits with `*` behind them, or `anonymous`.
    func isMeant(by line: String) -> Bool {
        if line == "anonymous" { return numbers.isEmpty }
        guard line.hasSuffix("*") else { return numbers.contains(line) }
        return numbers.contains { $0.hasPrefix(line.dropLast()) }
    }

    func isMeant(by lines: [String]) -> Bool { lines.contains { isMeant(by: $0) } }
}
