import BusClient
import BusContract
import CTIGateway
import Logging
import PhoneNumbers
import Synchronization
import TelephonyModel

/// What the gateway asks, asked over the bus. Keeps a copy of the office's way of writing numbers.
final class BusHouse: GatewayHouse {
    private let bus: Bus
    private let logger: Logger
    private let reader = Mutex<NumberReader?>(nil)
    /// How old the copy of the office's numbers may be, in seconds.
    private static let officeSeconds = 30

    init(_ bus: Bus, logger: Logger) { (self.bus, self.logger) = (bus, logger) }

    func ask<R: BusRequest>(_ request: R, of instance: InstanceID?) async throws(Refusal) -> R.Answer {
        try await bus.request(request, to: instance)
    }

    func read(_ number: String) throws(Refusal) -> DialTarget {
        guard let reader = reader.withLock({ $0 }) else {
            throw Refusal(503, "no-directory", "The directory has not answered yet: try again in a few seconds.")
        }
        switch try reader.read(number) {
        case .outside(let e164): return DialTarget(number: e164, reach: .outside)
        case .inside(let `extension`): return DialTarget(number: `extension`, reach: .inside)
        }
    }

    /// Asks for the office's numbers now and then; sooner while there are none. Returns when it is cancelled.
    func keepOffice() async {
        while !Task.isCancelled {
            let isFresh = await refreshOffice()
            do { try await Task.sleep(for: .seconds(isFresh ? Self.officeSeconds : 1)) } catch { return }
        }
    }

    private func refreshOffice() async -> Bool {
        do throws(Refusal) {
            guard case .office(let office) = try await bus.request(PresenceQuery(.office)) else { return false }
            reader.withLock { $0 = NumberReader(office) }
            return true
        } catch {
            logger.warning("the directory did not answer", metadata: ["why": "\(error.sentence)"])
            return false
        }
    }
}
