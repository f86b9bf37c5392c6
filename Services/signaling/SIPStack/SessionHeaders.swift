// What a message says about its dialog: extensions, session timer, places.
extension ReceivedMessage {
    /// RFC 4028 §4, in its long or its compact form.
    var sessionExpires: SessionExpires? { (line("Session-Expires") ?? line("x")).flatMap { SessionExpires($0) } }

    /// RFC 4028 §5, in seconds.
    var leastSession: Int? { line("Min-SE").flatMap { Int(HeaderText.trim($0.prefix { $0 != ";" })) } }

    /// Whole seconds (RFC 3261 §20.33).
    var retryAfter: Int? {
        line("Retry-After").flatMap { Int(HeaderText.trim($0.prefix { $0 != ";" && $0 != "(" })) }
    }

    /// RFC 3262: it asks for PRACK.
    var isReliable: Bool { line("RSeq") != nil }

    /// Whether a list header such as Supported or Allow has this word.
    func has(_ word: String, in header: String) -> Bool {
        lines(header).contains { line in
            line.split(separator: ",").contains { HeaderText.trim($0).lowercased() == word.lowercased() }
        }
    }

    var timerWish: SessionTimer.Wish {
        guard let expires = sessionExpires else {
            return SessionTimer.Wish(expires: nil, isSupported: false, isRequired: false)
        }
        return SessionTimer.Wish(
            expires: expires, isSupported: has("timer", in: "Supported"), isRequired: event.requires_timer)
    }

    /// Hosts that the far side may ask from within the dialog: those of Contact and Record-Route.
    var hosts: Set<String> {
        Set(SIPAddress.list(lines("Contact") + lines("Record-Route")).compactMap(\.host))
    }
}
