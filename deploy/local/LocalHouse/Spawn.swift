import Foundation

/// Starts a program by posix_spawn: in a process group of its own (Ctrl-C at our terminal reaches us alone), with
/// signals as at boot and no descriptor but the three standard ones.
struct Spawn {
    var executable: String
    var arguments: [String]
    /// Nil: that of this process.
    var environment: [String: String]?
    var folder = "/"
    /// Standard input; nil: /dev/null.
    var input: Int32?
    /// Whether the program begins only when a line comes on `input` (and ends at once if that closes before); its own
    /// standard input is /dev/null then.
    var isGated = false
    /// File to which standard error, and standard output without `output`, are appended; nil: /dev/null.
    var log: String?
    var output: String?

    /// Answers the process id.
    func run() throws(HouseError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        prepare(&actions)
        prepare(&attributes)
        var pid: pid_t = 0
        let code = withStrings(["sh", "-c", script, folder, executable] + arguments) { command in
            withStrings(variables) { posix_spawn(&pid, "/bin/sh", &actions, &attributes, command, $0) }
        }
        guard code == 0 else { throw HouseError("cannot start \(executable): \(errorText(code)); run make setup") }
        return pid
    }

    /// posix_spawn knows neither a folder nor a gate.
    private var script: String {
        isGated
            ? #"read -r go || exit 125; cd "$0" && exec "$@" </dev/null"#
            : #"cd "$0" && exec "$@""#
    }

    private var variables: [String] {
        (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
    }

    private func prepare(_ actions: inout posix_spawn_file_actions_t) {
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        if let output {
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 2, 1)
        }
        // Libraries in this process may hold sockets that are not close-on-exec. A number that is not open is no harm.
        for descriptor in 3...(highestDescriptor + 8) { posix_spawn_file_actions_addclose(&actions, descriptor) }
    }

    private var highestDescriptor: Int32 {
        guard let folder = opendir("/proc/self/fd") else { return 64 }
        defer { closedir(folder) }
        var highest: Int32 = 2
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            highest = max(highest, Int32(name) ?? 0)
        }
        return highest
    }

    private func prepare(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }
}

/// A pipe that programs started meanwhile do not inherit.
struct PipeEnds {
    let out: Int32
    let `in`: Int32

    init() throws(HouseError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw HouseError("no pipe: \(errorText())") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (out, self.in) = (ends[0], ends[1])
    }

    func close() {
        Foundation.close(out)
        Foundation.close(self.in)
    }
}

/// The strings as a C array that ends with NULL, valid in `body`.
private func withStrings<R>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
) -> R {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
