import BusContract
import TelephonyModel

/// What a line is: a SIP channel, or an outside (PSTN) channel of a trunk.
public enum LineKind: String, Codable, Sendable, CaseIterable { case sip, outside }

/// One reserved line. A leg has at most one of each kind.
public struct Line: Hashable, Sendable {
    public var leg: LegID
    public var kind: LineKind
    public var trunk: TrunkID
    public init(leg: LegID, kind: LineKind, trunk: TrunkID) { (self.leg, self.kind, self.trunk) = (leg, kind, trunk) }
}

/// A trunk with the lines that are reserved now, by counting their rows.
public struct TrunkLoad: Hashable, Sendable {
    public var trunk: TrunkID
    public var used: LineUse
    public var capacity: LineUse
    /// Outside channels that calls may not use.
    public var reserve: Int
    public init(trunk: TrunkID, used: LineUse, capacity: LineUse, reserve: Int) {
        (self.trunk, self.used, self.capacity, self.reserve) = (trunk, used, capacity, reserve)
    }
    public var occupancy: LineOccupancy { LineOccupancy(trunk: trunk, used: used, capacity: capacity) }
}

/// Who gets a line. All of a request's lines or none.
public enum LineRules {
    /// The lines that a reservation asks for.
    /// - Throws: 422 for a leg that wants more than one line of a kind.
    public static func lines(for wants: [LinesRequest.Want]) throws(Refusal) -> [Line] {
        for want in wants where !(0...1).contains(want.use.sip) || !(0...1).contains(want.use.outside) {
            throw Refusal(
                422, "bad-lines",
                "A leg takes one SIP channel and one outside channel at most; leg \(want.leg) asks for "
                    + "\(want.use.sip) and \(want.use.outside).")
        }
        return wants.flatMap { want in
            (want.use.sip == 1 ? [Line(leg: want.leg, kind: .sip, trunk: want.trunk)] : [])
                + (want.use.outside == 1 ? [Line(leg: want.leg, kind: .outside, trunk: want.trunk)] : [])
        }
    }

    /// - Parameters:
    ///   - lines: what is to be reserved, without what is reserved already.
    ///   - loads: the trunks of `lines`, without `lines`.
    /// - Throws: 503 "no-line" with the occupancy; 404 for a trunk without a load.
    public static func check(_ lines: [Line], against loads: [TrunkLoad]) throws(Refusal) {
        for trunk in Set(lines.map(\.trunk)).sorted() {
            guard let load = loads.first(where: { $0.trunk == trunk }) else { throw unknown(trunk) }
            for kind in LineKind.allCases {
                let wanted = lines.count { $0.trunk == trunk && $0.kind == kind }
                let pool = Pool(load, kind)
                if wanted > 0, wanted > pool.free { throw pool.refusal(wanted, trunk) }
            }
        }
    }

    public static func unknown(_ trunk: TrunkID) -> Refusal {
        Refusal(404, "no-such-trunk", "There is no trunk \"\(trunk)\" in the directory.")
    }
}

/// The lines of one kind on one trunk.
private struct Pool {
    let used: Int, capacity: Int, reserve: Int, name: String
    init(_ load: TrunkLoad, _ kind: LineKind) {
        switch kind {
        case .sip: (used, capacity, reserve, name) = (load.used.sip, load.capacity.sip, 0, "SIP channel")
        case .outside:
            (used, capacity, reserve, name) = (load.used.outside, load.capacity.outside, load.reserve, "outside line")
        }
    }
    var usable: Int { max(0, capacity - reserve) }
    var free: Int { max(0, usable - used) }

    func refusal(_ wanted: Int, _ trunk: TrunkID) -> Refusal {
        let all =
            "\(usable) \(name)\(usable == 1 ? "" : "s") of trunk \(trunk)\(reserve > 0 ? " that calls may use" : "")"
        let start =
            free == 0
            ? "All \(all) are busy"
            : "Of the \(all) only \(free) \(free == 1 ? "is" : "are") free, and \(wanted) needed"
        let kept = reserve > 0 ? "; \(reserve) \(reserve == 1 ? "is" : "are") kept free" : ""
        return Refusal(
            503, "no-line", "\(start) (\(used) of \(capacity)\(kept)). Try again when another call has ended.")
    }
}
