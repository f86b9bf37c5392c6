import TestSupport

/// Damages SIP messages and session descriptions as wires, bugs and attackers do: by byte, by word, by number, by line,
/// and with parts of other messages. The same seed damages the same way.
public struct Damage {
    private var random: SeededRandom
    private let seeds: Seeds

    public init(seed: UInt64, _ seeds: Seeds) { (random, self.seeds) = (SeededRandom(seed: seed), seeds) }

    /// One of the seeds, damaged.
    public mutating func message(limit: Int = 20_000) -> [UInt8] { spoil(pick(seeds.messages), limit: limit) }

    /// The message with up to six things changed, at most `limit` bytes long.
    public mutating func spoil(_ message: [UInt8], limit: Int) -> [UInt8] {
        var text = message
        for _ in 0...below(6) {
            if below(3) == 0 { changeBytes(&text) } else { changeLines(&text) }
        }
        if below(2) == 0 { Self.correctLength(&text) }
        return Array(text.prefix(limit))
    }

    // MARK: Bytes, words, numbers

    private mutating func changeBytes(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return text = pick(seeds.messages) }
        let from = below(text.count), end = min(text.count, from + 1 + below(24))
        switch below(7) {
        case 0: text[from] = UInt8(below(256))
        case 1: text[from] ^= 1 << UInt8(below(8))
        case 2: text.removeSubrange(from..<end)
        case 3: text.insert(contentsOf: text[from..<end], at: below(text.count))
        case 4: text.insert(contentsOf: pick(Self.words).utf8, at: from)
        case 5: changeNumber(&text, from)
        default: text.removeSubrange(from...)
        }
    }

    /// The number that stands at a place or behind it becomes one that parsers stumble over.
    private mutating func changeNumber(_ text: inout [UInt8], _ from: Int) {
        guard let start = text[from...].firstIndex(where: Self.isDigit) else { return }
        let end = text[start...].firstIndex { !Self.isDigit($0) } ?? text.count
        text.replaceSubrange(start..<end, with: pick(Self.numbers).utf8)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static let numbers = [
        "0", "1", "-1", "+1", "00000000000000000001", "127", "128", "255", "256", "65535", "65536", "99999", "1e9",
        "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "0x10", "",
    ]

    private static let words = [
        "\"", "\\", "<", ">", ";", ",", ":", "@", "%", "%00", "%0", "%0d%0a", "=", "?", "&", "*", "[", "]", "(", ")",
        "/",
        "\r", "\n", "\r\n", "\r\n ", "\r\n\r\n", "\t", "\0", " ", "sip:", "sips:", "tel:", "<sip:", ";tag=", ";lr",
        ";maddr=127.0.0.1", ";received=", ";rport", ";transport=tcp", ";branch=z9hG4bK", "[::1]", "::", "SIP/2.0",
        "SIP/",
        "Require: 100rel\r\n", "Supported: timer\r\n", "RSeq: 1\r\n", "Content-Length: 5\r\n", "l: 9\r\n", "Via: ,\r\n",
        "Session-Expires: 90\r\n", "Max-Forwards: 0\r\n", "Contact: *\r\n", "m=audio 1 RTP/AVP 0\r\n",
        "c=IN IP4 1.1.1.1\r\n",
        "a=rtpmap:", "*/*", "\u{80}", "\u{fffd}", "ä", "=\"", "\"\\", ";;", ",,", "::", "@@", "%%", "<>", "\"\"",
    ]

    // MARK: Lines

    private mutating func changeLines(_ text: inout [UInt8]) {
        var lines = Self.lines(text)
        guard !lines.isEmpty else { return text = pick(seeds.messages) }
        let at = below(lines.count)
        switch below(10) {
        case 0: lines.remove(at: at)
        case 1: lines.insert(lines[at], at: below(lines.count))
        case 2: lines.swapAt(at, below(lines.count))
        case 3, 4: lines.insert(pick(pick(seeds.lines)), at: at)
        case 5: lines[at] = pick(pick(seeds.lines))
        case 6: lines[at] = valueMoved(lines[at])
        case 7: lines[at].insert(contentsOf: "\r\n ".utf8, at: below(lines[at].count))
        case 8: swapBody(&lines)
        default: repeatLine(&lines, at)
        }
        text = Array(lines.joined())
    }

    /// With the break at the end of each.
    static func lines(_ text: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [], start = 0
        for index in text.indices where text[index] == UInt8(ascii: "\n") {
            lines.append(Array(text[start...index]))
            start = index + 1
        }
        return start < text.count ? lines + [Array(text[start...])] : lines
    }

    /// The line's name before the value of another line.
    private mutating func valueMoved(_ line: [UInt8]) -> [UInt8] {
        let colon = UInt8(ascii: ":"), other = pick(pick(seeds.lines))
        guard let name = line.firstIndex(of: colon), let value = other.firstIndex(of: colon) else { return line }
        return Array(line[...name]) + other[(value + 1)...]
    }

    private mutating func swapBody(_ lines: inout [[UInt8]]) {
        let other = pick(seeds.lines)
        let body = other.firstIndex(where: Self.isEmpty).map { Array(other[$0...]) } ?? []
        if let end = lines.firstIndex(where: Self.isEmpty) { lines = lines[..<end] + body }
    }

    private static func isEmpty(_ line: [UInt8]) -> Bool { line == [13, 10] || line == [10] }

    private mutating func repeatLine(_ lines: inout [[UInt8]], _ at: Int) {
        let often = below(20) == 0 ? 300 : 1 + below(8)
        lines.insert(contentsOf: Array(repeating: lines[at], count: often), at: at)
    }

    /// Sets Content-Length to what the body has, so that damage behind the headers is read.
    private static func correctLength(_ text: inout [UInt8]) {
        let lines = lines(text)
        guard let end = lines.firstIndex(where: isEmpty),
            let line = lines[..<end].firstIndex(where: { $0.starts(with: "Content-Length:".utf8) })
        else { return }
        let length = lines[(end + 1)...].reduce(0) { $0 + $1.count }
        text = Array((lines[..<line] + [Array("Content-Length: \(length)\r\n".utf8)] + lines[(line + 1)...]).joined())
    }

    // MARK: Chance

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }
    private mutating func pick<Element>(_ from: [Element]) -> Element { from[below(from.count)] }
}
