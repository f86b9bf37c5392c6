import TelephonyModel

/// Routing keys of `rufbus.events` and `rufbus.seats`; p = CRC-32 (IEEE) of the seat id mod 16.
public enum RoutingKey {
    public static let partitions = 16

    public static func call(_ what: CallWhat, _ user: UserID, _ call: CallID) -> String {
        "call.\(partition(of: user)).\(what.rawValue).\(user).\(call)"
    }
    public static func leg(_ what: LegWhat, _ user: UserID, _ call: CallID) -> String {
        "leg.\(road(of: user, what.isDurable)).\(what.rawValue).\(user).\(call)"
    }
    public static func media(_ what: MediaWhat, _ user: UserID, _ call: CallID) -> String {
        "media.\(road(of: user, what.isDurable)).\(what.rawValue).\(user).\(call)"
    }
    public static func journal(_ what: JournalWhat, _ user: UserID, _ call: CallID) -> String {
        "journal.\(partition(of: user)).\(what.rawValue).\(user).\(call)"
    }
    public static func seat(_ what: SeatWhat, _ seat: UserID) -> String {
        "seat.\(partition(of: seat)).\(what.rawValue).\(seat)"
    }
    public static func userStatus(_ user: UserID) -> String { "user.x.status.\(user)" }
    public static func userChanged(_ user: UserID) -> String { "user.x.changed.\(user)" }
    public static func lineOccupancy(_ trunk: TrunkID) -> String { "line.x.occupancy.\(trunk)" }
    public static func trunkState(_ trunk: TrunkID) -> String { "line.x.state.\(trunk)" }
    public static func serviceAlive(_ service: String, _ instance: InstanceID) -> String {
        "service.x.alive.\(service).\(instance)"
    }
    /// Key (= queue) of one instance's requests.
    public static func instance(_ service: String, _ instance: InstanceID) -> String {
        "instance.\(service).\(instance)"
    }
    /// Key (= queue) of one instance's replies.
    public static func replies(_ service: String, _ instance: InstanceID) -> String { "replies.\(service).\(instance)" }
    /// Key (= queue) that all replicas of a service share.
    public static func shared(_ service: String, _ verb: String) -> String { "shared.\(service).\(verb)" }

    /// Key on `rufbus.dead` of what an instance could not handle.
    public static func dead(_ service: String, _ instance: String) -> String { "dead.\(service).\(instance)" }

    /// What is transient goes past the journal's queues: a message in a quorum queue is what the bus costs.
    private static func road(of user: UserID, _ isDurable: Bool) -> String {
        isDurable ? String(partition(of: user)) : "x"
    }

    public static func partition(of seat: UserID) -> Int { Int(CRC32(seat.rawValue.utf8).value % UInt32(partitions)) }
}
