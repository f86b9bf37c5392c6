import BusContract
import TelephonyModel

extension MediaControl {
    /// What the driver is to do, in this order. Ids only, no closures: an effect can be logged and replayed.
    public enum Effect: Codable, Hashable, Sendable {
        // The engine: `opened`/`notOpened`, `applied`/`notApplied`, `closed` are the results
        case openLegs(CallID, [LegID])
        case apply(CallID, [MediaCommand], QuestionID)
        case closeLegs(CallID, [LegID])

        // Answers; each question gets exactly one
        case reply(QuestionID, Answer)
        case refuse(QuestionID, Refusal)

        /// To the owner of the call. It may be gone.
        case notify(InstanceID, MediaNotice)

        // Facts; `CallPosition.sequence` counts the media facts of one call from 1
        /// `media.opened` and `media.joined`, transient: the driver adds what these legs have counted so far.
        case announce(MediaWhat, CallPosition, [LegID])
        /// `media.ended`, durable, once for each call that was opened.
        case report(CallPosition, [MediaFact.Leg])

        /// For the operator: RTP flows, but no owner has renewed the call for the time of a lease. Said once for as
        /// long as it lasts.
        case unowned(CallPosition)

        /// What only a bug can do. The call, if it is known which, is closed or being closed.
        case defect(String)
    }

    public enum Answer: Codable, Hashable, Sendable {
        case opened(OpenMedia.Answer)
        case done
        case renewed(RenewMedia.Answer)
    }
}
