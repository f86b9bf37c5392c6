import SIPStack
import TrunkControl

/// Who may speak to us: the addresses that some trunk allows. Others hear nothing or, if it is set so, a refusal, of
/// which there are not more than ten a second: an answer to a forged address is a stone thrown by us.
struct Strangers {
    private static let aSecond = 10
    private let isRefused: Bool
    private var second: Int64 = 0
    private var refused = 0
    /// Nil until the directory is known: then everybody is heard, and told to come again.
    var rules: SourceRules?

    init(_ setting: TrunkSettings.Strangers) { isRefused = setting == .refuse }

    mutating func admission(_ address: String, at boot: Int64) -> SIPAdmission {
        guard let rules, rules.trunks(from: address).isEmpty else { return .taken }
        if boot / 1_000 != second { (second, refused) = (boot / 1_000, 0) }
        guard isRefused, refused < Self.aSecond else { return .dropped }
        refused += 1
        return .refused
    }
}
