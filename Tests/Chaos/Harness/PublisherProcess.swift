import Foundation
import LocalHouse

/// `rufbus-chaos publish` as a process of its own, so that it can be killed.
final class PublisherProcess: Sendable {
    let child: Child
    private let output: String

    /// - Parameter disk: KiB of a disk of its own for the outbox file, which only this process sees; nil: the folder as
    ///   it is.
    init(_ run: PublisherRun, folder: String, disk: Int? = nil) throws(HouseError) {
        let name = "publisher-\(run.workload.name)-\(run.part)\(run.rate == 0 ? "-heir" : "")"
        output = "\(folder)/\(name).out"
        let command = try [Build.executable("rufbus-chaos")] + Self.arguments(run)
        child = try Child(
            name, "/bin/sh", ["-c", Self.script(run, disk: disk), "publisher"] + command, folder: folder,
            output: output)
    }

    private static func arguments(_ run: PublisherRun) -> [String] {
        [
            "publish", "--bus", run.busURL, "--instance", run.instance, "--workload", run.workload.name,
            "--seed", "\(run.workload.seed)", "--calls", "\(run.workload.calls)", "--part", "\(run.part)",
            "--parts", "\(run.parts)", "--rate", "\(run.rate)",
        ] + (run.outbox.map { ["--outbox", $0] } ?? []) + (run.listensAt.map { ["--listen-at", $0] } ?? [])
    }

    private static func script(_ run: PublisherRun, disk: Int?) -> String {
        guard let disk, let outbox = run.outbox else { return #"exec "$@""# }
        let mount = "mount -t tmpfs -o size=\(disk)k,mode=700 tmpfs '\(outbox)'"
        return "exec unshare --mount sh -c \"\(mount) && exec \\\"\\$@\\\"\" publisher \"$@\""
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
