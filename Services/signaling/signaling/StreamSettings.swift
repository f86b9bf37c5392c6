import SIPStack
import ServiceKit

extension SIPSettings {
    /// With TCP and TLS as they are set: `sip.tcp.port`; `sip.tls.port`, `.certificate`, `.key`, `.ca`, `.clients`.
    func streams(_ reader: SettingsReader) -> SIPSettings {
        var settings = self
        settings.tcpPort = portSetting("sip.tcp.port", reader)
        settings.tls = tlsSetting(reader)
        if settings.tls != nil, let tcp = settings.tcpPort, tcp != port {
            settings.tcpPort = reader.value(
                "sip.tcp.port", expected: "the number of sip.port (\(port)), since sip.tls.port is set too",
                default: .some(nil), broken: nil
            ) { _ in nil }
        }
        if let tls = settings.tls, settings.tcpPort == tls.port {
            settings.tls = reader.value(
                "sip.tls.port", expected: "another port than sip.tcp.port", default: .some(nil), broken: nil
            ) { _ in nil }
        }
        return settings
    }

    private func portSetting(_ key: String, _ reader: SettingsReader) -> UInt16? {
        reader.value(key, expected: "a port from 1 to 65535", default: .some(nil), broken: nil) { text in
            UInt16(text).flatMap { $0 > 0 ? .some($0) : nil }
        }
    }

    private func tlsSetting(_ reader: SettingsReader) -> SIPTLS? {
        enum Clients: String, CaseIterable { case certificate, address }
        let port = portSetting("sip.tls.port", reader)
        let clients = reader.choice("sip.tls.clients", default: Clients.certificate)
        let mistakes = reader.mistakes.count
        let files = ["certificate", "key", "ca"].map { name in
            port == nil ? reader.optionalFile("sip.tls.\(name)") ?? "" : reader.file("sip.tls.\(name)")
        }
        guard let port else { return nil }
        let tls = SIPTLS(
            port: port, certificate: files[0], key: files[1], authority: files[2],
            asksClients: clients == .certificate)
        guard reader.mistakes.count == mistakes else { return tls }
        do throws(SIPTLS.Mistake) { try tls.check() } catch { report(error, reader) }
        return tls
    }

    private func report(_ mistake: SIPTLS.Mistake, _ reader: SettingsReader) {
        let (name, what) =
            switch mistake.file {
            case .certificate: ("certificate", "a PEM file with our certificate")
            case .key: ("key", "a PEM file with the key of sip.tls.certificate, without a password")
            case .authority: ("ca", "a PEM file with certificates of authorities")
            }
        _ = reader.text("sip.tls.\(name)", expected: what) { _ in mistake.reason }
    }
}
