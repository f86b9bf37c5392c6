import ServiceKit

/// How trunks are met.
struct TrunkSettings: Sendable {
    /// What a request hears that comes from an address which no trunk allows.
    enum Strangers: String, CaseIterable, Sendable { case silent, refuse }
    let strangers: Strangers
    /// Folder with a file per trunk that registers, named by its id: the password.
    let secrets: String?

    /// Keys: `sip.strangers`, `trunks.secrets`.
    init(reading reader: SettingsReader) {
        strangers = reader.choice("sip.strangers", default: .silent)
        secrets = reader.optionalFolder("trunks.secrets")
    }
}
