import Foundation

/// A file descriptor of the outbox: mode 0600, not inherited, no link followed; closed with this. Errors are numbers of
/// errno.
struct OutboxDescriptor: ~Copyable {
    struct Failure: Error { let code: Int32 }

    private let descriptor: Int32

    /// - Throws: `.outbox` with a sentence that says what to do.
    init(opening path: String, _ flags: Int32) throws(BusError) {
        descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw BusError(
                .outbox,
                "bus.outbox: \(path) cannot be opened (\(String(cString: strerror(errno)))); its folder must "
                    + "be writable for the service's user")
        }
        fchmod(descriptor, 0o600)  // It may have been made by hand.
    }

    deinit { close(descriptor) }

    /// Ours until it is closed; false if another process has it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func readAll() -> Result<[UInt8], Failure> {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(Failure(code: errno)) }
        guard let bytes = read(0..<Int(status.st_size)) else { return .failure(Failure(code: errno)) }
        return .success(bytes)
    }

    /// Nil if not all of it can be read.
    func read(_ place: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: place.count)
        let isWhole = bytes.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = pread(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    off_t(place.lowerBound + done))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
        return isWhole ? bytes : nil
    }

    /// Writes all of it; answers what stood in the way. Part of it may be there then.
    func write(_ bytes: [UInt8], at offset: Int) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                done += count
            }
            return nil
        }
    }

    /// Answers what stood in the way.
    func cut(to size: Int) -> Int32? { ftruncate(descriptor, off_t(size)) == 0 ? nil : errno }

    func sync() { fdatasync(descriptor) }
}
