import LocalHouse
import Testing

/// Whole calls: real phones (baresip, sipp) behind a real PBX (Kamailio), all services, RabbitMQ and PostgreSQL.
/// One after the other, in one house, so that after each call everything must be back to nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EndToEnd {}

/// The house of this run: started by the first test; it ends with the process, whatever happens.
enum Run {
    private static let starting = Task { try await Office() }
    /// As every test begins: whatever the one before it left, also when it failed, is put back.
    static func office() async throws -> Office {
        let office = try await starting.value
        await office.witnesses.endAll()
        for user in [office.anna, office.carl, office.dora, office.emil] { try await user.use("mobile") }
        return office
    }
}
