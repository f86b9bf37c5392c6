import BusContract

/// What a service reads, as registered before `open`.
struct Registry: Sendable {
    /// Answers one request; says why if it could not be read.
    typealias Server = @Sendable (Content) -> Result<Void, EnvelopeError>

    struct Listener: Sendable {
        let exchange: String
        let keys: [String]
        let handler: Handler
        enum Handler: Sendable {
            case events(@Sendable (Received) -> Void)
            case all(@Sendable (Overheard) -> Void)
        }
    }
    struct Reader: Sendable {
        let queue: String
        let prefetch: Int
        let handler: @Sendable (Delivery) -> Void
    }

    /// By CloudEvents type.
    var servers: [String: Server] = [:]
    /// Verbs of the shared queues that are read.
    var sharedVerbs: Set<String> = []
    var servesInstance = false
    var listeners: [Listener] = []
    var readers: [Reader] = []
    /// Hears the answers to claims of seats.
    var claimAnswers: (@Sendable (SeatClaim.Answer) -> Void)?
}
