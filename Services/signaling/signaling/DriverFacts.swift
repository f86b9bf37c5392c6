import BusClient
import BusContract
import CallControl
import Logging
import SIPStack
import TelephonyModel

/// What the bus is told: durable facts of calls and legs, and each SIP message for ladders.
extension Driver {
    func publish(_ what: CallWhat, _ picture: CallPicture, _ position: CallPosition, _ holder: SeatHolder) {
        bus.publish(
            picture.state(holder.clock.text), type: what.type, key: RoutingKey.call(what, position.seat, position.call),
            position: position, durable: true)
        note(what, picture, position)
    }

    func publish(_ what: LegWhat, _ picture: LegPicture, _ position: CallPosition, _ holder: SeatHolder) {
        let fact = picture.fact(sessionID: sessionID(of: position.conversation), holder.clock.text)
        bus.publish(
            fact, type: what.type, key: RoutingKey.leg(what, position.seat, position.call), position: position,
            durable: true)
    }

    func show(_ leg: LegID, _ message: SIPMessage) {
        guard ladders.areRead(at: SeatClock.boot()) else { return }
        guard let user = legs[leg]?.user, let standing = seats[user]?.seat.standing(of: leg) else { return }
        let position = standing.position
        bus.publish(
            LegMessage(leg, standing.role, isCaller: legs[leg]?.officeNumber != nil, message),
            type: LegWhat.message.type,
            key: RoutingKey.leg(.message, position.seat, position.call), position: position, durable: false,
            unread: ladders.nobodyReads)
    }

    /// A call's beginning and end are worth a line to the operator.
    private func note(_ what: CallWhat, _ picture: CallPicture, _ position: CallPosition) {
        guard what == .started || what == .ended else { return }
        var metadata = position.metadata
        metadata["user"] = "\(position.seat)"
        metadata["direction"] = "\(picture.direction.rawValue)"
        if let reason = picture.reason { metadata["reason"] = "\(reason.rawValue)" }
        logger.info(what == .started ? "call started" : "call ended", metadata: metadata)
    }
}
