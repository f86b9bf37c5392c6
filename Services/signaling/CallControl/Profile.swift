import BusContract
import TelephonyModel

/// What a call needs to know of its user and trunk, taken from the directory when the call begins, so that the seat
/// is complete by itself and a later change affects the next call only.
public struct Profile: Codable, Hashable, Sendable {
    /// E.164 with `+`.
    public var officeNumber: String
    /// The PBX's extension of the office number.
    public var `extension`: String
    public var language: Language
    /// The phone to ring.
    public var device: Device
    /// Where an incoming call goes that the device did not take.
    public var fallback: DirectoryUser.Fallback?
    public var trunk: TrunkID
    public var outsidePrefix: String
    public var bypassPrefix: String

    /// - Parameter device: the phone to ring; nil for the active one.
    /// - Throws: 404 with a sentence when the user has no such device.
    public init(of user: DirectoryUser, on trunk: DirectoryTrunk, device: DeviceID? = nil) throws(Refusal) {
        let wanted = device ?? user.active
        guard let device = user.devices.first(where: { $0.id == wanted }) else {
            let own = user.devices.map(\.id.rawValue).joined(separator: ", ")
            throw Refusal(404, "no-such-device", "You have no device \"\(wanted)\": choose one of \(own).")
        }
        (officeNumber, self.extension, language) = (user.officeNumber, user.extension, user.language)
        (self.device, fallback) = (device, user.fallback)
        (self.trunk, outsidePrefix, bypassPrefix) = (trunk.trunk, trunk.outsidePrefix, trunk.bypassPrefix)
    }
}
