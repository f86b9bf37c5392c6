import Glibc

/// Wakes a thread that waits for a socket: a pipe whose end is polled beside it.
final class Interrupt: Sendable {
    /// Readable once it is raised; -1 if the process had no descriptor left: then poll ignores it.
    let descriptor: Int32
    private let bell: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
        (descriptor, bell) = (ends[0], ends[1])
    }

    /// For good: whatever waits from now on is woken at once.
    func raise() { write(bell, "!", 1) }

    deinit { for end in [descriptor, bell] where end >= 0 { close(end) } }
}
