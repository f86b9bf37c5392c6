import TelephonyModel

/// A SIP connection to a PBX or carrier.
public struct DirectoryTrunk: Codable, Hashable, Sendable {
    /// How a caller whom nobody takes is handed back to the PBX, so that it takes its second route (PRODUCT §3.6).
    public enum LastAnswer: String, Codable, Sendable, CaseIterable {
        /// 503
        case unavailable
        /// 480
        case notHere
        /// 302 to the user's fallback; 480 where he has none.
        case redirect
    }

    public var trunk: TrunkID
    /// Where INVITEs go; at least one.
    public var targets: [TrunkTarget]
    /// Where requests are taken from: IPv4 addresses, or ranges as in `192.0.2.0/24`. Empty: the targets' addresses.
    public var sources: [String]
    /// Nil: the trunk knows us by our address.
    public var registration: TrunkRegistration?
    /// How often each target is asked with OPTIONS whether it is there; 0: never.
    public var keepAliveSeconds: Int
    /// Whether the trunk insists on session timers (RFC 4028).
    public var sessionTimerRequired: Bool
    public var lastAnswer: LastAnswer
    /// After how long the trunk gives up a call that nobody answers.
    public var noAnswerSeconds: Int
    public var identity: IdentityProfile
    /// Before the number of an outside device or target in the Request-URI ("0"), or empty.
    public var outsidePrefix: String
    /// Before the extension of the office phone, so that it does not come back to us (PRODUCT §3.7).
    public var bypassPrefix: String
    public var sipChannels: Int
    public var outsideChannels: Int
    /// Outside channels that Rufbus never uses (emergency calls from any phone get out).
    public var reserve: Int

    public init(
        trunk: TrunkID, targets: [TrunkTarget], sources: [String] = [], registration: TrunkRegistration? = nil,
        keepAliveSeconds: Int = 30, sessionTimerRequired: Bool = false, lastAnswer: LastAnswer = .notHere,
        noAnswerSeconds: Int = 60, identity: IdentityProfile = IdentityProfile(), outsidePrefix: String,
        bypassPrefix: String, sipChannels: Int, outsideChannels: Int, reserve: Int
    ) {
        precondition(!targets.isEmpty, "a trunk has a target")
        (self.trunk, self.targets, self.sources, self.registration) = (trunk, targets, sources, registration)
        (self.keepAliveSeconds, self.sessionTimerRequired) = (keepAliveSeconds, sessionTimerRequired)
        (self.lastAnswer, self.noAnswerSeconds, self.identity) = (lastAnswer, noAnswerSeconds, identity)
        (self.outsidePrefix, self.bypassPrefix) = (outsidePrefix, bypassPrefix)
        (self.sipChannels, self.outsideChannels, self.reserve) = (sipChannels, outsideChannels, reserve)
    }

    /// One target over UDP, all else as usual.
    public init(
        trunk: TrunkID, address: String, port: UInt16, outsidePrefix: String, bypassPrefix: String, sipChannels: Int,
        outsideChannels: Int, reserve: Int
    ) {
        self.init(
            trunk: trunk, targets: [TrunkTarget(address: address, port: port)], outsidePrefix: outsidePrefix,
            bypassPrefix: bypassPrefix, sipChannels: sipChannels, outsideChannels: outsideChannels, reserve: reserve)
    }

    /// Of the first target.
    public var address: String { targets[0].address }
    /// Of the first target.
    public var port: UInt16 { targets[0].port }
}

