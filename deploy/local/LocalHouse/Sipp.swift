import Foundation

/// A sipp process with one scenario: devices and parties that do what no real phone can be told to do.
public final class Sipp: Sendable {
    public let port: UInt16
    public let child: Child
    private let messages: String

    /// - Parameters:
    ///   - remote: "address:port" for a caller, nil for one who is called.
    ///   - calls: it ends after so many.
    ///   - more: further arguments.
    public init(
        _ name: String, _ scenario: String, address: String = "127.0.0.1", remote: String? = nil, service: String = "",
        calls: Int = 1, more: [String] = [], in house: LocalFolder
    ) throws(HouseError) {
        let place = try house.folder("sipp-\(name)-\(UInt16.random(in: 0...9_999))")
        try writeFile(place + "/scenario.xml", scenario)
        port = try FreePort.next()
        messages = place + "/messages.log"
        var arguments = ["-sf", place + "/scenario.xml", "-i", address, "-p", "\(port)", "-m", "\(calls)", "-nostdin"]
        arguments += ["-trace_msg", "-message_file", messages, "-trace_err", "-error_file", place + "/errors.log"]
        arguments += ["-mp", "\(try FreePort.range(8).lowerBound)", "-timer_resol", "10"]
        if !service.isEmpty { arguments += ["-s", service] }
        child = try Child("sipp", "/usr/bin/sipp", arguments + more + (remote.map { [$0] } ?? []), folder: place)
    }

    /// Waits until its calls are over.
    /// - Throws: with its messages, if one did not follow the scenario.
    public func finish(limit: Duration = .seconds(60)) async throws(HouseError) {
        let exit = await child.wait(limit: limit)
        if exit == .status(0) { return }
        if exit == nil { await child.kill() }
        let how = exit.map { "\($0)" } ?? "not finished within \(limit)"
        throw HouseError("sipp: \(how). Its messages end with:\n\(trace.suffix(4_000))")
    }

    /// All SIP messages so far, as sipp writes them.
    public var trace: String {
        FileManager.default.contents(atPath: messages).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    public func stop() async { await child.kill() }
}
