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
        lookup = UserLookup.Place.allCases
    }
}
