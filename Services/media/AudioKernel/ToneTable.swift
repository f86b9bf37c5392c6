import TelephonyModel

/// The call progress tones of countries, after the list of national tones of ITU-T E.180 Supplement 2.
public enum ToneTable {
    /// What is used for a country without an entry.
    public static let fallback = "DE"

    /// Countries with tones of their own, ISO 3166-1 alpha-2.
    public static var countries: [String] { entries.map(\.country) }

    /// - Parameter country: ISO 3166-1 alpha-2, in any case; those without an entry get the tones of Germany.
    public static func cadence(_ tone: Tone, country: String) -> Cadence {
        let wanted = country.uppercased()
        let entry = entries.first { $0.country == wanted } ?? germany
        return switch tone {
        case .ringback: entry.ringback
        case .busy: entry.busy
        case .congestion: entry.congestion
        }
    }

    private struct Entry: Sendable {
        let country: String, ringback: Cadence, busy: Cadence, congestion: Cadence
    }

    private static let germany = Entry(
        country: "DE", ringback: Cadence([425], [(1_000, 4_000)]), busy: Cadence([425], [(480, 480)]),
        congestion: Cadence([425], [(240, 240)]))

    private static let entries = [
        germany,
        Entry(
            country: "AT", ringback: Cadence([420], [(1_000, 5_000)]), busy: Cadence([420], [(400, 400)]),
            congestion: Cadence([420], [(200, 200)])),
        Entry(
            country: "CH", ringback: Cadence([425], [(1_000, 4_000)]), busy: Cadence([425], [(500, 500)]),
            congestion: Cadence([425], [(200, 200)])),
        Entry(
            country: "FR", ringback: Cadence([440], [(1_500, 3_500)]), busy: Cadence([440], [(500, 500)]),
            congestion: Cadence([440], [(250, 250)])),
        Entry(
            country: "GB", ringback: Cadence([400, 450], [(400, 200), (400, 2_000)]),
            busy: Cadence([400], [(375, 375)]), congestion: Cadence([400], [(400, 350), (225, 525)])),
        Entry(
            country: "US", ringback: Cadence([440, 480], [(2_000, 4_000)]), busy: Cadence([480, 620], [(500, 500)]),
            congestion: Cadence([480, 620], [(250, 250)])),
    ]
}
