import AudioKernel
import TelephonyModel

/// Looks at the prompts before the engine runs.
public enum PromptFolder {
    /// What calls ask for (CallControl/CallGuard.swift), in each language.
    static let names = ["accept", "confirm"]

    /// What is wrong with `<folder>/<language>/<name>.wav`, in words; nil if all can be played.
    public static func problem(in folder: String) -> String? {
        do throws(MediaEngineError) {
            let sounds = try SoundLibrary(country: ToneTable.fallback, promptFolder: folder)
            return missing(in: sounds).map { "\($0).wav is missing" }
        } catch { return error.message }
    }

    private static func missing(in sounds: SoundLibrary) -> String? {
        for language in Language.allCases {
            let there = Set(sounds.prompts(language))
            if let name = names.first(where: { !there.contains($0) }) { return "\(language.rawValue)/\(name)" }
        }
        return nil
    }
}
