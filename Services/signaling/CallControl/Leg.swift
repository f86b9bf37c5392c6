import BusContract
import TelephonyModel

/// Which leg of its call. Several phones may ring for one user, and a leg that is tried again is a new one.
struct LegKey: Codable, Hashable, Sendable {
    let role: LegRole
    let index: Int
    init(_ role: LegRole, _ index: Int = 0) { (self.role, self.index) = (role, index) }
    static let device = LegKey(.device), party = LegKey(.party), fallback = LegKey(.fallback)
}

extension LegID {
    private static let letters: [(role: LegRole, letter: Character)] = [
        (.device, "d"), (.party, "p"), (.fallback, "f"),
    ]

    /// The id of a leg says its call, its role, and which of that role it is: the first has no number. A UUID call id
    /// leaves room for a hundred of each.
    public init(_ call: CallID, _ role: LegRole, _ index: Int = 0) {
        let suffix =
            switch role {
            case .device: "-d"
            case .party: "-p"
            case .fallback: "-f"
            }
        self.init(unchecked: call.rawValue + suffix + (index == 0 ? "" : String(index)))
    }

    /// The call whose leg this is.
    public var call: CallID {
        let end = rawValue.lastIndex(of: "-") ?? rawValue.endIndex
        return CallID(unchecked: String(rawValue[..<end]))
    }

    /// Nil for an id that is none of ours.
    public var role: LegRole? {
        guard let dash = rawValue.lastIndex(of: "-") else { return nil }
        let letter = rawValue[dash...].dropFirst().first
        return Self.letters.first { $0.letter == letter }?.role
    }
}
