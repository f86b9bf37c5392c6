/// A certificate authority of our own, made by openssl for one run: for servers and clients with TLS.
public struct Certificates: Sendable {
    /// PEM files, the key not encrypted.
    public struct Pair: Sendable {
        public let certificate: String, key: String
    }

    /// PEM file with the authority's certificate.
    public let authority: String
    private let folder: String

    /// - Parameter name: of the folder in `place`, and in the authority's name.
    public init(in place: LocalFolder, name: String = "certificates") async throws(HouseError) {
        folder = try place.folder(name)
        authority = folder + "/authority.pem"
        try await openssl(
            ["req", "-x509"] + Self.key
                + ["-subj", "/CN=\(name)", "-days", "2", "-keyout", folder + "/authority.key", "-out", authority])
    }

    /// - Parameters:
    ///   - name: of its files and its owner.
    ///   - hosts: its subject alternative names, as openssl writes them.
    ///   - days: how long it is valid; negative for one that has expired.
    public func issue(_ name: String, for hosts: String = "DNS:localhost", days: Int = 2) async throws(HouseError)
        -> Pair
    {
        let pair = Pair(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
        let request = "\(folder)/\(name).csr"
        try await openssl(
            ["req", "-new"] + Self.key + ["-subj", "/CN=\(name)", "-addext", "subjectAltName=\(hosts)"]
                + ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", pair.key, "-out", request])
        try await openssl(
            ["x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder + "/authority.key", "-CAcreateserial"]
                + ["-copy_extensions", "copy", "-days", "\(days)", "-out", pair.certificate])
        return pair
    }

    private static let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private func openssl(_ arguments: [String]) async throws(HouseError) {
        let child = try Child("openssl", "/usr/bin/openssl", arguments, folder: folder)
        guard await child.wait(limit: .seconds(30)) == .status(0) else {
            await child.kill()
            throw HouseError("openssl \(arguments.joined(separator: " ")): \(child.logTail())")
        }
    }
}
