import BusClient
import Foundation
import Logging

/// Writes one JSON object a line: time, level, service, instance, message, then metadata by name.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let service: String
    private let instance: String
    private let write: @Sendable (String) -> Void

    init(
        service: String, instance: String, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = JSONLogHandler.toStandardError
    ) {
        (self.service, self.instance, self.logLevel, self.write) = (service, instance, level, write)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = "\(error)" }
        write(line(event.level, event.message.description, all))
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let fixed = [
            ("time", Timestamp.now()), ("level", level.rawValue), ("service", service), ("instance", instance),
            ("message", message),
        ]
        let names = Set(fixed.map(\.0))
        var parts = fixed.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            parts.append("\(Self.quoted(names.contains(key) ? key + "_" : key)):\(Self.json(value))")
        }
        return "{\(parts.joined(separator: ","))}\n"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): quoted(value.description)
        case .array(let values): "[\(values.map(json).joined(separator: ","))]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",")
                + "}"
        }
    }

    /// A JSON string (RFC 8259 §7).
    private static func quoted(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            return "\"" + text + "\""
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let control where control.value < 0x20:
                let hex = String(control.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// One write a line, so that lines of several threads do not mix.
    private static func toStandardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Foundation.write(STDERR_FILENO, rest.baseAddress, rest.count)
                guard count > 0 || errno == EINTR else { return }  // Nobody reads the log: nothing can be said of it.
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, count)))
            }
        }
    }
}
