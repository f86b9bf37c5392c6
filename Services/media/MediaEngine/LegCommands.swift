import BusContract
import CMediaIO
import RTP
import TelephonyModel

// What commands change in the legs' records. All or none: changes are made to drafts, and kept when all are good.
extension LegDesk {
    mutating func apply(_ commands: [MediaCommand]) throws(MediaEngineError) {
        try checkRunning()
        var draft: [LegID: LegRecord] = [:]
        for command in commands {
            let id = command.leg
            guard var record = draft[id] ?? records[id] else { throw LegDesk.notOpen(id) }
            try change(&record, command)
            draft[id] = record
        }
        var dirty = Set(draft.keys)
        for (id, record) in draft { dirty.formUnion(commit(record, over: records[id])) }
        for id in dirty { publish(id) }
    }

    private static func notOpen(_ leg: LegID) -> MediaEngineError {
        MediaEngineError(.leg, "leg \(leg) is not open here; open the call's media again")
    }

    private mutating func change(_ record: inout LegRecord, _ command: MediaCommand) throws(MediaEngineError) {
        switch command {
        case .remote(_, let audio):
            guard audio != record.remoteAudio else { return }
            record.remote = try LegDesk.remote(audio)
            record.remoteAudio = audio
            record.serials.remote = nextSerial()
        case .hear(_, let source):
            try check(source)
            if source == record.source, !source.isPrompt { return }
            record.source = source
            record.serials.source = nextSerial()
        case .collect(_, let id, let digits, let timeoutMs):
            record.collect = LegPlan.Collect(
                keys: try LegDesk.keys(digits), deadline: media_clock() + Int64(timeoutMs) * 1_000_000)
            record.collectID = id
            record.serials.collect = nextSerial()
        case .stopCollecting:
            record.collect = nil
            record.serials.collect = nextSerial()
        }
    }

    private func check(_ source: AudioSource) throws(MediaEngineError) {
        switch source {
        case .silence, .tone: return
        case .leg(let other):
            guard records[other] != nil else { throw LegDesk.notOpen(other) }
        case .prompt(let name, let language, let times):
            guard sounds[.prompt(name, language), .pcma] != nil else {
                let known = sounds.prompts(language).joined(separator: ", ")
                throw MediaEngineError(
                    .command, "no prompt \"\(name)\" in language \(language.rawValue); there are: \(known)")
            }
            guard times > 0 else { throw MediaEngineError(.command, "prompt \"\(name)\" must play 1 time or more") }
        }
    }

    private static func remote(_ audio: RemoteAudio) throws(MediaEngineError) -> LegPlan.Remote {
        guard let address = IPv4.parse(audio.address) else {
            throw MediaEngineError(.command, "\"\(audio.address)\" is no IPv4 address")
        }
        guard audio.payloadType < 128, audio.dtmfPayloadType ?? 0 < 128 else {
            throw MediaEngineError(.command, "RTP payload types are 0...127")
        }
        return LegPlan.Remote(
            endpoint: Endpoint(address: address, port: audio.port), isALaw: audio.codec == .pcma,
            payloadType: audio.payloadType, eventPayloadType: audio.dtmfPayloadType)
    }

    private static func keys(_ digits: String) throws(MediaEngineError) -> UInt16 {
        var keys: UInt16 = 0
        for digit in digits {
            guard let code = TelephoneEvent.code(of: digit) else {
                throw MediaEngineError(.command, "\"\(digit)\" is no key; keys are 0-9, *, #, A-D")
            }
            keys |= 1 << UInt16(code)
        }
        return keys
    }

    /// - Returns: legs whose listeners have changed.
    private mutating func commit(_ record: LegRecord, over old: LegRecord?) -> [LegID] {
        var record = record
        // Listeners are kept in the table, not in drafts: another leg of the same draft may have changed them.
        record.listeners = records[record.id]?.listeners ?? []
        records[record.id] = record
        guard old?.heard != record.heard else { return [] }
        let slot = Int32(record.slot)
        if let heard = old?.heard { records[heard]?.listeners.removeAll { $0 == slot } }
        if let heard = record.heard { records[heard]?.listeners.append(slot) }
        return [old?.heard, record.heard].compactMap { $0 }
    }

    mutating func setSource(_ source: AudioSource, of leg: LegID) {
        let serial = nextSerial()
        records[leg]?.source = source
        records[leg]?.serials.source = serial
    }

    mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }
}

extension MediaCommand {
    /// The leg that a command is for.
    var leg: LegID {
        switch self {
        case .remote(let leg, _), .hear(let leg, _), .collect(let leg, _, _, _), .stopCollecting(let leg): leg
        }
    }
}

extension AudioSource {
    var isPrompt: Bool {
        guard case .prompt = self else { return false }
        return true
    }
}
