/// Where a leg is in a sound: an encoded buffer of whole frames that is played some times, or for ever.
public struct FrameCursor: Hashable, Sendable {
    /// Frames of the sound.
    private let frames: Int
    /// 0: for ever.
    private let times: Int
    private var next = 0
    private var timesDone = 0

    /// - Parameter times: how often the sound is played; nil for ever.
    @_noLocks
    public init(frames: Int, times: Int?) {
        precondition(frames > 0, "a sound has at least one frame")
        self.frames = frames
        self.times = times ?? 0
        if let times, times <= 0 { timesDone = -1 }
    }

    /// True once the last frame of the last time was taken. Never for a sound that goes on for ever.
    public var isAtEnd: Bool {
        @_noLocks get { timesDone < 0 || (times > 0 && timesDone >= times) }
    }

    /// The next frame's first byte in the sound, 160 bytes long; nil at the end.
    @_noLocks
    public mutating func advance() -> Int? {
        guard !isAtEnd else { return nil }
        let offset = next * AudioFrame.samples
        next += 1
        if next == frames {
            next = 0
            if times > 0 { timesDone += 1 }
        }
        return offset
    }
}
