import Foundation
import TelephonyModel
import Testing

@testable import BusClient

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_767_225_599_999, "2025-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func isTheSameBothWays(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp.text(milliseconds: milliseconds) == text)
        #expect(Timestamp.milliseconds(text) == milliseconds)
    }

    @Test func everyDayOfFourHundredYearsComesBack() {
        for day in stride(from: Int64(-30_000), through: 116_097, by: 1) {
            let milliseconds = day * 86_400_000 + 45_296_789
            #expect(Timestamp.milliseconds(Timestamp.text(milliseconds: milliseconds)) == milliseconds)
        }
    }

    @Test(arguments: [
        "", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-32T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z", "2026-01-01 00:00:00.000Z", "2026-01-01T00:00:00.000+00:00",
        "2026-01-0٣T00:00:00.000Z",
    ])
    func otherFormsAreRefused(_ text: String) { #expect(Timestamp.milliseconds(text) == nil) }
}

@Suite struct UUID7Tests {
    @Test func hasItsFieldsInPlace() {
        let text = uuid7(milliseconds: 0x0123_4567_89AB, random: (.max, 0))
        #expect(text == "01234567-89ab-7fff-8000-000000000000")
        #expect(uuid7(milliseconds: 0, random: (0, .max)) == "00000000-0000-7000-bfff-ffffffffffff")
    }

    @Test func isAUUIDOfNow() throws {
        let before = Int64(Date().timeIntervalSince1970 * 1_000)
        let text = uuid7()
        #expect(UUID(uuidString: text) != nil && text == text.lowercased())
        let stamp = try #require(Int64(text.replacingOccurrences(of: "-", with: "").prefix(12), radix: 16))
        #expect(abs(stamp - before) < 5_000)
    }
}

@Suite struct BrokerURLTests {
    @Test func readsAllParts() throws {
        let url = try BrokerURL("amqp://media:p%40ss@10.0.0.7:5673/rufbus")
        #expect(url.host == "10.0.0.7" && url.port == 5673 && url.user == "media")
        #expect(url.password == "p@ss" && url.virtualHost == "rufbus")
    }

    @Test func hasDefaults() throws {
        let url = try BrokerURL("amqp://media:x@broker")
        #expect(url.port == 5672 && url.virtualHost == "/")
        #expect(try BrokerURL("amqp://media:x@broker/%2Fhouse").virtualHost == "/house")
    }

    @Test func withTLSItHasAnotherPortAndFiles() throws {
        let files = BusSettings.TLS(authorities: "/a.pem")
        let settings = BusSettings(
            url: "amqps://media:x@broker", service: "media", instance: InstanceID(unchecked: "a1"), tls: files)
        let url = try BrokerURL(settings)
        #expect(url.port == 5671 && url.tls == files)
        #expect(try BrokerURL("amqp://media:x@broker").tls == nil)
    }

    @Test(arguments: [
        ("http://a:b@c/d", "amqp://"), ("amqp://broker/rufbus", "user and password"), ("amqp://a:b@/x", "host"),
        ("amqp://a:b@c:99999/x", "port"), ("amqp://a:b@c/x/y", "%2F"), ("broker", "amqp://"),
    ])
    func saysWhatIsWrong(_ text: String, _ word: String) {
        #expect { try BrokerURL(text) } throws: { error in
            let error = error as? BusError
            return error?.kind == .badURL && error?.message.contains(word) == true
                && error?.message.contains("bus.url") == true
        }
    }
}

@Suite struct BrokerVersionTests {
    @Test(
        arguments: [
            ("RabbitMQ", "3.10.8", nil), ("RabbitMQ", "4.1.0", nil), ("RabbitMQ", "3.9.29", "3.9.29"),
            ("RabbitMQ", "2.8.4", "2.8.4"), ("RabbitMQ", "next", nil), ("LavinMQ", "1.2.3", nil), (nil, nil, nil),
        ] as [(String?, String?, String?)])
    func anOldOneWillNotDo(_ product: String?, _ version: String?, _ named: String?) {
        let problem = BrokerVersion.problem(product: product, version: version)
        #expect((problem == nil) == (named == nil))
        if let named { #expect(problem?.contains(named) == true && problem?.contains("3.10 or newer") == true) }
    }
}

@Suite struct EnvelopeReaderTests {
    private func why(_ text: String) -> String? {
        guard case .failure(let error) = EnvelopeReader.read(Content(exchange: "x", key: "k", body: Array(text.utf8)))
        else { return nil }
        return error.description
    }

    @Test(arguments: [
        ("hello", "not JSON"), ("", "not JSON"), (#"{"id":"1"}"#, "specversion"),
        (#"{"specversion":"0.3","id":"1","source":"s","type":"t","time":"x","data":{}}"#, "specversion must be 1.0"),
        (#"{"specversion":"1.0","source":"s","type":"t","time":"x","data":{}}"#, "\"id\" is missing"),
        (#"{"specversion":"1.0","id":7,"source":"s","type":"t","time":"x","data":{}}"#, "\"id\""),
        (#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"x"}"#, "\"data\" is missing"),
        (
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"x","data":{},"call":"c"}"#,
            "\"seat\" is missing"
        ),
    ])
    func saysWhyBytesAreNoMessage(_ text: String, _ words: String) {
        #expect(why(text)?.contains(words) == true, "\(why(text) ?? "was read")")
    }

    @Test func passesOverUnknownAttributesAndPayloads() {
        #expect(why(#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"x","data":[1],"later":{}}"#) == nil)
    }
}
