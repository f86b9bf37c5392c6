import Foundation
import Synchronization

/// baresip's control connection (module ctrl_tcp): JSON in netstrings, commands out, events in.
final class PhoneControl: Sendable {
    private let descriptor: Int32
    private let closed = Mutex(false)

    /// - Parameter heard: called on the reading thread for each event.
    init(address: String, port: UInt16, heard: @escaping @Sendable (PhoneEvent) -> Void) throws(HouseError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, withAddress(address, port, { connect(descriptor, $0, $1) }) == 0 else {
            throw HouseError("no control connection to the phone at \(address):\(port): \(errorText())")
        }
        self.descriptor = descriptor
        Thread.detachNewThread { [self] in read(heard) }
    }

    func send(_ command: String, _ parameters: String) throws(HouseError) {
        let message = Self.netstring(#"{"command":"\#(command)","params":"\#(parameters)","token":"t"}"#)
        guard Foundation.send(descriptor, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else {
            throw HouseError("the phone does not take \(command): \(errorText())")
        }
    }

    /// The reading thread sees the end and closes.
    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func read(_ heard: (PhoneEvent) -> Void) {
        var frames = NetstringReader()
        var buffer = [UInt8](repeating: 0, count: 8_192)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for frame in frames.take(buffer[..<count]) {
                if let event = PhoneEvent(json: frame) { heard(event) }
            }
        }
        Foundation.close(descriptor)
    }

    private static func netstring(_ text: String) -> [UInt8] { Array("\(text.utf8.count):\(text),".utf8) }
}

/// Cuts a byte stream into netstrings ("5:hello,").
struct NetstringReader {
    private var rest: [UInt8] = []

    mutating func take(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        rest += bytes
        var frames: [[UInt8]] = []
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            guard let length = Int(String(decoding: rest[..<colon], as: UTF8.self)) else {
                rest = []
                break
            }
            guard rest.count >= colon + length + 2 else { break }
            frames.append(Array(rest[(colon + 1)...(colon + length)]))
            rest.removeFirst(colon + length + 2)
        }
        return frames
    }
}

/// What a phone says: "CALL_INCOMING", "CALL_ESTABLISHED", "CALL_CLOSED", "REGISTER_OK", "CALL_DTMF_START" …
public struct PhoneEvent: Sendable, Hashable {
    public let type: String
    public let peer: String
    /// For CALL_CLOSED the reason, for CALL_DTMF_START the key.
    public let parameter: String

    init?(json: [UInt8]) {
        guard let object = try? JSONDecoder().decode(Line.self, from: Data(json)), let type = object.type else {
            return nil
        }
        (self.type, peer, parameter) = (type, object.peeruri ?? "", object.param ?? "")
    }
    private struct Line: Decodable { var type, peeruri, param: String? }
}
