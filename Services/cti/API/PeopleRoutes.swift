import BusContract
import Hummingbird
import TelephonyModel

/// Devices, presence and journal.
extension Gateway {
    private struct DeviceList: Codable {
        var devices: [OwnDevice]
        var active: DeviceID
        var ringPlans: [RingPlan]?
        var activePlan: PlanID?
    }

    /// `GET /v1/me/devices` -> `{devices, active, ringPlans, activePlan}`.
    @Sendable func listDevices(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await devices(.devices(context.user))
    }

    /// `PUT /v1/me/devices/active {device}` or `{plan}`: from now on my office number rings there -> the list as it is
    /// then.
    @Sendable func setActiveDevice(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await RequestBodyReader(request, context, known: ["device", "plan"])
        switch (try body.optionalText("device"), try body.optionalText("plan")) {
        case (nil, let plan?): return try await devices(.setPlan(context.user, try plan.identifier("plan")))
        case (.some, .some):
            throw Refusal(400, "device-or-plan", "Give either \"device\" or \"plan\", not both.")
        default: return try await devices(.setActive(context.user, try body.text("device").identifier("device")))
        }
    }

    private func devices(_ question: PresenceQuery.Question) async throws -> Response {
        guard
            case .devices(let devices, let active, let plans, let plan) = try await house.ask(
                PresenceQuery(question), of: nil)
        else { throw Refusal.wrongAnswer }
        return try .json(DeviceList(devices: devices, active: active, ringPlans: plans, activePlan: plan))
    }

    /// `GET /v1/presence/{user}`: a colleague's phone status.
    @Sendable func showPresence(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let user: UserID = try context.parameters.require("user").identifier("user")
        guard case .status(let status) = try await house.ask(PresenceQuery(.status(user)), of: nil) else {
            throw Refusal.wrongAnswer
        }
        return try .json(status)
    }

    /// `GET /v1/journal?limit=50&call=ID` -> `{entries: […]}`, newest first.
    @Sendable func listJournal(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let limit = try number(request.uri.queryParameters["limit"], in: 1...200, otherwise: 50)
        let call: CallID? = try request.uri.queryParameters["call"].map { try String($0).identifier("call") }
        let query = JournalQuery(user: context.user, limit: limit, call: call)
        return try .json(try await house.ask(query, of: nil))
    }

    private func number(_ text: Substring?, in range: ClosedRange<Int>, otherwise: Int) throws(Refusal) -> Int {
        guard let text else { return otherwise }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw Refusal(400, "bad-limit", "\"limit\" must be a whole number from \(bounds).")
        }
        return number
    }
}
