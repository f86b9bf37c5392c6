import CRabbitMQ
import Foundation

/// Wakes a thread that waits in `poll` (an eventfd).
final class Wake: Sendable {
    private let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(descriptor >= 0, "eventfd: no file descriptor left")
    }
    deinit { close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)  // Fails only when it is signalled 2^64 times over.
    }

    /// Waits until a signal, input on `socket` (if any) or the time (rounded up to ms) is over; takes the signal back.
    /// Answers whether the socket has input, or has ended.
    @discardableResult
    func wait(socket: Int32?, nanoseconds: UInt64) -> Bool {
        let milliseconds = Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
        return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { descriptors in
            descriptors[0] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            descriptors[1] = pollfd(fd: socket ?? -1, events: Int16(POLLIN), revents: 0)  // -1 is passed over.
            poll(descriptors.baseAddress, 2, milliseconds)
            if descriptors[0].revents != 0 { takeBack() }
            return descriptors[1].revents != 0
        }
    }

    private func takeBack() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// The monotonic clock, in nanoseconds.
enum Clock {
    static func now() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}

extension UInt64 {
    /// Nanoseconds in so many milliseconds.
    static func milliseconds(_ count: Int) -> UInt64 { UInt64(Swift.max(0, count)) * 1_000_000 }
}
