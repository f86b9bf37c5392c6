@testable import BusContract
import TelephonyModel
import Testing

@Test func crcOfTheStandardCheckString() { #expect(RoutingKey.crc32("123456789".utf8) == 0xCBF4_3926) }
