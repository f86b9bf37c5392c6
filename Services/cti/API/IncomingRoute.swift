import BusContract
import CallRules
import Foundation
import Hummingbird
import TelephonyModel

/// "A call now would …".
extension Gateway {
    private struct Outlook: Codable {
        /// RFC 3339, as asked.
        var at: String
        var rule: IncomingDecision.Rule
        var sentence: String
        var phones: [IncomingOutlook.Phone]
        var divertedTo: Destination?
        var fallback: Destination?
    }

    /// `GET /v1/me/incoming?at=2026-03-01T12:00:00Z&from=+4930123456&group=true`: what a call to me would do then.
    /// Without `at` now; without `from` a caller whom no rule names, `from=anonymous` one without a number; `group` for
    /// a call that comes through a group.
    @Sendable func showIncoming(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let query = request.uri.queryParameters
        let at = try query["at"].map { try Self.time(String($0)) } ?? Date()
        let viaGroup = try Self.flag(query["group"].map(String.init))
        guard case .user(let user) = try await house.ask(PresenceQuery(.user(context.user)), of: nil),
            case .office(let office) = try await house.ask(PresenceQuery(.office), of: nil)
        else { throw Refusal.wrongAnswer }
        let caller = try caller(query["from"].map(String.init), office)
        let outlook = IncomingOutlook(of: user, caller: caller, viaGroup: viaGroup, at: try Self.local(at, office))
        return try .json(
            Outlook(
                at: at.formatted(.iso8601), rule: outlook.rule, sentence: outlook.sentence, phones: outlook.phones,
                divertedTo: outlook.divertedTo, fallback: outlook.fallback))
    }

    private func caller(_ written: String?, _ office: OfficeNumbers) throws(Refusal) -> IncomingCaller {
        switch written {
        case nil: .anybody
        case "anonymous": IncomingCaller(nil, office: office)
        case .some(let number): IncomingCaller(try house.read(number).number, office: office)
        }
    }

    private static func time(_ text: String) throws(Refusal) -> Date {
        // In a query a + that is not escaped means a blank.
        let text = text.replacing(" ", with: "+")
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            do { return try style.parse(text) } catch { continue }
        }
        throw Refusal(400, "bad-time", "\"at\" must be a time as in 2026-03-01T12:00:00Z (RFC 3339).")
    }

    private static func flag(_ text: String?) throws(Refusal) -> Bool {
        switch text {
        case nil, "false": false
        case "true": true
        default: throw Refusal(400, "bad-flag", "\"group\" must be true or false.")
        }
    }

    /// By the office's clock; without one in the directory by this machine's.
    private static func local(_ date: Date, _ office: OfficeNumbers) throws(Refusal) -> LocalTime {
        let zone = office.timeZone.map { TimeZone(identifier: $0) } ?? TimeZone.current
        guard let zone else {
            throw Refusal(
                503, "no-such-time-zone",
                "This machine does not know the office's time zone: ask your administrator to install tzdata.")
        }
        let milliseconds = Int64((date.timeIntervalSince1970 * 1_000).rounded(.down))
        return LocalTime(milliseconds: milliseconds, offset: zone.secondsFromGMT(for: date))
    }
}
