import CallControl
import Foundation
import Logging
import TelephonyModel

/// Each event of a seat with what followed from it, once, at debug level: the simulator can play a call again from it.
/// Telephone numbers keep their last two digits only: a device's number is in no log.
enum EventLog {
    static func write(
        _ event: Seat.Event, _ effects: [Seat.Effect], of holder: SeatHolder, at now: Instant, to logger: Logger
    ) {
        guard logger.logLevel <= .debug else { return }
        var metadata: Logger.Metadata = [
            "seat": "\(holder.seat.user)", "at": "\(now.milliseconds)", "event": "\(text(event))",
            "effects": "\(text(effects))",
        ]
        if let call = event.call {
            metadata["call"] = "\(call)"
            metadata["conversation"] = "\(holder.conversation(of: call))"
        }
        logger.debug("seat", metadata: metadata)
    }

    private static func text(_ value: some Encodable) -> String {
        do { return masked(String(decoding: try JSONEncoder().encode(value), as: UTF8.self)) } catch {
            return "not encodable: \(error)"
        }
    }

    /// JSON in which every string of five or more digits, with or without `+`, shows its last two only.
    static func masked(_ json: String) -> String {
        json.split(separator: "\"", omittingEmptySubsequences: false).map { part in
            let digits = part.hasPrefix("+") ? part.dropFirst() : part
            guard digits.utf8.count >= 5, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return part }
            return Substring("x" + digits.suffix(2))
        }.joined(separator: "\"")
    }
}

extension SeatHolder {
    fileprivate func conversation(of call: CallID) -> CallID {
        seat.running.first { $0.picture.call == call }?.position.conversation ?? call
    }
}
