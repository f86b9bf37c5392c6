import AudioKernel
import BusContract
import Codecs
import Foundation
import TelephonyModel

/// An encoded sound of whole frames, in memory that stays where it is as long as its library.
struct Sound {
    let bytes: UnsafePointer<UInt8>
    let frames: Int
}

/// Everything that legs can hear beside each other, made once at the start in both codecs: the worker only copies it.
///
/// Unchecked, since it holds pointers: nobody writes to what they lead to after `init`.
final class SoundLibrary: @unchecked Sendable {
    enum Name: Hashable {
        case silence
        case tone(Tone)
        case prompt(String, Language)
    }
    private struct Key: Hashable { let name: Name, codec: Codec }
    private var sounds: [Key: Sound] = [:]

    /// Reads `<folder>/<language>/*.wav` and makes the tones of `country`.
    /// - Throws: `.setting` when a language's folder cannot be read or a file is no 8 kHz mono 16-bit WAV.
    init(country: String, promptFolder: String) throws(MediaEngineError) {
        add(.silence, [Int16](repeating: 0, count: AudioFrame.samples))
        for tone in Tone.allCases {
            add(.tone(tone), ToneGenerator.loop(ToneTable.cadence(tone, country: country)))
        }
        for language in Language.allCases { try readPrompts("\(promptFolder)/\(language.rawValue)", language) }
    }
    deinit { for sound in sounds.values { sound.bytes.deallocate() } }

    subscript(_ name: Name, _ codec: Codec) -> Sound? { sounds[Key(name: name, codec: codec)] }

    /// Prompts of a language, by name.
    func prompts(_ language: Language) -> [String] {
        let names = sounds.keys.compactMap { key -> String? in
            guard case .prompt(let name, language) = key.name, key.codec == .pcma else { return nil }
            return name
        }
        return names.sorted()
    }

    private func readPrompts(_ folder: String, _ language: Language) throws(MediaEngineError) {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw MediaEngineError(
                .setting, "cannot read the prompts in \(folder); set \"prompts\" to the folder that holds de/ and en/")
        }
        for file in files.sorted() where file.hasSuffix(".wav") {
            add(.prompt(String(file.dropLast(4)), language), try samples("\(folder)/\(file)"))
        }
    }

    private func samples(_ path: String) throws(MediaEngineError) -> [Int16] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw MediaEngineError(.setting, "cannot read the prompt \(path); check its permissions")
        }
        do {
            let samples = try WAVFile.samples(of: [UInt8](data))
            guard !samples.isEmpty else { throw MediaEngineError(.setting, "the prompt \(path) is empty") }
            return samples
        } catch let error as WAVError {
            throw MediaEngineError(.setting, "\(path): \(error.message)")
        } catch let error as MediaEngineError {
            throw error
        } catch { throw MediaEngineError(.setting, "\(path): \(error)") }
    }

    /// Fills the last frame with silence.
    private func add(_ name: Name, _ samples: [Int16]) {
        let frames = AudioFrame.count(holding: samples.count)
        let padding = [Int16](repeating: 0, count: frames * AudioFrame.samples - samples.count)
        for codec in Codec.allCases {
            let bytes = stablePointer(G711.encode(samples + padding, as: codec))
            sounds[Key(name: name, codec: codec)] = Sound(bytes: bytes, frames: frames)
        }
    }
}

/// A copy that does not move; the caller frees it.
func stablePointer(_ bytes: [UInt8]) -> UnsafePointer<UInt8> {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    memory.initialize(from: bytes, count: bytes.count)
    return UnsafePointer(memory)
}
