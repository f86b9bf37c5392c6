import BusContract
import CRabbitMQ

/// A message on its way out, encoded once.
struct Outgoing: Sendable {
    /// What became of it.
    enum Outcome: Sendable {
        case confirmed
        case dropped(BusError)
        /// The bus was closed before: the outbox file has it, and the next process sends it.
        case kept
    }

    enum Kind: Sendable {
        /// Kept over a loss of the connection, in order.
        case event
        /// Requests and replies: worthless later, so they go first and are not kept.
        case prompt
    }

    let exchange: String
    let key: String
    let type: String
    let id: String
    let body: [UInt8]
    let kind: Kind
    var durable = false
    var mandatory = false
    /// When it is worth nothing any more (monotonic, nanoseconds). The broker is told what is left of it.
    var deadline: UInt64?
    var correlation: String?
    var replyTo: String?
    /// A seat's checkpoint keeps it, so that the outbox file need not have it before it is sent.
    var isSeats = false
    /// Its number in the ledger of the outbox file; nil without a file, and for what is not durable.
    var number: UInt64?
    /// Runs on the publisher's thread when no queue took a mandatory event.
    var unread: (@Sendable () -> Void)?
    /// Runs once, on the publisher's thread.
    var settled: (@Sendable (Outcome) -> Void)?

    /// Whether somebody waits for its confirm.
    var isAwaited = false

    /// Whether the outbox file may have it. What is said about seats is part of no file: the seat's next owner says
    /// more.
    var outlivesProcess: Bool { durable && exchange != Topology.seats }

    /// What it costs of the limits: its bytes and some for what goes around them.
    var cost: Int { body.count + 256 }

    /// The rest of its time in milliseconds, as AMQP wants it.
    private var expiration: String? {
        deadline.map { deadline in
            let now = Clock.now()
            return String(deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0)
        }
    }

    /// Lends the properties in C's form.
    func withProperties<R>(_ work: (UnsafePointer<rufbus_message>) -> R) -> R {
        exchange.withCString { exchange in
            key.withCString { key in
                type.withCString { type in
                    id.withCString { id in
                        optional(expiration) { expiration in
                            optional(correlation) { correlation in
                                optional(replyTo) { replyTo in
                                    var message = rufbus_message(
                                        exchange: exchange, key: key, type: type, message_id: id,
                                        expiration: expiration, correlation_id: correlation, reply_to: replyTo,
                                        mandatory: mandatory ? 1 : 0, persistent: durable ? 1 : 0)
                                    return work(&message)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func optional<R>(_ text: String?, _ work: (UnsafePointer<CChar>?) -> R) -> R {
        guard let text else { return work(nil) }
        return text.withCString(work)
    }
}
