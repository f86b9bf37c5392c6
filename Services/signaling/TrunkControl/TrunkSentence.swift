import BusContract
import TelephonyModel

/// What a trunk's state means, and what to do, for people.
enum TrunkSentence {
    static func of(
        _ trunk: DirectoryTrunk, _ state: TrunkState.State, _ target: Int?, _ targets: TrunkTargets,
        _ registrar: Registrar?
    ) -> String {
        let name = "Trunk \(trunk.trunk)"
        let place = target.map { " at \(text(trunk.targets[$0]))" } ?? ""
        switch state {
        case .up: return "\(name) is up\(place)."
        case .registering: return "\(name) is being registered\(place)."
        case .full:
            return "\(name) has no free line: it refused a call. Calls go on in some seconds, or get more channels."
        case .down:
            // Who knows more has said what to do.
            let advice =
                targets.records.allSatisfy(\.isAdvised) ? "" : " Check the PBX, its address, port and transport."
            return "\(name) is down: \(whys(trunk, targets)).\(advice)"
        case .unauthorised:
            return
                "\(name) does not take our registration (\(registrar?.refusal ?? "refused")): set its registration's "
                + "user in the directory right, and the password in the file \(trunk.trunk) in the folder "
                + "trunks.secrets; it is tried again in 5 minutes."
        case .unknown: return name
        }
    }

    private static func whys(_ trunk: DirectoryTrunk, _ targets: TrunkTargets) -> String {
        trunk.targets.indices.map { "\(text(trunk.targets[$0])): \(targets.records[$0].words)" }.joined(separator: "; ")
    }

    static func text(_ target: TrunkTarget) -> String {
        "\(target.transport.rawValue):\(target.address):\(target.port)"
    }
}

extension TrunkTarget {
    /// As in `udp:192.0.2.10:5060`.
    public var text: String { TrunkSentence.text(self) }
}
