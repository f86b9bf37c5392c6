import BusContract
import Foundation
import Hummingbird
import TelephonyModel

/// makeCall, clearConnection, deflectCall (ECMA-269), declining, and the user's running calls.
extension Gateway {
    /// Largest `context`, in bytes of JSON.
    static let contextLimit = 1024

    /// `POST /v1/calls {to, device?, context?}` -> 202 with `Location` and the call's public state.
    @Sendable func makeCall(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await RequestBodyReader(request, context, known: ["to", "device", "context"])
        let target = try house.read(try body.text("to"))
        let wanted = Originate(
            call: makeCallID(), user: context.user, target: target.number, targetReach: target.reach,
            device: try device(in: body), context: try checked(body.optionalValue("context")))
        let taken = try await originate(wanted)
        board.offer(taken.state, at: taken.position)
        var response = try Response.json(taken.state, status: .accepted)
        response.headers[.location] = "/v1/calls/\(taken.state.call)"
        return response
    }

    /// Asked again once when no answer came: the call's id is the same, so nothing rings twice.
    private func originate(_ wanted: Originate) async throws(Refusal) -> Originate.Answer {
        do { return try await house.ask(wanted, of: nil) } catch {
            guard error.code == "timeout" else { throw error }
            return try await house.ask(wanted, of: nil)
        }
    }

    private func device(in body: RequestBodyReader) throws(Refusal) -> DeviceID? {
        guard let text = try body.optionalText("device") else { return nil }
        return try text.identifier("device")
    }

    private func checked(_ context: JSONValue?) throws -> JSONValue? {
        guard let context else { return nil }
        guard try JSONEncoder().encode(context).count <= Self.contextLimit else {
            throw Refusal(422, "context-too-large", "\"context\" may have 1 KiB of JSON at most: shorten it.")
        }
        return context
    }

    /// `GET /v1/calls` -> `{calls: […]}`: the user's calls that run, oldest first.
    @Sendable func listCalls(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try .json(["calls": board.calls(of: context.user)])
    }

    /// `GET /v1/calls/{id}`: also for a short while after its end.
    @Sendable func showCall(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try .json(try ownCall(context))
    }

    /// `DELETE /v1/calls/{id}`: hangs up -> 204; the result is the call's `ended` event.
    @Sendable func clearConnection(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let state = try ownCall(context)
        guard state.phase != .ended else { return Response(status: .noContent) }
        try await tellOwner(of: state, ClearConnection(call: state.call, user: context.user), context)
        return Response(status: .noContent)
    }

    /// `POST /v1/calls/{id}/decline`: no phone of mine rings any more, the caller goes where my fallback says -> 204.
    @Sendable func declineCall(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let state = try ownCall(context)
        try await tellOwner(of: state, DeclineCall(call: state.call, user: context.user), context)
        return Response(status: .noContent)
    }

    /// `POST /v1/calls/{id}/deflect {device | to}`: the caller is sent to another phone of mine, or to a number -> 204.
    @Sendable func deflectCall(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let state = try ownCall(context)
        let body = try await RequestBodyReader(request, context, known: ["device", "to"])
        let deflect = DeflectCall(call: state.call, user: context.user, to: try deflection(in: body))
        try await tellOwner(of: state, deflect, context)
        return Response(status: .noContent)
    }

    private func deflection(in body: RequestBodyReader) throws -> DeflectCall.To {
        let (device, number) = (try device(in: body), try body.optionalText("to"))
        switch (device, number) {
        case (let device?, nil): return .device(device)
        case (nil, let number?):
            let target = try house.read(number)
            return .number(target.number, reach: target.reach)
        default:
            throw Refusal(
                400, "one-destination", "Say where the call goes: either \"device\", one of yours, or \"to\", a number."
            )
        }
    }

    /// Asks the instance that has the call.
    private func tellOwner<R: BusRequest>(
        of state: CallState, _ request: R, _ context: GatewayContext
    ) async throws {
        guard let owner = await board.owner(of: state.call) else {
            // It may have been found to be over while its owner was looked for.
            _ = try ownCall(context)
            throw Refusal(503, "no-owner", "Nobody says yet that he has this call: try again in a second.")
        }
        do throws(Refusal) { _ = try await house.ask(request, of: owner) } catch {
            if error.status == 404 { board.isOver(state.call) }
            throw error
        }
    }

    private func ownCall(_ context: GatewayContext) throws -> CallState {
        let call: CallID = try context.parameters.require("call").identifier("call")
        guard let state = board.call(call) else {
            throw Refusal(404, "no-such-call", "No such call runs: GET /v1/journal lists those that have ended.")
        }
        guard state.user == context.user else {
            throw Refusal(403, "not-your-call", "This call belongs to somebody else: you can only touch your own.")
        }
        return state
    }
}

extension String {
    /// - Throws: 400 if this is no id.
    func identifier<ID: Identifier>(_ what: String) throws(Refusal) -> ID {
        guard let id = ID(rawValue: self) else {
            throw Refusal(400, "bad-id", "\"\(self)\" is no \(what) id: ids match [a-z0-9-]{1,40}.")
        }
        return id
    }
}
