import BusContract
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import TelephonyModel

@testable import CTIGateway

/// The house as the gateway sees it, with answers from a table.
final class HouseDouble: GatewayHouse {
    static let token = "secret"
    /// Answers by request type; anything else is "timeout".
    private let answers: Mutex<[String: [any Sendable]]>
    let asked = Mutex<[(type: String, instance: InstanceID?)]>([])

    init(_ answers: [String: [any Sendable]] = [:]) { self.answers = Mutex(answers) }

    func ask<R: BusRequest>(_ request: R, of instance: InstanceID?) async throws(Refusal) -> R.Answer {
        if let query = request as? PresenceQuery, case .token(let token) = query.question {
            guard token == Self.token, let holder = PresenceQuery.Answer.holder(anna, expiresAt: "") as? R.Answer else {
                throw Refusal(401, "bad-token", "Log in again.")
            }
            return holder
        }
        asked.withLock { $0.append((R.type, instance)) }
        let next = answers.withLock { answers -> (any Sendable)? in
            guard let first = answers[R.type]?.first else { return nil }
            answers[R.type]?.removeFirst()
            return first
        }
        if let answer = next as? R.Answer { return answer }
        throw next as? Refusal ?? Refusal(503, "timeout", "Nobody answered.")
    }

    func read(_ number: String) throws(Refusal) -> DialTarget {
        guard number != "112" else { throw Refusal(403, "emergency-number", "Dial it on the phone itself.") }
        return DialTarget(number: number, reach: .outside)
    }
}

let anna = UserID(unchecked: "anna")

/// One answer, as a client sees it.
struct Seen {
    let status: Int
    let headers: HTTPFields
    let body: String
    var code: String? { field("code") }
    var detail: String? { field("detail") }

    private func field(_ name: String) -> String? {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[name] as? String
    }
}

/// The gateway without a port.
struct GatewayStage {
    let house: HouseDouble
    let board = CallBoard()
    let gateway: Gateway

    init(_ answers: [String: [any Sendable]] = [:]) {
        house = HouseDouble(answers)
        gateway = Gateway(house: house, board: board) { CallID(unchecked: "new-call") }
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", token: String? = HouseDouble.token
    ) async throws -> Seen {
        var head = HTTPRequest(method: method, scheme: "http", authority: "test", path: path)
        if let token { head.headerFields[.authorization] = "Bearer \(token)" }
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let source = ApplicationRequestContextSource(
            channel: EmbeddedChannel(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let response = try await gateway.router().buildResponder().respond(
            to: request, context: GatewayContext(source: source))
        let collector = Collector()
        try await response.body.write(collector)
        return Seen(
            status: response.status.code, headers: response.headers, body: collector.text.withLock { $0 })
    }
}

private final class Collector: ResponseBodyWriter, Sendable {
    let text = Mutex("")
    func write(_ buffer: ByteBuffer) async throws { text.withLock { $0 += String(buffer: buffer) } }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// A call of a user, as signaling says it.
func state(_ call: String, of user: UserID = anna, _ phase: CallPhase = .ringing) -> CallState {
    CallState(
        call: CallID(unchecked: call), user: user, conversation: CallID(unchecked: call), direction: .outgoing,
        phase: phase, officeNumber: "+498984098723", party: PartyView(number: "+498912345678"), legs: [],
        startedAt: "2026-03-01T12:00:00.000Z", since: "2026-03-01T12:00:00.000Z")
}

func position(_ call: String, _ sequence: Int, epoch: Int = 1, of user: UserID = anna) -> CallPosition {
    let call = CallID(unchecked: call)
    return CallPosition(seat: user, call: call, conversation: call, epoch: epoch, sequence: sequence)
}
