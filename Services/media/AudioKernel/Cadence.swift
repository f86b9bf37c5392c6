/// A call progress tone: beats that follow one another, again and again.
public struct Cadence: Hashable, Sendable {
    /// One stretch of sound or of silence.
    public struct Beat: Hashable, Sendable {
        /// One or two pitches at once, in Hz; none is silence.
        public var hertz: [Int]
        public var milliseconds: Int
        public init(_ hertz: [Int], _ milliseconds: Int) { (self.hertz, self.milliseconds) = (hertz, milliseconds) }
        public var samples: Int { milliseconds * AudioFrame.sampleRate / 1_000 }
    }
    public var beats: [Beat]

    /// Pairs of (sound, silence) in milliseconds, all of one pitch.
    public init(_ hertz: [Int], _ onOff: [(on: Int, off: Int)]) {
        beats = onOff.flatMap { [Beat(hertz, $0.on), Beat([], $0.off)] }
    }

    /// Samples of one round.
    public var samples: Int { beats.reduce(0) { $0 + $1.samples } }

    /// How many rounds fill whole frames: a loop of so many can be sent frame by frame for ever.
    public var roundsInLoop: Int {
        var rounds = 1
        while rounds * samples % AudioFrame.samples != 0 { rounds += 1 }
        return rounds
    }
}
