import CSofiaSIP
import TelephonyModel

// What differs between UDP, TCP and TLS: our Contact, the way to a target, connections that we shut down.
extension SIPStack {
    /// Our Contact for dialogs over this transport (RFC 3261 §8.1.1.8); nil: the library's own, which is UDP.
    func contact(_ transport: Transport) -> String? {
        guard transport != .udp, let port = settings.port(transport) else { return nil }
        return "<sip:\(settings.address):\(port);transport=\(transport.rawValue)>"
    }

    /// Where all requests of a dialog go whatever its URIs say: over TLS to the server whose name is checked.
    func proxy(_ target: SIPTarget) -> String? {
        guard target.transport == .tls else { return nil }
        let name = target.serverName ?? target.address
        return "sip:\(name):\(target.port);transport=tls;maddr=\(target.address)"
    }

    /// Our later requests to a leg that called us go to a target whose name is checked: over TLS its Contact alone
    /// would be an address that its certificate need not show. Nothing over other transports.
    public func route(_ leg: LegID, through target: SIPTarget) {
        assertOnLoop()
        guard let dialog = dialogOfLeg[leg].flatMap({ dialogs[$0] }), let proxy = proxy(target) else { return }
        dialling(target)
        withTexts([proxy]) { sofia_route(dialog.handle, $0[0]) }
    }

    /// The Request-URI; user may be empty.
    func uri(of target: SIPTarget) -> String {
        let user = target.user.isEmpty ? "" : HeaderLines.escaped(target.user) + "@"
        let phone = target.user.hasPrefix("+") ? ";user=phone" : ""
        let transport = target.transport == .udp ? "" : ";transport=\(target.transport.rawValue)"
        return "sip:\(user)\(target.address):\(target.port)\(transport)\(phone)"
    }

    /// We are about to send there: watched if it is a connection.
    func dialling(_ target: SIPTarget) {
        guard target.transport != .udp else { return }
        target.address.withCString { sofia_dialling(stack, $0, target.port) }
    }

    /// Who may send requests and connect by TCP or TLS; asked for each request, and once for each connection. Set it on
    /// the loop. Default: everybody.
    public func admit(_ admits: @escaping (_ address: String) -> SIPAdmission) {
        assertOnLoop()
        self.admits = admits
    }

    /// The far side of a dialog is heard wherever it is; no Call-ID: a connection.
    func admission(_ address: String, _ callID: String?) -> sofia_admission {
        let known = callID.flatMap { dialogsOfCall[$0] }?.compactMap { dialogs[$0] } ?? []
        if known.contains(where: { $0.hosts.contains(address) }) { return SOFIA_TAKEN }
        switch admits(address) {
        case .taken: return SOFIA_TAKEN
        case .refused: return SOFIA_REFUSED
        case .dropped: return SOFIA_DROPPED
        }
    }

    func wasShut(_ why: sofia_shut) {
        counted.withLock { counters in
            switch why {
            case SOFIA_SHUT_STRANGER: counters.strangerConnections += 1
            case SOFIA_SHUT_CROWD: counters.crowdedConnections += 1
            case SOFIA_SHUT_SILENT, SOFIA_SHUT_STUCK: counters.silentConnections += 1
            default: return  // What it had said is counted already.
            }
        }
    }
}

/// What becomes of a request from an address.
public enum SIPAdmission: Sendable {
    case taken
    /// An INVITE becomes an arrival, which its owner refuses; nothing else is answered.
    case refused
    /// Nothing is answered.
    case dropped
}

extension Transport {
    /// Of a Via header's sent-protocol.
    init(via: String?) {
        let word = via?.split(separator: " ", maxSplits: 1).first?.split(separator: "/").last?.lowercased()
        self = word.flatMap(Transport.init(rawValue:)) ?? .udp
    }
}
