import BusContract
import TelephonyModel

extension MediaControl {
    /// A request that waits for its answer. The driver numbers them and keeps whom to answer.
    public struct QuestionID: Hashable, Codable, Sendable {
        public let raw: Int
        public init(_ raw: Int) { self.raw = raw }
    }

    /// What the world tells the core of a media instance.
    public enum Event: Codable, Hashable, Sendable {
        // Requests of the bus
        case open(OpenMedia, QuestionID)
        case commands(MediaCommands, QuestionID)
        case close(CloseMedia, QuestionID)
        case renew(RenewMedia, QuestionID)

        // The engine's results; each effect for the engine has exactly one
        case opened(CallID, [LocalAudio])
        case notOpened(CallID, Refusal)
        case applied(QuestionID)
        case notApplied(QuestionID, Refusal)
        case closed(CallID, [MediaFact.Leg])

        // What the engine tells by itself; may come late
        case firstPacket(LegID)
        case collected(LegID, id: Int, digit: String?)

        // The bus
        case busConnected
        case busLost

        /// Time passes, about once a second: RTP packets that each open leg has received since it was opened.
        case tick(received: [LegID: UInt64])

        /// The process is to end: no new call, and every call is closed.
        case stop
    }
}
