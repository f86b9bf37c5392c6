/// The one audio shape of this house so far: 8 kHz, mono, in frames of 20 ms. (Getters, since the real-time worker may
/// not touch the lazily made constants of another file.)
public enum AudioFrame {
    /// Samples a second.
    public static var sampleRate: Int {
        @_noLocks get { 8_000 }
    }
    /// Samples of a frame, which are also the bytes of a G.711 frame.
    public static var samples: Int {
        @_noLocks get { 160 }
    }
    public static var milliseconds: Int {
        @_noLocks get { 20 }
    }

    /// How many frames hold `samples` samples, the last one perhaps not filled.
    public static func count(holding samples: Int) -> Int { (samples + self.samples - 1) / self.samples }
}
