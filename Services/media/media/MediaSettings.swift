import AudioKernel
import ServiceKit

/// The settings of rufbus-media.
struct MediaSettings: Sendable {
    /// IPv4 literal that phones and PBX can reach.
    let address: String
    /// RTP on even ports, RTCP on the next ones.
    let ports: ClosedRange<UInt16>
    /// Whose tones are played.
    let country: String
    /// Holds a folder for each language.
    let promptFolder: String

    init(_ reader: SettingsReader) {
        address = reader.address("rtp.address")
        ports = reader.portRange("rtp.ports", default: 20_000...20_999)
        country = reader.text(
            "office.country", expected: "one of \(ToneTable.countries.joined(separator: ", "))", default: "DE")
        promptFolder = reader.folder("prompts")
    }
}
