/// Reads a session description line by line.
struct SDPParser {
    typealias Line = ArraySlice<UInt8>
    private var number = 0
    private var hasVersion = false
    private var hasOrigin = false
    private var result = SessionDescription()

    mutating func take(_ raw: Line) throws(SDPError) {
        number += 1
        guard number <= SessionDescription.Limit.lines else { throw .tooManyLines }
        let line = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
        guard !line.isEmpty else { return }  // Also the end of the text after its last line break.
        guard line.count >= 2, line[line.startIndex + 1] == UInt8(ascii: "=") else {
            throw .badLine(number, expected: "a letter and =")
        }
        try take(line[line.startIndex], line.dropFirst(2))
    }

    func end() throws(SDPError) -> SessionDescription {
        guard hasVersion else { throw .empty }
        guard hasOrigin else { throw .badLine(number, expected: "an o= line before the end") }
        return result
    }

    private mutating func take(_ letter: UInt8, _ value: Line) throws(SDPError) {
        guard hasVersion || letter == UInt8(ascii: "v") else { throw .badLine(number, expected: "v=0 first") }
        switch letter {
        case UInt8(ascii: "v"): try version(value)
        case UInt8(ascii: "o"): try origin(value)
        case UInt8(ascii: "c"): try connection(value)
        case UInt8(ascii: "m"): try stream(value)
        case UInt8(ascii: "a"): attribute(value)
        default: break
        }
    }

    private mutating func version(_ value: Line) throws(SDPError) {
        guard !hasVersion, text(value) == "0" else { throw .badLine(number, expected: "v=0, once") }
        hasVersion = true
    }

    /// o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
    private mutating func origin(_ value: Line) throws(SDPError) {
        guard !hasOrigin, result.streams.isEmpty, words(value).count == 6 else {
            throw .badLine(number, expected: "o= with six fields, once, before the streams")
        }
        hasOrigin = true
    }

    /// c=<nettype> <addrtype> <connection-address>
    private mutating func connection(_ value: Line) throws(SDPError) {
        let fields = words(value).map(text)
        guard fields.count == 3 else { throw .badLine(number, expected: "c=IN IP4 and an address") }
        let isUsable = fields[0] == "IN" && fields[1] == "IP4" && IPv4.isUnicast(fields[2])
        let connection: SessionDescription.Connection = isUsable ? .ipv4(fields[2]) : .unusable
        change {
            $0.connection = connection
        } session: {
            $0.connection = connection
        }
    }

    /// m=<media> <port>[/<ports>] <proto> <fmt> ...
    private mutating func stream(_ value: Line) throws(SDPError) {
        let fields = words(value)
        guard fields.count >= 4, fields.allSatisfy(isPrintable),
            let first = fields[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).first,
            let port = decimal(first, upTo: 65_535)
        else { throw .badLine(number, expected: "m= with media, port, transport and formats") }
        guard fields.count - 3 <= SessionDescription.Limit.formats else { throw .tooManyFormats }
        guard result.streams.count < SessionDescription.Limit.streams else { throw .tooManyStreams }
        let formats = fields[3...].map(text)
        result.streams.append(
            .init(kind: text(fields[0]), port: UInt16(port), transport: text(fields[2]), formats: formats))
    }

    /// An attribute that we do not know, or cannot read, says nothing to us.
    private mutating func attribute(_ value: Line) {
        let parts = value.split(separator: UInt8(ascii: ":"), maxSplits: 1)
        guard let name = parts.first.map(text) else { return }
        if let direction = StreamDirection(rawValue: name) {
            change {
                $0.direction = direction
            } session: {
                $0.direction = direction
            }
        } else if parts.count == 2 {
            valued(name, parts[1])
        }
    }

    private mutating func valued(_ name: String, _ value: Line) {
        switch name {
        case "rtpmap":
            guard let (type, mapping) = mapping(value) else { return }
            change {
                $0.maps[type] = mapping
            } session: { _ in
            }
        case "ptime":
            guard let milliseconds = decimal(value, upTo: 1_000) else { return }
            change {
                $0.packetTime = Int(milliseconds)
            } session: { _ in
            }
        default: break
        }
    }

    /// <payload type> <encoding name>/<clock rate>[/<channels>]
    private func mapping(_ value: Line) -> (UInt8, SessionDescription.Mapping)? {
        let fields = words(value)
        guard fields.count == 2, let type = decimal(fields[0], upTo: 127) else { return nil }
        let parts = fields[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let clock = decimal(parts[1], upTo: 1_000_000) else { return nil }
        guard let channels = parts.count == 3 ? decimal(parts[2], upTo: 255) : 1 else { return nil }
        let encoding = text(parts[0]).lowercased()
        return (UInt8(type), .init(encoding: encoding, clock: Int(clock), channels: Int(channels)))
    }

    /// A line before the first m= belongs to the session, after it to the last stream.
    private mutating func change(
        stream: (inout SessionDescription.Stream) -> Void, session: (inout SessionDescription) -> Void
    ) {
        if result.streams.isEmpty {
            session(&result)
        } else {
            stream(&result.streams[result.streams.count - 1])
        }
    }

    private func words(_ value: Line) -> [Line] { value.split(separator: UInt8(ascii: " ")) }
    private func text(_ bytes: Line) -> String { String(decoding: bytes, as: UTF8.self) }
    /// What goes back to its writer in an answer must be clean.
    private func isPrintable(_ bytes: Line) -> Bool { bytes.allSatisfy { (33...126).contains($0) } }
}
