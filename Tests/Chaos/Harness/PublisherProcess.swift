import Foundation
import LocalHouse

/// `rufbus-chaos publish` as a process of its own, so that it can be killed.
final class PublisherProcess: Sendable {
    let child: Child
    private let output: String

    init(_ run: PublisherRun, folder: String) throws(HouseError) {
        let name = "publisher-\(run.workload.name)-\(run.part)"
        output = "\(folder)/\(name).out"
        child = try Child(
            name, try Build.executable("rufbus-chaos"),
            [
                "publish", "--bus", run.busURL, "--instance", run.instance, "--workload", run.workload.name,
                "--seed", "\(run.workload.seed)", "--calls", "\(run.workload.calls)", "--part", "\(run.part)",
                "--parts", "\(run.parts)", "--rate", "\(run.rate)",
            ], folder: folder, output: output)
    }

    /// By its last whole line.
    var progress: PublisherProgress {
        guard let file = FileHandle(forReadingAtPath: output) else { return PublisherProgress() }
        defer { file.closeFile() }
        let length = file.seekToEndOfFile()
        file.seek(toFileOffset: length - min(length, 400))
        let lines = String(decoding: file.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
        return lines.reversed().lazy.compactMap { PublisherProgress($0) }.first ?? PublisherProgress()
    }
}
