import BusContract
import TelephonyModel

extension LegID {
    /// A call has at most one leg of each role; its id says which. A UUID call id leaves room for the suffix.
    public init(_ call: CallID, _ role: LegRole) {
        switch role {
        case .device: self.init(unchecked: call.rawValue + "-d")
        case .party: self.init(unchecked: call.rawValue + "-p")
        case .fallback: self.init(unchecked: call.rawValue + "-f")
        }
    }

    /// The call whose leg this is.
    public var call: CallID { CallID(unchecked: String(rawValue.dropLast(2))) }
}
