import CallControl
import SIPStack
import ServiceKit

/// What the operator sets for this service.
struct SignalingSettings: Sendable {
    /// IPv4 literal that the trunks reach us at, and UDP port.
    let sip: SIPSettings
    /// Where the trunks say whom a call is for, the first hit counts.
    let lookup: [UserLookup.Place]

    /// Keys: `sip.address`, `sip.port`, `lookup.order`.
    init(reading reader: SettingsReader) {
        let address = reader.address("sip.address")
        let port = reader.int("sip.port", in: 1...65_535, default: 5060)
        sip = SIPSettings(address: address, port: UInt16(port))
        let places = UserLookup.Place.allCases.map(\.rawValue).joined(separator: ", ")
        lookup = reader.value(
            "lookup.order", expected: "some of \(places), in the order of search, with commas between",
            default: UserLookup.Place.allCases, broken: [], Self.places)
    }

    private static func places(_ text: String) -> [UserLookup.Place]? {
        let words = text.split(separator: ",").map { $0.filter { $0 != " " } }
        let places = words.compactMap(UserLookup.Place.init(rawValue:))
        return places.count == words.count && Set(places).count == places.count ? places : nil
    }
}
