import Foundation
import LocalHouse

/// CPU time so far of each service, the broker and the database, in milliseconds.
struct CPUMeter {
    private let before: [String: Double]
    private let house: House

    init(_ house: House) {
        self.house = house
        before = Self.read(house)
    }

    /// What was used since the meter was made.
    func used() -> [String: Double] {
        Self.read(house).merging(before) { now, then in now - then }
    }

    private static func read(_ house: House) -> [String: Double] {
        var times: [String: Double] = [:]
        for service in house.services { times[service.service] = milliseconds(service.cpuTime ?? .zero) }
        times["broker"] = (house.broker.server?.pid).map { tree($0) }
        times["database"] = (house.database.server?.pid).map { tree($0) }
        return times
    }

    static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

    /// A process, its living descendants, and those that have ended and were waited for.
    static func tree(_ root: Int32) -> Double {
        let all = processes()
        var members: Set<Int32> = [root]
        while true {
            let more = all.filter { members.contains($0.parent) && !members.contains($0.pid) }
            if more.isEmpty { break }
            members.formUnion(more.map(\.pid))
        }
        return all.filter { members.contains($0.pid) }.map(\.milliseconds).reduce(0, +)
    }

    private static func processes() -> [(pid: Int32, parent: Int32, milliseconds: Double)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { pid in
            guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
            // The name in parentheses may hold spaces; behind it: state, parent … utime, stime, cutime, cstime.
            let text = String(decoding: data, as: UTF8.self)
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            guard fields.count > 15, let parent = Int32(fields[2]) else { return nil }
            let ticks = fields[12...15].compactMap { Double($0) }.reduce(0, +)
            return (pid, parent, ticks * 1_000 / Double(sysconf(Int32(_SC_CLK_TCK))))
        }
    }
}
