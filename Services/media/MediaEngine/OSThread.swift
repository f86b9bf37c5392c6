import CMediaIO
import Glibc

/// A thread that can be waited for until it is gone.
final class OSThread: Sendable {
    private let id: pthread_t

    /// - Parameter name: at most 15 bytes; what `top -H` shows.
    init(name: String, body: @escaping @Sendable () -> Void) throws(MediaEngineError) {
        let start = Unmanaged.passRetained(Start(name, body))
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                media_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw MediaEngineError(.system, "no thread \"\(name)\": \(errorText(code)); raise the limit on threads")
        }
        self.id = id
    }

    /// Waits until the thread has ended. Once only. On the thread itself there is nothing to wait for.
    func join() {
        if pthread_equal(pthread_self(), id) != 0 { pthread_detach(id) } else { pthread_join(id, nil) }
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }
}
