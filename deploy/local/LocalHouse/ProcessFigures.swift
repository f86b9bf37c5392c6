import Foundation

/// What the kernel counts of a process.
public enum ProcessFigures {
    /// Resident memory in bytes; nil if there is no such process.
    public static func residentBytes(_ pid: Int32) -> Int? {
        guard let text = contents("/proc/\(pid)/statm") else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }

    /// CPU time of the process, all its threads, user and system; without its children.
    public static func cpuTime(_ pid: Int32) -> Duration? {
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
        guard let text = contents("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { return nil }
        return .milliseconds((user + system) * 1_000 / sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
