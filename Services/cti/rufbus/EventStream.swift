import Foundation
import FoundationNetworking
import Synchronization

/// Reads server-sent events as they come.
final class EventStream: NSObject, URLSessionDataDelegate {
    struct Event: Sendable {
        var name: String
        var data: String
    }
    private let continuation: AsyncThrowingStream<Event, any Error>.Continuation
    private struct State {
        var buffer = Data()
        var refusal: HTTPURLResponse?
    }
    private let state = Mutex(State())

    static func events(_ request: URLRequest) -> AsyncThrowingStream<Event, any Error> {
        AsyncThrowingStream { continuation in
            let configuration = URLSessionConfiguration.default
            configuration.timeoutIntervalForRequest = 60  // The gateway says every 10 s that it is still there.
            let reader = EventStream(continuation)
            let session = URLSession(configuration: configuration, delegate: reader, delegateQueue: nil)
            session.dataTask(with: request).resume()
            continuation.onTermination = { _ in session.invalidateAndCancel() }
        }
    }

    private init(_ continuation: AsyncThrowingStream<Event, any Error>.Continuation) {
        self.continuation = continuation
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse, response.statusCode != 200 {
            state.withLock { $0.refusal = response }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let blocks = state.withLock { state in
            state.buffer.append(data)
            return state.refusal == nil ? Self.cut(&state.buffer) : []
        }
        for event in blocks.compactMap(Self.parse) { continuation.yield(event) }
    }

    /// Takes the whole events out of what has come.
    private static func cut(_ buffer: inout Data) -> [Data] {
        var blocks: [Data] = []
        while let end = buffer.range(of: Data("\n\n".utf8)) {
            blocks.append(Data(buffer[..<end.lowerBound]))
            buffer = Data(buffer[end.upperBound...])
        }
        return blocks
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        do {
            let (refusal, body) = state.withLock { ($0.refusal, $0.buffer) }
            if let refusal { try APIClient.check(body, refusal) }
            continuation.finish(throwing: CommandFailure(error?.localizedDescription ?? "the gateway ended the stream"))
        } catch { continuation.finish(throwing: error) }
    }

    /// nil for comments.
    private static func parse(_ block: Data) -> Event? {
        var event = Event(name: "", data: "")
        for line in String(decoding: block, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
        }
        return event.data.isEmpty ? nil : event
    }
}
