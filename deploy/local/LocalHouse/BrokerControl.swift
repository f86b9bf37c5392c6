import BusContract

/// What an operator tells a running broker, by its own `rabbitmqctl` (two seconds of CPU a command).
extension Broker {
    /// The broker takes no messages while it holds more than this share of the machine's memory.
    public func setMemoryLimit(share: String) async throws(HouseError) {
        try await control(["set_vm_memory_high_watermark", share])
    }
    /// What RabbitMQ begins with.
    public static let usualMemoryShare = "0.4"

    /// The broker takes no messages while its disk has less room than this ("50MB").
    public func setDiskLimit(free: String) async throws(HouseError) {
        try await control(["set_disk_free_limit", free])
    }
    /// What RabbitMQ begins with.
    public static let usualDiskLimit = "50MB"

    /// How many messages its queues hold, delivered and not yet acknowledged ones too.
    public func heldMessages() async throws(HouseError) -> Int {
        let lines = try await control(["--silent", "list_queues", "-p", Topology.virtualHost, "messages"])
        return lines.split(separator: "\n").compactMap { Int($0) }.reduce(0, +)
    }

    /// The same of one queue.
    public func heldMessages(in queue: String) async throws(HouseError) -> Int {
        let lines = try await control(["--silent", "list_queues", "-p", Topology.virtualHost, "name", "messages"])
        let fields = lines.split(separator: "\n").map { $0.split(separator: "\t") }
        return fields.first { $0.first == Substring(queue) }.flatMap { $0.last }.flatMap { Int($0) } ?? 0
    }

    /// Throws away what a queue holds.
    public func purge(_ queue: String) async throws(HouseError) {
        try await control(["purge_queue", "-p", Topology.virtualHost, queue])
    }

    /// Runs `rabbitmqctl` and answers what it prints.
    @discardableResult
    public func control(_ command: [String]) async throws(HouseError) -> String {
        let environment = try environment()
        let wanted = ["PATH", "LANG", "HOME", "ERL_EPMD_PORT", "RABBITMQ_CONF_ENV_FILE"]
        let child = try Child(
            "rabbitmqctl", "/usr/lib/rabbitmq/bin/rabbitmqctl",
            ["-n", environment["RABBITMQ_NODENAME"] ?? ""] + command,
            environment: environment.filter { wanted.contains($0.key) }, folder: folder)
        guard await child.wait(limit: .seconds(60)) == .status(0) else {
            await child.kill()
            throw HouseError("rabbitmqctl \(command.joined(separator: " ")): \(child.logTail())")
        }
        return child.logText
    }
}
