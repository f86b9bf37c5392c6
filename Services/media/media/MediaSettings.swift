import AudioKernel
import MediaEngine
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
        ports = reader.portPairs("rtp.ports", default: 20_000...20_999)
        let countries = ToneTable.countries
        country = reader.value(
            "office.country", expected: "one of \(countries.joined(separator: ", "))", default: "DE", broken: ""
        ) { countries.contains($0) ? $0 : nil }
        promptFolder = reader.text(
            "prompts", expected: "a folder with the prompts of each language", problem: PromptFolder.problem)
    }
}
