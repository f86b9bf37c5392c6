import BusContract
import TelephonyModel

/// Which trunk a request may come from, by its IPv4 address and nothing else: whatever the transport.
public struct SourceRules: Hashable, Sendable {
    private struct Rule: Hashable, Sendable {
        let network: UInt32, mask: UInt32, trunk: TrunkID
    }
    private let rules: [Rule]

    /// A trunk without `sources` allows its targets' addresses. What cannot be read allows nobody.
    public init(_ trunks: [DirectoryTrunk]) {
        rules = trunks.flatMap { trunk in
            (trunk.sources.isEmpty ? trunk.targets.map(\.address) : trunk.sources).compactMap { text in
                Self.range(text).map { Rule(network: $0.network, mask: $0.mask, trunk: trunk.trunk) }
            }
        }
    }

    /// The trunks that allow it, the narrowest range first; in the order of the directory among equals.
    public func trunks(from address: String) -> [TrunkID] {
        guard let address = Self.address(Substring(address)) else { return [] }
        var found: [(mask: UInt32, trunk: TrunkID)] = []
        for rule in rules
        where address & rule.mask == rule.network && !found.contains(where: { $0.trunk == rule.trunk }) {
            let place = found.firstIndex { $0.mask < rule.mask } ?? found.endIndex
            found.insert((rule.mask, rule.trunk), at: place)
        }
        return found.map(\.trunk)
    }

    /// `192.0.2.10` or `192.0.2.0/24`; nil if it is neither. Bits behind the prefix do not count.
    static func range(_ text: String) -> (network: UInt32, mask: UInt32)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap(address), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return (address, .max) }
        guard let bits = UInt32(parts[1]), bits <= 32, parts[1].utf8.count <= 2 else { return nil }
        let mask = bits == 0 ? 0 : UInt32.max << (32 - bits)
        return (address & mask, mask)
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy({ (48...57).contains($0) }), let byte = UInt8(part) else {
                return nil
            }
            address = address << 8 | UInt32(byte)
        }
        return address
    }
}
