import LocalHouse
import Testing

/// Whole calls: real phones (baresip, sipp) behind a real PBX (Kamailio), all services, RabbitMQ and PostgreSQL.
/// One after the other, in one house, so that after each call everything must be back to nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EndToEnd {}

/// The house of this run: started by the first test; it ends with the process, whatever happens.
enum Run {
    private static let starting = Task { try await Office() }
    static func office() async throws -> Office {
        let office = try await starting.value
        await office.witnesses.endAll()
        return office
    }
}
