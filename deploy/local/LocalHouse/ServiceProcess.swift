import Foundation

/// One of our services as a process of its own, with a settings file written for it.
public final class ServiceProcess: Sendable {
    public let service: String
    public let instance: String
    public let child: Child

    /// Starts `rufbus-SERVICE` of this build and waits for the log line "ready".
    /// - Parameters:
    ///   - settings: the YAML file's text, without `instance` and `bus`.
    ///   - folder: where settings and log are written.
    ///   - core: the one core it may run on; nil: all.
    /// - Throws: with the end of the log, if it ends or is not ready within `limit`.
    public init(
        _ service: String, instance: String = "a1", busURL: String, settings: String, folder: String,
        core: Int? = nil, limit: Duration = .seconds(20)
    ) async throws(HouseError) {
        (self.service, self.instance) = (service, instance)
        let name = "\(service)-\(instance)"
        let file = "\(folder)/\(name).yaml"
        try writeFile(file, "instance: \(instance)\nbus:\n  url: \(busURL)\n\(settings)\n")
        let command =
            try (core.map { ["/usr/bin/taskset", "--cpu-list", "\($0)"] } ?? [])
            + [Build.executable("rufbus-\(service)"), "--config", file]
        child = try Child(
            name, command[0], Array(command.dropFirst()), environment: Self.environment, folder: folder)
        let child = child
        try await child.waitUntil("ready", limit: limit) { Self.isReady(child.logText) }
    }

    /// An orderly end by SIGTERM.
    @discardableResult
    public func stop() async -> Child.Exit? { await child.stop(limit: .seconds(10)) }
    public func kill() async { await child.kill() }

    /// Resident memory in bytes; nil when it has ended.
    public var residentBytes: Int? { ProcessFigures.residentBytes(child.pid) }
    /// CPU time so far, user and system.
    public var cpuTime: Duration? { ProcessFigures.cpuTime(child.pid) }

    static func isReady(_ log: String) -> Bool {
        log.split(separator: "\n").contains {
            $0.contains("\"message\":\"ready\"") || $0.contains("\"message\": \"ready\"")
        }
    }

    /// Settings of this shell (RUFBUS_BUS_URL …) would override the file; those of a sanitizer are for all processes.
    private static let environment = {
        let sanitizers = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        return ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"].merging(sanitizers) { $1 }
    }()
}
