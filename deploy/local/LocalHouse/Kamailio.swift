import Foundation

/// The demo PBX: a Kamailio with an office side (extensions) and a carrier side (E.164), and a registrar for both.
public final class Kamailio: Sendable {
    public let address: String
    public let port: UInt16
    public let child: Child

    /// Starts it and waits until it answers OPTIONS.
    /// - Parameter rufbus: where calls for the office numbers go.
    public init(
        in folder: LocalFolder, address: String = "127.0.0.1", office: DemoOffice = DemoOffice(), rufbus: UInt16
    ) async throws(HouseError) {
        (self.address, port) = (address, try FreePort.next())
        let place = try folder.folder("pbx")
        let plan = DialPlan(address: address, port: port, rufbus: rufbus, office: office)
        try writeFile(place + "/kamailio.cfg", plan.text)
        child = try Child(
            "kamailio", "/usr/sbin/kamailio",
            ["-f", place + "/kamailio.cfg", "-DD", "-E", "-m", "32", "-M", "4", "-Y", place], folder: place)
        let (address, port) = (address, port)
        try await child.waitUntil("answering OPTIONS", limit: .seconds(20)) {
            SIPProbe(address: address, port: port).options()
        }
    }

    /// Registers a phone that does not do it itself (sipp): calls for `user` go to address:port.
    public func register(_ user: String, at phone: UInt16) throws(HouseError) {
        guard SIPProbe(address: address, port: port).register(user, contactPort: phone, seconds: 600) else {
            throw HouseError("the PBX did not take the registration of \(user). \(child.logTail())")
        }
    }

    public func unregister(_ user: String, at phone: UInt16) throws(HouseError) {
        guard SIPProbe(address: address, port: port).register(user, contactPort: phone, seconds: 0) else {
            throw HouseError("the PBX did not take back the registration of \(user). \(child.logTail())")
        }
    }

    public func stop() async { await child.stop(limit: .seconds(3)) }
}

/// The office that the demo PBX serves.
public struct DemoOffice: Sendable {
    /// E.164 digits of the office without extension.
    public var trunkDigits = "4989840987"
    /// Regular expression of the extensions whose calls Rufbus takes.
    public var extensions = "2[0-9]|72[0-9]"
    public var outsidePrefix = "0"
    public var bypassPrefix = "7"
    public init() {}
}
