import BusClient
import BusContract
import MediaEngine

/// What reaches the driver, one after another.
enum MediaInput: Sendable {
    case open(OpenMedia, Responder<OpenMedia.Answer>)
    case commands(MediaCommands, Responder<Done>)
    case close(CloseMedia, Responder<Done>)
    case renew(RenewMedia, Responder<RenewMedia.Answer>)
    case notice(EngineNotice)
    case bus(BusState)
    case tick
    case stop

    /// The call that it is about, if it is about one.
    var position: CallPosition? {
        switch self {
        case .open(let request, _): request.position
        case .commands(let request, _): request.position
        case .close(let request, _): request.position
        case .renew, .notice, .bus, .tick, .stop: nil
        }
    }
}
