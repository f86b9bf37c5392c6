// The one RTP stream that a far side gets from us, whatever it hears: another leg, a tone, a prompt, silence.

/// Makes the headers of a stream with one SSRC, whose sequence numbers and timestamps go on when its source changes.
/// Clock rate 8 kHz. Within one relayed source gaps and order of its sequence numbers are kept, so that the far side's
/// jitter buffer sees what was lost before it reached us.
public struct OutgoingStream: Hashable, Sendable {
    /// More than this between two sequence numbers of a source is a new beginning.
    private static let sequenceLeap = 3_000
    /// A timestamp that leaves the clock by more than this (2 s) is a new beginning: relayed as it is, it would be as
    /// much silence in the far side's jitter buffer.
    private static let timestampLeap: Int64 = 16_000
    private static let frame: UInt32 = 160

    private enum Source: UInt8 { case none, own, relayed }

    public let ssrc: UInt32
    /// The number after the highest one sent.
    private var next: UInt16
    /// The newest timestamp sent, and when (nanoseconds).
    private var timestamp: UInt32
    private var sentAt: Int64 = 0
    private var hasSent = false

    private var source = Source.none
    private var relayedFrom = 0
    private var relayedSSRC: UInt32 = 0
    private var firstOfSource: UInt16 = 0
    private var sequenceOffset: UInt16 = 0
    private var timestampOffset: UInt32 = 0

    /// - Parameters: start values, random as RFC 3550 §5.1 asks.
    @_noLocks
    public init(ssrc: UInt32, sequenceNumber: UInt16, timestamp: UInt32) {
        (self.ssrc, next, self.timestamp) = (ssrc, sequenceNumber, timestamp)
    }

    /// The header of the next 20 ms frame of a sound of our own.
    /// - Parameter now: nanoseconds of a monotonic clock.
    @_noLocks
    public mutating func ownFrame(payloadType: UInt8, at now: Int64) -> RTPHeader {
        let begins = source != .own
        note(begins ? resumed(at: now) : timestamp &+ Self.frame, at: now)
        source = .own
        defer { next &+= 1 }
        return RTPHeader(
            marker: begins, payloadType: payloadType, sequenceNumber: next, timestamp: timestamp, ssrc: ssrc)
    }

    /// The next own frame begins anew: frames were left out, so its timestamp follows the clock.
    @_noLocks
    public mutating func interrupt() { source = .none }

    /// The header for a packet that is passed on.
    /// - Parameters:
    ///   - leg: whose packet it is; another leg, or another SSRC, is a change of source.
    ///   - isEvent: a telephone-event, whose timestamp stands still while the key is held.
    /// - Returns: nil for a packet from before the stream's present source began.
    @_noLocks
    public mutating func relay(
        _ inbound: RTPHeader, from leg: Int, payloadType: UInt8, isEvent: Bool, at now: Int64
    ) -> RTPHeader? {
        var begins = !follows(inbound, leg)
        if begins {
            begin(inbound, leg, at: now)
        } else if Int16(bitPattern: inbound.sequenceNumber &+ sequenceOffset &- firstOfSource) < 0 {
            return nil
        } else if !isEvent, leaps(inbound.timestamp, at: now) {
            timestampOffset = resumed(at: now) &- inbound.timestamp
            begins = true
        }
        let number = inbound.sequenceNumber &+ sequenceOffset, time = inbound.timestamp &+ timestampOffset
        if Int16(bitPattern: number &- next) >= 0 { next = number &+ 1 }
        if begins || Int32(bitPattern: time &- timestamp) > 0 { note(time, at: now) }
        return RTPHeader(
            marker: begins || inbound.marker, payloadType: payloadType, sequenceNumber: number, timestamp: time,
            ssrc: ssrc)
    }

    /// A packet of the present source that is left out on purpose: its number leaves no gap.
    @_noLocks
    public mutating func leaveOut(_ inbound: RTPHeader, from leg: Int) {
        guard follows(inbound, leg), inbound.sequenceNumber &+ sequenceOffset == next else { return }
        sequenceOffset &-= 1
    }

    @_noLocks
    private func follows(_ inbound: RTPHeader, _ leg: Int) -> Bool {
        guard source == .relayed, leg == relayedFrom, inbound.ssrc == relayedSSRC else { return false }
        let step = Int(Int16(bitPattern: inbound.sequenceNumber &+ sequenceOffset &- next))
        return step > -Self.sequenceLeap && step < Self.sequenceLeap
    }

    @_noLocks
    private func leaps(_ inbound: UInt32, at now: Int64) -> Bool {
        let step = Int64(Int32(bitPattern: inbound &+ timestampOffset &- timestamp))
        let difference = step - OutgoingStream.samples(from: sentAt, to: now)
        return difference > Self.timestampLeap || difference < -Self.timestampLeap
    }

    @_noLocks
    private mutating func begin(_ inbound: RTPHeader, _ leg: Int, at now: Int64) {
        (source, relayedFrom, relayedSSRC, firstOfSource) = (.relayed, leg, inbound.ssrc, next)
        sequenceOffset = next &- inbound.sequenceNumber
        timestampOffset = resumed(at: now) &- inbound.timestamp
    }

    /// The timestamp of what begins now: as far on as the clock, at least one frame.
    @_noLocks
    private func resumed(at now: Int64) -> UInt32 {
        guard hasSent else { return timestamp }
        let passed = OutgoingStream.samples(from: sentAt, to: now)
        return timestamp &+ (passed > Int64(Self.frame) ? UInt32(truncatingIfNeeded: passed) : Self.frame)
    }

    @_noLocks
    private mutating func note(_ time: UInt32, at now: Int64) { (timestamp, sentAt, hasSent) = (time, now, true) }

    /// 8 kHz: one sample is 125 microseconds.
    @_noLocks
    private static func samples(from start: Int64, to end: Int64) -> Int64 { (end - start) / 125_000 }
}