extension DirectoryTrunk {
    /// An older version wrote one address and port, and none of what came with the targets.
    private enum OlderKeys: String, CodingKey { case address, port }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            trunk: try box.decode(TrunkID.self, forKey: .trunk), targets: try Self.targets(decoder, box),
            sources: try box.decodeIfPresent([String].self, forKey: .sources) ?? [],
            registration: try box.decodeIfPresent(TrunkRegistration.self, forKey: .registration),
            keepAliveSeconds: try box.decodeIfPresent(Int.self, forKey: .keepAliveSeconds) ?? 30,
            sessionTimerRequired: try box.decodeIfPresent(Bool.self, forKey: .sessionTimerRequired) ?? false,
            lastAnswer: try box.decodeIfPresent(LastAnswer.self, forKey: .lastAnswer) ?? .notHere,
            noAnswerSeconds: try box.decodeIfPresent(Int.self, forKey: .noAnswerSeconds) ?? 60,
            identity: try box.decodeIfPresent(IdentityProfile.self, forKey: .identity) ?? IdentityProfile(),
            outsidePrefix: try box.decode(String.self, forKey: .outsidePrefix),
            bypassPrefix: try box.decode(String.self, forKey: .bypassPrefix),
            sipChannels: try box.decode(Int.self, forKey: .sipChannels),
            outsideChannels: try box.decode(Int.self, forKey: .outsideChannels),
            reserve: try box.decode(Int.self, forKey: .reserve))
    }

    private static func targets(
        _ decoder: any Decoder, _ box: KeyedDecodingContainer<CodingKeys>
    ) throws -> [TrunkTarget] {
        guard let targets = try box.decodeIfPresent([TrunkTarget].self, forKey: .targets) else {
            let older = try decoder.container(keyedBy: OlderKeys.self)
            let address = try older.decode(String.self, forKey: .address)
            return [TrunkTarget(address: address, port: try older.decode(UInt16.self, forKey: .port))]
        }
        guard !targets.isEmpty else {
            throw DecodingError.dataCorruptedError(forKey: .targets, in: box, debugDescription: "a trunk has a target")
        }
        return targets
    }
}

/// One of the addresses that a trunk is reached at.
public struct TrunkTarget: Codable, Hashable, Sendable {
    /// IPv4 literal.
    public var address: String
    public var port: UInt16
    public var transport: Transport
    /// The lowest is used while it answers; equal ones in their order.
    public var priority: Int
    /// TLS: the name that its certificate must show; nil: its address.
    public var serverName: String?
    public init(
        address: String, port: UInt16, transport: Transport = .udp, priority: Int = 0, serverName: String? = nil
    ) {
        (self.address, self.port, self.transport) = (address, port, transport)
        (self.priority, self.serverName) = (priority, serverName)
    }
}

/// How we register at a trunk (RFC 3261 §10). The password is no part of the directory: signaling reads it from a file.
public struct TrunkRegistration: Codable, Hashable, Sendable {
    /// Host part of the registrar's and of our own address of record.
    public var domain: String
    public var user: String
    /// For the digest, if it is another one.
    public var authUser: String?
    /// At most 120, so that a replica that takes over is soon known.
    public var expirySeconds: Int
    public init(domain: String, user: String, authUser: String? = nil, expirySeconds: Int = 120) {
        (self.domain, self.user) = (domain, user)
        (self.authUser, self.expirySeconds) = (authUser, expirySeconds)
    }
}

/// `line.x.state.<trunk>`: what a trunk's keeper knows of it. Published at each change, and now and then again.
public struct TrunkState: Codable, Hashable, Sendable {
    public static let type = "rufbus.line.state.v1"
    public enum State: String, Codable, Sendable, CaseIterable {
        case up, down
        /// It refused a call for want of lines; for 10 s (PRODUCT §7).
        case full
        case registering
        /// It does not take our user or password.
        case unauthorised
        /// A state of a newer version.
        case unknown

        public init(from decoder: any Decoder) throws {
            self = State(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
        }
    }
    public var trunk: TrunkID
    public var state: State
    /// The target in use, as in `udp:192.0.2.10:5060`; nil: none answers.
    public var target: String?
    /// When this state began, RFC 3339, the sender's clock.
    public var since: String
    /// For people: what is, and what to do.
    public var sentence: String
    public init(trunk: TrunkID, state: State, target: String?, since: String, sentence: String) {
        (self.trunk, self.state, self.target) = (trunk, state, target)
        (self.since, self.sentence) = (since, sentence)
    }
}
