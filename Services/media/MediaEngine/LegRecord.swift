import BusContract
import TelephonyModel

/// What control knows of one leg: the source of its plan.
struct LegRecord {
    let id: LegID
    let slot: Int
    let sockets: SocketPair
    var serials = LegPlan.Serials()
    var remoteAudio: RemoteAudio?
    var remote: LegPlan.Remote?
    var source = AudioSource.silence
    var collect: LegPlan.Collect?
    var collectID = 0
    /// Slots of the legs that hear this one.
    var listeners: [Int32] = []

    init(id: LegID, slot: Int, sockets: SocketPair) { (self.id, self.slot, self.sockets) = (id, slot, sockets) }

    /// The leg that this one hears.
    var heard: LegID? {
        guard case .leg(let other) = source else { return nil }
        return other
    }
}
