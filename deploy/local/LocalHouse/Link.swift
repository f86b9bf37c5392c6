import Foundation
import TelephonyModel

extension House {
    /// What carries SIP between signaling and the PBX, and whether signaling registers there.
    public struct Link: Sendable {
        public var transport: Transport
        public var account: PBXLink.Account?
        public init(_ transport: Transport = .udp, account: PBXLink.Account? = nil) {
            (self.transport, self.account) = (transport, account)
        }
        /// In the PBX's certificate, for TLS: its address alone would not be found there.
        public var serverName: String? { transport == .tls ? "pbx.example.com" : nil }
    }
}

extension House.Link {
    /// The PBX's side, once; writes signaling's password, and for TLS the certificates of an authority of this house.
    func pbx(in folder: LocalFolder, at address: String) async throws(HouseError) -> PBXLink {
        if let account {
            let secret = try folder.folder("secrets") + "/pbx"
            try writeFile(secret, account.password)
            chmod(secret, 0o600)
        }
        guard transport == .tls else { return PBXLink(transport: transport, account: account) }
        let certificates = try await Certificates(in: folder, name: "sip")
        _ = try await certificates.issue("signaling", for: "IP:\(address)")
        let own = try await certificates.issue("pbx", for: "DNS:\(serverName ?? address),IP:\(address)")
        return PBXLink(
            transport: .tls, account: account, certificate: own, authority: certificates.authority)
    }

    /// Signaling's settings; the files are there.
    func settings(address: String, port: UInt16, in folder: LocalFolder) -> String {
        var lines = ["sip:", "  address: \(address)", "  port: \(port)"]
        switch transport {
        case .udp: break
        case .tcp: lines += ["  tcp:", "    port: \(port)"]
        case .tls:
            let files = "\(folder.path)/sip"
            lines += [
                "  tls:", "    port: \(port)", "    certificate: \(files)/signaling.pem",
                "    key: \(files)/signaling.key", "    ca: \(files)/authority.pem",
            ]
        }
        if account != nil { lines += ["trunks:", "  secrets: \(folder.path)/secrets"] }
        return lines.joined(separator: "\n")
    }
}
