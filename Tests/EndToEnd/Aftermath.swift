import BusContract
import LocalHouse
import TelephonyModel
import Testing

/// What journal and ladder must say of a call.
struct Expected {
    var reason: EndReason
    var endedBy: EndedBy
    var direction = JournalEntry.Direction.outgoing
    var party: String? = "+" + Office.customer
    /// Whether both talked.
    var talked = false
    /// The legs of the call, each with its SIP messages as `Ledger.messages` writes them.
    var ladder: [LegRole: [String]]
    /// The legs to the user's devices where there may be several, by device.
    var devices: [String: [String]] = [:]
}

extension Office {
    /// After each call: its events without a gap, one right entry, nothing left of it anywhere.
    @discardableResult
    func expectOver(
        _ call: CallID, _ user: APIClient, _ expected: Expected, at place: SourceLocation = #_sourceLocation
    ) async throws -> JournalEntry {
        try await ledger.wait(call, .ended)
        let entry = try await user.finalEntry(call)
        expectGapless(call, place)
        expect(entry, expected, place)
        try await expectLadder(call, expected, entry, place)
        try await expectQuiet(place)
        try await expectHidden(call, place)
        return entry
    }

    /// 1…N in order, each once, `call.ended` last.
    private func expectGapless(_ call: CallID, _ place: SourceLocation) {
        let counted = ledger.counted(call)
        let sequences = counted.compactMap { $0.position?.sequence }
        #expect(sequences == Array(1...max(1, counted.count)), sourceLocation: place)
        #expect(counted.first?.type == CallWhat.started.type, sourceLocation: place)
        #expect(counted.last?.type == CallWhat.ended.type, sourceLocation: place)
        let isFirstEpoch = counted.allSatisfy { $0.position?.epoch == 1 && $0.position?.conversation == call }
        #expect(isFirstEpoch, sourceLocation: place)
        #expect(Set(counted.map { $0.source + $0.id }).count == counted.count, sourceLocation: place)
    }

    private func expect(_ entry: JournalEntry, _ expected: Expected, _ place: SourceLocation) {
        #expect(entry.reason == expected.reason, sourceLocation: place)
        #expect(entry.endedBy == expected.endedBy, sourceLocation: place)
        #expect(entry.direction == expected.direction, sourceLocation: place)
        #expect(entry.party.number == expected.party, sourceLocation: place)
        #expect(entry.sentence == expected.reason.sentence, sourceLocation: place)
        #expect((entry.talkMs > 0) == expected.talked, sourceLocation: place)
        let roles = Set(expected.ladder.keys).union(expected.devices.isEmpty ? [] : [.device])
        #expect(Set(entry.legs.map(\.role)) == roles, sourceLocation: place)
        let legsAreOver = entry.legs.allSatisfy { $0.endedAt != nil }
        #expect(legsAreOver, sourceLocation: place)
    }

    /// A leg's last message, as the 200 to our BYE, may come a moment after the call's end.
    private func expectLadder(
        _ call: CallID, _ expected: Expected, _ entry: JournalEntry, _ place: SourceLocation
    ) async throws {
        let end = ContinuousClock.now + .seconds(2)
        while try !isAsExpected(call, expected, entry), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        for role in Ledger.roles where role != .device || expected.devices.isEmpty {
            let messages = try ledger.messages(call, role)
            #expect(messages == expected.ladder[role, default: []], "\(role) leg", sourceLocation: place)
        }
        guard !expected.devices.isEmpty else { return }
        let devices = try devices(call, entry)
        #expect(devices == expected.devices, sourceLocation: place)
    }

    private func isAsExpected(_ call: CallID, _ expected: Expected, _ entry: JournalEntry) throws -> Bool {
        var ladder = try ledger.ladder(call)
        if expected.devices.isEmpty { return ladder == expected.ladder }
        ladder[.device] = nil
        return try ladder == expected.ladder && devices(call, entry) == expected.devices
    }

    private func devices(_ call: CallID, _ entry: JournalEntry) throws -> [String: [String]] {
        let legs = entry.legs.filter { $0.role == .device }
        return try Dictionary(
            legs.map { ($0.device?.rawValue ?? "none", try ledger.messages(of: $0.leg, call)) },
            uniquingKeysWith: { $0 + $1 })
    }

    /// No line reserved, no audio port open, everybody available, all services alive.
    private func expectQuiet(_ place: SourceLocation) async throws {
        var left = ["not looked yet"]
        let end = ContinuousClock.now + .seconds(3)
        while !left.isEmpty, ContinuousClock.now < end {
            left = try await leftovers()
            if !left.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(left == [], sourceLocation: place)
        for service in house.services {
            #expect(service.child.exit == nil, "\(service.service)", sourceLocation: place)
        }
    }

    private func leftovers() async throws -> [String] {
        var left: [String] = []
        let lines = try await house.database.sql("SELECT count(*) FROM lines", database: "presence")
        if lines != "0" { left.append("\(lines) lines are reserved") }
        let ports = house.rtpPorts.filter { !FreePort.isFreeUDP($0) }
        if !ports.isEmpty { left.append("audio ports \(ports) are open") }
        for user in Self.users {
            let phone = try await anna.status(of: user).phone
            if phone != .available { left.append("\(user) is \(phone)") }
        }
        let running = try await anna.calls().count + carl.calls().count
        if running != 0 { left.append("\(running) calls run") }
        return left
    }
}
