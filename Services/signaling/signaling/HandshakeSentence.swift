import SIPStack

extension HandshakeFailure {
    /// What is wrong and what to do, for people.
    var sentence: String {
        switch kind {
        case .untrusted:
            "its certificate is of no authority in sip.tls.ca (\(words)): add the authority's certificate to that "
                + "file, and start rufbus-signaling again"
        case .expired: "its certificate has expired: renew it at the PBX"
        case .notYetValid: "its certificate is not valid yet: set the clocks of the PBX and of this machine right"
        case .otherName: otherName
        case .oldVersion: "it speaks no TLS 1.2 or newer (\(words)): turn that on at the PBX"
        case .noTLS: "it does not speak TLS on this port (\(words)): set the target's port or transport right"
        case .refusedUs:
            "it does not take our certificate (\(words)): give the PBX the authority that signed sip.tls.certificate, "
                + "and see that it is valid"
        case .other: "TLS fails (\(words)): compare the PBX's TLS settings with sip.tls"
        }
    }

    private var otherName: String {
        if let name {
            "its certificate does not bear the name \(name): set the target's serverName to a DNS name in it"
        } else {
            "its certificate is not made out to its address: set the target's serverName to a DNS name in it"
        }
    }
}
