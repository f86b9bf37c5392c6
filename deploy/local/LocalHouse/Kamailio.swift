import Foundation
import TelephonyModel

/// The demo PBX: a Kamailio with an office side (extensions) and a carrier side (E.164), and a registrar for both.
public final class Kamailio: Sendable {
    public let address: String
    public let port: UInt16
    public let child: Child

    /// Starts it and waits until it answers OPTIONS.
    /// - Parameters:
    ///   - rufbus: the port of Rufbus that calls for the office numbers go to.
    ///   - link: how it speaks with Rufbus; with phones it always speaks UDP.
    public init(
        in folder: LocalFolder, address: String = "127.0.0.1", office: DemoOffice = DemoOffice(), rufbus: UInt16,
        link: PBXLink = PBXLink()
    ) async throws(HouseError) {
        (self.address, port) = (address, try FreePort.next())
        let place = try folder.folder("pbx")
        let plan = DialPlan(
            address: address, port: port, rufbus: rufbus, office: office, link: link, folder: place)
        try writeFile(place + "/kamailio.cfg", plan.text)
        if let tls = link.tlsConfiguration { try writeFile(place + "/tls.cfg", tls) }
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

/// How the demo PBX and Rufbus speak with each other.
public struct PBXLink: Sendable {
    /// The PBX's account for a trunk that registers.
    public struct Account: Sendable {
        public let user: String, password: String
        public init(user: String, password: String) { (self.user, self.password) = (user, password) }
    }
    public var transport: Transport
    /// Nil: Rufbus is known by its address.
    public var account: Account?
    /// For TLS: the PBX's own, and the authority that Rufbus' certificate must come from.
    public var certificate: Certificates.Pair?
    public var authority: String?
    public init(
        transport: Transport = .udp, account: Account? = nil, certificate: Certificates.Pair? = nil,
        authority: String? = nil
    ) {
        (self.transport, self.account) = (transport, account)
        (self.certificate, self.authority) = (certificate, authority)
    }

    /// Both sides show a certificate, both check it.
    var tlsConfiguration: String? {
        guard let certificate, let authority else { return nil }
        let common = """
            method = TLSv1.2+
            verify_certificate = yes
            require_certificate = yes
            private_key = \(certificate.key)
            certificate = \(certificate.certificate)
            ca_list = \(authority)
            """
        return "[server:default]\n\(common)\n[client:default]\n\(common)\n"
    }
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
