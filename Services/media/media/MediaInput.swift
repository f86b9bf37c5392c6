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
}
