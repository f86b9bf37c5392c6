import Foundation
import LocalHouse
import TelephonyModel

/// One run of sipp with a scenario of this suite.
final class SIPp: Sendable {
    private let sipp: Sipp
    private let folder: LocalFolder

    /// - Parameters:
    ///   - office: whom to call; nil to wait for a call.
    ///   - status: takes the place of `{status}` in the scenario.
    init(
        _ scenario: String, calling office: UInt16? = nil, calls: Int = 1, rate: Int = 10, status: Int = 0,
        transport: Transport = .udp
    ) throws {
        let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "scenarios")
        let text = try String(contentsOf: scenarios.appending(path: scenario + ".xml"), encoding: .utf8)
        folder = try LocalFolder("sipp")
        let way = "SIP/2.0/\(transport.rawValue.uppercased())"
        let contact = transport == .udp ? "[local_port]>" : "[local_port];transport=\(transport.rawValue)>"
        let said = text.replacing("{status}", with: "\(status)").replacing("SIP/2.0/UDP", with: way)
            .replacing(#/(Contact: <.*)\[local_port\]>/#) { $0.output.1 + contact }
        sipp = try Sipp(
            scenario, said, remote: office.map { "127.0.0.1:\($0)" },
            service: "+498984098723", calls: calls,
            more: ["-r", "\(rate)", "-timeout", "60", "-timeout_error"] + (transport == .tcp ? ["-t", "t1"] : []),
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
