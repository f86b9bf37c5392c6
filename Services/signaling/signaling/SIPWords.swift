import BusContract
import CallControl
import SDP
import SIPStack
import TelephonyModel

// The same things in the words of SIP, SDP, bus and call control.

extension RemoteAudio {
    /// 0.0.0.0 while the far side wants nothing to be sent: by that address, or by sendonly or inactive
    /// (RFC 3264 §8.4).
    init(_ far: FarAudio) {
        self.init(
            address: far.direction.receives ? far.address : "0.0.0.0", port: far.port, codec: far.codec,
            payloadType: far.payloadType,
            dtmfPayloadType: far.dtmfPayloadType)
    }
}

extension ReasonHeader {
    init(_ reason: SIPReason) { self.init(reason.scheme.rawValue, cause: reason.cause, text: reason.text) }
}

extension SIPReason {
    /// Of the values in a message, the first that says a cause in a scheme that we know.
    init?(_ headers: [ReasonHeader]) {
        for header in headers {
            guard let scheme = Scheme(rawValue: header.scheme.uppercased()), let cause = header.cause else { continue }
            self.init(scheme, cause, header.text ?? "")
            return
        }
        return nil
    }
}

extension [ReasonHeader] {
    /// The Q.850 cause, if one is said.
    var q850: Int? { first { $0.isQ850 && $0.cause != nil }?.cause }
}

extension InviteHeaders {
    init(_ arrival: SIPArrival) {
        self.init(
            diversions: arrival.diversions.compactMap(\.address.user),
            historyInfo: arrival.historyInfo.compactMap(\.user),
            calledParty: arrival.calledParty?.user, requestURI: arrival.requestURI.user, to: arrival.to.user,
            from: Caller(arrival.from), asserted: arrival.assertedIdentities.map(Caller.init), privacy: arrival.privacy)
    }
}

extension InviteHeaders.Caller {
    init(_ address: SIPAddress) { self.init(user: address.user, host: address.host, display: address.display) }
}

extension LegMessage {
    /// What a phone of the user's, or a fallback, or a colleague's phone writes behind its status may name its number:
    /// shown is the usual phrase. The party of an incoming call speaks for itself.
    init(_ leg: LegID, _ role: LegRole, isCaller: Bool, _ message: SIPMessage) {
        self.init(
            leg: leg, role: role, way: message.way == .sent ? .sent : .received, method: message.method,
            status: message.status, phrase: isCaller ? message.phrase : message.usualPhrase, hasSDP: message.hasSDP)
    }
}
