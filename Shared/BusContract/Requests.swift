import TelephonyModel

/// A question to another service, sent on `rufbus.requests`; the answer comes on `rufbus.replies`.
/// `correlation_id` and `reply_to` are AMQP's own; deadlines are remaining milliseconds (AMQP `expiration`).
public protocol BusRequest: Codable, Sendable {
    associatedtype Answer: Codable & Sendable
    /// "rufbus.signaling.originate.v1"; the reply's type is this with "-reply" before the version.
    static var type: String { get }
    /// The service that answers ("media") and, for a queue that all its replicas share, the verb ("open").
    /// Requests without a shared verb go to one instance.
    static var service: String { get }
    static var sharedVerb: String? { get }
}

extension BusRequest {
    public static var sharedVerb: String? { nil }
    public static var replyType: String { BusRequestType.reply(to: type) }
}

public enum BusRequestType {
    /// "rufbus.signaling.originate.v1" -> "rufbus.signaling.originate-reply.v1".
    public static func reply(to type: String) -> String {
        guard let dot = type.lastIndex(of: ".") else { return type + "-reply" }
        return type[..<dot] + "-reply" + type[dot...]
    }
}

/// "Taken", with what was asked for, or a refusal.
public enum Reply<Answer: Codable & Sendable>: Codable, Sendable {
    case answer(Answer)
    case refusal(Refusal)
    enum Key: String, CodingKey { case answer, refusal }
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        if let refusal = try box.decodeIfPresent(Refusal.self, forKey: .refusal) {
            self = .refusal(refusal)
        } else {
            self = .answer(try box.decode(Answer.self, forKey: .answer))
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch self {
        case .answer(let answer): try box.encode(answer, forKey: .answer)
        case .refusal(let refusal): try box.encode(refusal, forKey: .refusal)
        }
    }
}

/// Why something was not done: an HTTP-like status, a stable code, and a sentence with a way out.
public struct Refusal: Error, Codable, Hashable, Sendable {
    /// 400, 401, 403, 404, 409, 413, 422 or 503, as the API shows it.
    public var status: Int
    /// Stable, for programs: "no-line", "call-exists".
    public var code: String
    /// For people: what is wrong and what to do.
    public var sentence: String
    public init(_ status: Int, _ code: String, _ sentence: String) {
        (self.status, self.code, self.sentence) = (status, code, sentence)
    }
}

/// The answer of a request that only says "taken" or "done".
public struct Done: Codable, Hashable, Sendable {
    public init() {}
}
