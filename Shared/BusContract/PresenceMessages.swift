import TelephonyModel

/// One device as its user's services know it. Carries the number: on requests and replies only, never in an event.
public struct Device: Codable, Hashable, Sendable {
    public var id: DeviceID
    public var kind: DeviceKind
    public var reach: Reach
    /// E.164 with `+` (outside) or the PBX's extension (inside).
    public var number: String
    public var answerGuard: AnswerGuard
    /// Name that its user gave it ("Mobile").
    public var name: String
    /// How long it rings, in seconds.
    public var ringSeconds: Int
    public init(
        id: DeviceID, kind: DeviceKind, reach: Reach, number: String, answerGuard: AnswerGuard, name: String,
        ringSeconds: Int
    ) {
        (self.id, self.kind, self.reach, self.number) = (id, kind, reach, number)
        (self.answerGuard, self.name, self.ringSeconds) = (answerGuard, name, ringSeconds)
    }
}

/// How numbers are read at this office (PRODUCT §9), and by which clock.
public struct OfficeNumbers: Codable, Hashable, Sendable {
    /// ISO 3166 alpha-2 ("DE").
    public var country: String
    /// Area code without the trunk 0 ("89").
    public var areaCode: String
    /// Dialled before an outside number ("0"), or empty.
    public var outsidePrefix: String
    /// Inside extensions by length and first digits: patterns like "2X", "3XX" (X = any digit).
    public var internalBands: [String]
    /// E.164 of the office without extension ("+4989840987").
    public var trunkNumber: String
    /// Where the office's clock is, by its name in the time zone database ("Europe/Berlin"); nil: as the machine's.
    public var timeZone: String?
    public init(
        country: String, areaCode: String, outsidePrefix: String, internalBands: [String], trunkNumber: String,
        timeZone: String? = nil
    ) {
        (self.country, self.areaCode, self.outsidePrefix) = (country, areaCode, outsidePrefix)
        (self.internalBands, self.trunkNumber, self.timeZone) = (internalBands, trunkNumber, timeZone)
    }
}

/// All users and trunks: each signaling replica keeps a copy (age <= 60 s).
public struct DirectoryQuery: BusRequest, Hashable {
    public static let type = "rufbus.presence.directory.v1"
    public static let service = "presence"
    public static let sharedVerb: String? = "query"
    public init() {}
    public struct Answer: Codable, Hashable, Sendable {
        /// Grows with each change.
        public var revision: Int
        public var office: OfficeNumbers
        public var users: [DirectoryUser]
        public var trunks: [DirectoryTrunk]
        public init(revision: Int, office: OfficeNumbers, users: [DirectoryUser], trunks: [DirectoryTrunk]) {
            (self.revision, self.office, self.users, self.trunks) = (revision, office, users, trunks)
        }
    }
}

/// What cti asks presence: one request type on one shared queue.
public struct PresenceQuery: BusRequest, Hashable {
    public static let type = "rufbus.presence.query.v1"
    public static let service = "presence"
    public static let sharedVerb: String? = "query"
    public enum Question: Codable, Hashable, Sendable {
        case login(user: String, password: String)
        /// Who holds this token?
        case token(String)
        case devices(UserID)
        case setActive(UserID, DeviceID)
        /// Makes a ring plan the active one.
        case setPlan(UserID, PlanID)
        /// All that decides where a user's calls go; for himself only.
        case user(UserID)
        case status(UserID)
        /// Everybody's phone status.
        case statuses
        /// How numbers are read here.
        case office
    }
    public var question: Question
    public init(_ question: Question) { self.question = question }
    public enum Answer: Codable, Hashable, Sendable {
        /// `expiresAt` RFC 3339.
        case loggedIn(token: String, expiresAt: String, user: UserID)
        case holder(UserID, expiresAt: String)
        /// `plan`: the active ring plan; nil: the active device alone. `active` is then the plan's first device.
        case devices([OwnDevice], active: DeviceID, plans: [RingPlan]? = nil, plan: PlanID? = nil)
        case user(DirectoryUser)
        case status(UserStatus)
        /// In the order of user ids.
        case statuses([UserStatus])
        case office(OfficeNumbers)
    }
}

/// A device as its own user sees it (with its number).
public struct OwnDevice: Codable, Hashable, Sendable {
    public var id: DeviceID
    public var name: String
    public var kind: DeviceKind
    public var reach: Reach
    public var number: String
    public var active: Bool
    public init(id: DeviceID, name: String, kind: DeviceKind, reach: Reach, number: String, active: Bool) {
        (self.id, self.name, self.kind, self.reach, self.number, self.active) = (id, name, kind, reach, number, active)
    }
}

/// A user's phone status, as colleagues see it. Payload of `user.x.status.<user>` too.
public struct UserStatus: Codable, Hashable, Sendable {
    public enum Phone: String, Codable, Sendable, CaseIterable { case available, ringing, onThePhone }
    public var user: UserID
    public var name: String
    public var officeNumber: String
    public var phone: Phone
    /// Kind of the active device, never its number.
    public var reachedAt: DeviceKind
    public init(user: UserID, name: String, officeNumber: String, phone: Phone, reachedAt: DeviceKind) {
        (self.user, self.name, self.officeNumber) = (user, name, officeNumber)
        (self.phone, self.reachedAt) = (phone, reachedAt)
    }
    public static let type = "rufbus.user.status.v1"
}

/// `user.x.changed.<user>`: a user's devices or settings changed; who keeps a copy asks again.
public struct UserChanged: Codable, Hashable, Sendable {
    public static let type = "rufbus.user.changed.v1"
    public var user: UserID
    public var revision: Int
    public init(user: UserID, revision: Int) { (self.user, self.revision) = (user, revision) }
}

/// Lines: rows in presence's database, unique on (leg, kind).
public struct LinesRequest: BusRequest, Hashable {
    public static let type = "rufbus.presence.lines.v1"
    public static let service = "presence"
    public static let sharedVerb: String? = "lines"
    public struct Want: Codable, Hashable, Sendable {
        public var leg: LegID
        public var trunk: TrunkID
        public var use: LineUse
        public init(leg: LegID, trunk: TrunkID, use: LineUse) { (self.leg, self.trunk, self.use) = (leg, trunk, use) }
    }
    public enum What: Codable, Hashable, Sendable {
        /// All or none. `evenIfFull`: lines already in use (an incoming leg) are counted even when full.
        case reserve([Want], evenIfFull: Bool)
        case release([LegID])
    }
    public var seat: UserID
    public var call: CallID
    public var epoch: Int
    public var what: What
    public init(seat: UserID, call: CallID, epoch: Int, what: What) {
        (self.seat, self.call, self.epoch, self.what) = (seat, call, epoch, what)
    }
    /// A full trunk is a refusal with code "no-line" and the occupancy in the sentence.
    public typealias Answer = Done
}

/// `line.x.occupancy.<trunk>`.
public struct LineOccupancy: Codable, Hashable, Sendable {
    public static let type = "rufbus.line.occupancy.v1"
    public var trunk: TrunkID
    public var used: LineUse
    public var capacity: LineUse
    public init(trunk: TrunkID, used: LineUse, capacity: LineUse) {
        (self.trunk, self.used, self.capacity) = (trunk, used, capacity)
    }
}
