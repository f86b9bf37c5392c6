import BusContract
import TelephonyModel

/// Whether commands make sense for one call: the engine sees only such lists.
struct CommandCheck {
    static let mostCommands = 64
    static let times = 1...10
    static let timeoutMs = 100...120_000
    static let keys = "0123456789*#ABCD"

    let legs: [LegID]

    /// The first mistake, as a refusal (422) whose sentence names the command, counted from 1.
    func refusal(of commands: [MediaCommand]) -> Refusal? {
        guard (1...Self.mostCommands).contains(commands.count) else {
            return Self.refusal("A list of media commands has 1 to \(Self.mostCommands), this one \(commands.count).")
        }
        for (index, command) in commands.enumerated() {
            if let mistake = mistake(in: command) { return Self.refusal("Command \(index + 1): \(mistake)") }
        }
        return nil
    }

    private static func refusal(_ sentence: String) -> Refusal { Refusal(422, "bad-command", sentence) }

    private func mistake(in command: MediaCommand) -> String? {
        switch command {
        case .remote(let leg, let audio): unknown(leg) ?? mistake(in: audio)
        case .hear(let leg, let source): unknown(leg) ?? mistake(in: source, of: leg)
        case .collect(let leg, _, let digits, let timeoutMs): unknown(leg) ?? mistake(in: digits, timeoutMs)
        case .stopCollecting(let leg): unknown(leg)
        }
    }

    private func unknown(_ leg: LegID) -> String? {
        legs.contains(leg)
            ? nil
            : "leg \(leg) is not one of this call's (\(legs.map(\.rawValue).joined(separator: ", ")))."
    }

    /// Address 0.0.0.0 and port 0 are words of SDP for "send nothing" (RFC 3264 §8.4).
    private func mistake(in audio: RemoteAudio) -> String? {
        if !isIPv4(audio.address) { return "\"\(audio.address)\" is not an IPv4 address such as 192.0.2.7." }
        // RFC 3550 §5.1: the payload type has seven bits.
        if audio.payloadType > 127 { return "payload type \(audio.payloadType) is over 127." }
        guard let keys = audio.dtmfPayloadType else { return nil }
        if keys > 127 { return "telephone-event's payload type \(keys) is over 127." }
        return keys == audio.payloadType ? "payload type \(keys) stands for audio and for telephone-event." : nil
    }

    private func mistake(in source: AudioSource, of leg: LegID) -> String? {
        switch source {
        case .silence, .tone: return nil
        case .leg(let other):
            return other == leg ? "leg \(leg) cannot hear itself." : unknown(other)
        case .prompt(let name, _, let times):
            if !isPromptName(name) { return "a prompt's name matches [a-z0-9-]{1,40}, this one is \"\(name)\"." }
            return Self.times.contains(times) ? nil : "a prompt is played 1 to 10 times, not \(times)."
        }
    }

    private func mistake(in digits: String, _ timeoutMs: Int) -> String? {
        if digits.isEmpty || digits.contains(where: { !Self.keys.contains($0) }) {
            return "the keys to wait for are some of \(Self.keys), not \"\(digits)\"."
        }
        if Set(digits).count != digits.count { return "a key stands twice in \"\(digits)\"." }
        if Self.timeoutMs.contains(timeoutMs) { return nil }
        return "a key is awaited for \(Self.timeoutMs.lowerBound) to \(Self.timeoutMs.upperBound) ms, not \(timeoutMs)."
    }

    /// The name becomes a file's name: nothing that could leave the prompts' folder.
    private func isPromptName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    private func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
                    && UInt8(part) != nil
            }
    }
}
