import Foundation
import LocalHouse

/// One run of sipp with a scenario of this suite.
final class SIPp: Sendable {
    private let sipp: Sipp
    private let folder: LocalFolder

    /// - Parameters:
    ///   - office: whom to call; nil to wait for a call.
    ///   - status: takes the place of `{status}` in the scenario.
    init(_ scenario: String, calling office: UInt16? = nil, calls: Int = 1, rate: Int = 10, status: Int = 0) throws {
        let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "scenarios")
        let text = try String(contentsOf: scenarios.appending(path: scenario + ".xml"), encoding: .utf8)
        folder = try LocalFolder("sipp")
        sipp = try Sipp(
            scenario, text.replacing("{status}", with: "\(status)"), remote: office.map { "127.0.0.1:\($0)" },
            service: "+498984098723", calls: calls, more: ["-r", "\(rate)", "-timeout", "60", "-timeout_error"],
            in: folder)
    }

    var port: UInt16 { sipp.port }

    /// Waits for the end: nil if all calls went as the scenario says, else what sipp says.
    func complaint() async -> String? {
        var complaint: String?
        do { try await sipp.finish(limit: .seconds(70)) } catch { complaint = "\(error)" }
        do { try folder.remove() } catch { print(error) }
        return complaint
    }
}
