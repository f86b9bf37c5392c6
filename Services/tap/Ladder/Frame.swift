/// Where things stand on a line: time, call tag, and the three lifelines `device`, `rufbus`, `party`.
///
///     time tag |<-------- label --------|-------- label -------->|
enum Frame {
    /// Width of all.
    static let width = 98
    /// Between two lifelines.
    static let segment = 40
    static let inside = 2 * segment + 1
    static let shortestDashes = 2

    enum Side { case device, party }
    enum Way { case left, right }

    /// "    1.305 3f2a ": seconds since the call's start, then the call's tag, if it needs one.
    static func margin(_ milliseconds: Int64, _ tag: String?) -> String {
        let magnitude = milliseconds.magnitude
        let thousandths = String(magnitude % 1_000)
        let padded = String(repeating: "0", count: 3 - thousandths.count) + thousandths
        let seconds = (milliseconds < 0 ? "-" : "") + "\(magnitude / 1_000).\(padded)"
        return seconds.leftPadded(to: 9) + " " + (tag ?? "").padded(to: 4) + " "
    }

    static func arrow(_ label: String, on side: Side, _ way: Way) -> String {
        let text = " \(label.cut(to: segment - 2 * shortestDashes - 3)) "
        let dashes = segment - 1 - text.count
        let (before, after) = (dashes / 2, dashes - dashes / 2)
        let line = String(repeating: "-", count: before) + text + String(repeating: "-", count: after)
        let drawn = way == .left ? "<" + line : line + ">"
        let blank = String(repeating: " ", count: segment)
        return side == .device ? "|\(drawn)|\(blank)|" : "|\(blank)|\(drawn)|"
    }

    /// A remark across all lifelines; a long one takes several lines.
    static func notes(_ text: String, fill: Character) -> [String] {
        text.wrapped(to: inside - 6).map { line in
            let rest = inside - 2 - line.count
            let (before, after) = (rest / 2, rest - rest / 2)
            return "|" + String(repeating: fill, count: before) + " \(line) "
                + String(repeating: fill, count: after) + "|"
        }
    }

    static var names: String {
        let (first, last) = ("device", "party")
        let (gap, middle) = (segment + 1 - first.count - 3, "rufbus")
        let left = first + String(repeating: " ", count: gap) + middle
        let rest = inside + 2 - left.count - last.count
        return "time".leftPadded(to: 9) + "      " + left + String(repeating: " ", count: rest) + last
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
    func cut(to width: Int) -> String { count <= width ? self : prefix(width - 3) + "..." }

    /// Lines of at most `width` characters, broken at spaces; a longer word is cut.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ").map({ String($0).cut(to: width) }) {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }
}
