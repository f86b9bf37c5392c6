import CallControl
import SIPStack
import ServiceKit

/// What the operator sets for this service.
struct SignalingSettings: Sendable {
    /// IPv4 literal that the trunks reach us at, and UDP port.
    let sip: SIPSettings
    let trunks: TrunkSettings
    /// Where the trunks say whom a call is for, the first hit counts.
    let lookup: [UserLookup.Place]

    /// Keys: `sip.address`, `sip.port`, `sip.options.seconds`, `lookup.order`, those of `SIPSettings.streams` and of
    /// `TrunkSettings`.
    init(reading reader: SettingsReader) {
        let address = reader.address("sip.address")
        let port = reader.int("sip.port", in: 1...65_535, default: 5060)
        let options = reader.int("sip.options.seconds", in: 0...3_600, default: 60)
        sip = SIPSettings(address: address, port: UInt16(port), optionsSeconds: options).streams(reader)
        trunks = TrunkSettings(reading: reader)
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
