import BusClient
import BusContract
import CallControl
import Logging
import SIPStack
import TelephonyModel

/// A call that rings and is to go elsewhere: what its user asks for, and what a trunk is told or says of it.
extension Driver {
    func decline(_ wish: DeclineCall, _ responder: Responder<Done>) {
        guard seats[wish.user] != nil else { return responder.refuse(.noCall(wish.call)) }
        tell(wish.user, .decline(wish.call, questions.ask(responder)))
    }

    func deflect(_ wish: DeflectCall, _ responder: Responder<Done>) {
        guard seats[wish.user] != nil else { return responder.refuse(.noCall(wish.call)) }
        do throws(Refusal) {
            let to = try deflection(wish)
            tell(wish.user, .deflect(wish.call, to, questions.ask(responder)))
        } catch {
            responder.refuse(error)
        }
    }

    private func deflection(_ wish: DeflectCall) throws(Refusal) -> Deflection {
        switch wish.to {
        case .number(let number, let reach): return .number(Destination(number: number, reach: reach))
        case .device(let id):
            guard let user = directory.current?.user(wish.user) else {
                throw Refusal(404, "no-such-user", "There is no user \"\(wish.user)\" in the directory.")
            }
            guard let device = user.devices.first(where: { $0.id == id }) else { throw .noDevice(id, of: user) }
            return .device(device)
        }
    }

    /// 302: whom to call instead, at the trunk itself, and by Diversion whom the call was for.
    func redirect(_ leg: LegID, to number: String, _ trunk: TrunkID) {
        guard let trunk = directory.current?.trunk(trunk) else { return refuse(leg, 480, nil) }
        var headers = [(name: "Contact", value: "<sip:\(number)@\(trunk.address):\(trunk.port)>")]
        if let office = legs[leg]?.officeNumber {
            headers.append((name: "Diversion", value: "<sip:\(office)@\(trunk.address)>;reason=unconditional"))
        }
        legs.over(leg, at: SeatClock.boot())
        stack.refuse(leg, status: 302, headers: headers)
    }

    /// 3xx: whom to call instead, as far as its Contacts are numbers. Whose address they are at is not heeded: all that
    /// we call is called by this trunk.
    func redirected(_ leg: LegID, _ status: Int, _ contacts: [SIPAddress]) {
        let trunk = legs[leg]?.trunk.flatMap { directory.current?.trunk($0) }
        let users = contacts.filter { ["sip", "sips", "tel"].contains($0.scheme) }.map(\.user)
        let places = users.compactMap {
            directory.current?.lookup.destination($0, prefix: trunk?.outsidePrefix ?? "")
        }
        if places.isEmpty { counters.nowhereToGo += 1 }
        ended(leg, .redirected(leg, status: status, to: places))
    }

    // MARK: Callers' numbers

    /// The trunk does not let callers' numbers through, whatever its profile says: none is shown to it until somebody
    /// has changed the directory.
    func callerNumberRefused(_ trunk: TrunkID) {
        guard let revision = directory.current?.revision, callersRefused[trunk] != revision else { return }
        callersRefused[trunk] = revision
        let advice = "set showsCaller of its identity profile to \"never\", or ask its operator to allow them"
        logger.warning("trunk refuses callers' numbers: \(advice)", metadata: ["trunk": "\(trunk)"])
    }

    func heedingRefusals(_ profile: Profile) -> Profile {
        guard let revision = callersRefused[profile.trunk], revision == directory.current?.revision else {
            return profile
        }
        var careful = profile
        careful.showsCaller = .never
        return careful
    }
}

extension Refusal {
    static func noCall(_ call: CallID) -> Refusal {
        Refusal(404, "no-such-call", "You have no call \"\(call)\": it may be over.")
    }

    static func noDevice(_ id: DeviceID, of user: DirectoryUser) -> Refusal {
        let own = user.devices.map(\.id.rawValue).joined(separator: ", ")
        return Refusal(404, "no-such-device", "You have no device \"\(id)\": choose one of \(own).")
    }
}
