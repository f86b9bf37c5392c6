import CSofiaSIP
import TelephonyModel

/// Reads what we need of a received message, during the library's callback only.
struct ReceivedMessage {
    let event: sofia_event

    /// Text of a header line, or nil.
    func line(_ name: String, _ index: Int = 0) -> String? {
        guard event.has_message else { return nil }
        var room = 512
        while true {
            var length = -1
            let text = String(unsafeUninitializedCapacity: room) { buffer in
                length = buffer.withMemoryRebound(to: CChar.self) {
                    sofia_header(event.message, name, Int32(index), $0.baseAddress, room)
                }
                return max(0, min(length, room - 1))
            }
            if length < 0 { return nil }
            if length < room { return text }
            room = length + 1
        }
    }

    /// All lines of a header, in the order of the message.
    func lines(_ name: String) -> [String] {
        var found: [String] = []
        while let line = line(name, found.count) { found.append(line) }
        return found
    }

    var method: String { event.method.map { String(cString: $0) } ?? "" }
    /// As the far side wrote it, without control characters and at most 64 characters: it goes to logs and terminals.
    var phrase: String {
        let scalars = String(cString: event.phrase).unicodeScalars
        return String(String.UnicodeScalarView(scalars.filter { $0.properties.generalCategory != .control }.prefix(64)))
    }

    var isSDP: Bool { event.content_type.map { String(cString: $0).lowercased() == "application/sdp" } ?? false }

    var sdp: String? {
        guard event.has_body, isSDP, let body = event.body else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: body, count: event.body_size), as: UTF8.self)
    }

    /// The sender's UUID of Session-ID (RFC 7989 §5).
    var sessionID: String? {
        guard let value = line("Session-ID") else { return nil }
        let own = HeaderText.trim(value.prefix { $0 != ";" }).lowercased()
        return own.count == 32 && own.allSatisfy(\.isHexDigit) ? own : nil
    }

    /// RFC 3326.
    var reasons: [ReasonHeader] {
        lines("Reason").flatMap { HeaderText.divide(Substring($0), at: ",") }.map { value in
            let parts = HeaderText.divide(value, at: ";")
            let parameters = HeaderText.parameters(parts.dropFirst())
            let scheme = String(HeaderText.trim(parts[0]))
            return ReasonHeader(scheme, cause: parameters["cause"].flatMap { Int($0) }, text: parameters["text"])
        }
    }

    /// RFC 3323, in lower case.
    var privacy: [String] {
        lines("Privacy").flatMap { $0.split { $0 == ";" || $0 == "," } }.map { HeaderText.trim($0).lowercased() }
    }

    /// Contacts of a 3xx, the one to try first first: by `q`, which is 1 where none can be read, then as they stand
    /// (RFC 3261 §8.1.3.4, §20.10).
    var places: [SIPAddress] {
        func weight(_ place: SIPAddress) -> Double {
            place.parameters["q"].flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil } ?? 1
        }
        return SIPAddress.list(lines("Contact")).prefix(Self.mostPlaces).enumerated()
            .sorted { (-weight($0.element), $0.offset) < (-weight($1.element), $1.offset) }.map(\.element)
    }

    /// More than that is no list of places.
    private static let mostPlaces = 10

    /// The facts of an INVITE; nil if its addresses cannot be read.
    func arrival(_ id: Int64, from source: (address: String, port: UInt16)) -> SIPArrival? {
        guard let requestURI = line("Request-URI").flatMap({ SIPAddress("<\($0)>") }),
            let from = line("From").flatMap({ SIPAddress($0) }), let to = line("To").flatMap({ SIPAddress($0) })
        else { return nil }
        let diversions = SIPAddress.list(lines("Diversion")).map {
            let count = $0.parameters["counter"].flatMap(Int.init) ?? 1
            return SIPArrival.Diverted(
                address: $0, reason: $0.parameters["reason"], count: min(max(1, count), 99))
        }
        return SIPArrival(
            id: ArrivalID(record: id), requestURI: requestURI, from: from, to: to, diversions: diversions,
            historyInfo: SIPAddress.list(lines("History-Info")),
            calledParty: SIPAddress.list(lines("P-Called-Party-ID")).first,
            assertedIdentities: SIPAddress.list(lines("P-Asserted-Identity")), privacy: privacy, reasons: reasons,
            sessionID: sessionID, maxForwards: event.max_forwards < 0 ? 70 : Int(event.max_forwards),
            callID: line("Call-ID") ?? "", sourceAddress: source.address, sourcePort: source.port,
            transport: Transport(via: line("Via")), sdp: sdp)
    }
}
