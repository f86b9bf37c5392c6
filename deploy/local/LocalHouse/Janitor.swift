import Foundation
import Synchronization

/// Ends what this process started and removes its folders, when this process ends in whatever way, `kill -9` included:
/// a shell at the other end of a pipe, which acts when the pipe closes. So no test needs a clean end to leave a clean
/// machine. (PR_SET_PDEATHSIG would not do: it fires when the thread that forked ends, and knows no grandchildren.)
final class Janitor: Sendable {
    static let shared = Janitor()

    private let pipe: Mutex<Int32?> = Mutex(nil)

    /// From now on process group `group` ends with us: `signal` to its leader, and SIGKILL to all a second later.
    func watch(group: Int32, signal: Int32) throws(HouseError) { try say("group \(group) \(signal)") }
    /// That group has ended; its number may be used again by others.
    func forget(group: Int32) throws(HouseError) { try say("gone \(group)") }
    func watch(folder: String) throws(HouseError) { try say("folder \(folder)") }
    func forget(folder: String) throws(HouseError) { try say("kept \(folder)") }

    private func say(_ line: String) throws(HouseError) {
        let written = try pipe.withLock { (end: inout Int32?) throws(HouseError) -> Bool in
            if end == nil { end = try Self.start() }
            guard let out = end else { return false }
            let bytes = Array((line + "\n").utf8)
            return write(out, bytes, bytes.count) == bytes.count
        }
        if !written { throw HouseError("the janitor that cleans up behind this process has ended: \(errorText())") }
    }

    private static func start() throws(HouseError) -> Int32 {
        let ends = try PipeEnds()
        defer { close(ends.out) }
        _ = try Spawn(executable: "/bin/bash", arguments: ["-c", script, "janitor"], input: ends.out).run()
        return ends.in
    }

    private static let script = """
        trap '' INT TERM HUP
        declare -A groups folders
        while read -r verb what signal; do
          case $verb in
            group) groups[$what]=$signal ;;
            gone) unset "groups[$what]" ;;
            folder) folders[$what]=1 ;;
            kept) unset "folders[$what]" ;;
          esac
        done
        for group in "${!groups[@]}"; do kill -"${groups[$group]}" "$group"; done
        for turn in 1 2 3 4 5 6 7 8 9 10; do
          alive=0
          for group in "${!groups[@]}"; do
            grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$group/status" && alive=1
          done
          [ $alive = 0 ] && break
          sleep 0.1
        done
        for group in "${!groups[@]}"; do kill -KILL -- "-$group"; done
        [ ${#folders[@]} = 0 ] || rm -rf -- "${!folders[@]}" || { sleep 0.3; rm -rf -- "${!folders[@]}"; }
        """
}

/// The text of `errno`.
func errorText(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
