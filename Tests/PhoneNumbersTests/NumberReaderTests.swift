import BusContract
import PhoneNumbers
import Testing

private let munich = NumberReader(
    OfficeNumbers(
        country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X", "72X"], trunkNumber: "+4989840987"))

/// How people write one number, and what is dialled.
private let outside: [(String, String)] = [
    ("+49 89 12345678", "+498912345678"),
    ("+49 (0)89 12345678", "+498912345678"),
    ("0049 89 12345678", "+498912345678"),
    ("089 12345678", "+498912345678"),
    ("(089) 123-456-78", "+498912345678"),
    ("089/12345678", "+498912345678"),
    ("0 089 12345678", "+498912345678"),
    ("0 0171 1234567", "+491711234567"),
    ("0 0044 20 7946 0958", "+442079460958"),
    ("tel:+49-171-1234567;phone-context=x", "+491711234567"),
    ("0171 1234567", "+491711234567"),
]

@Test(arguments: outside) func anOutsideNumberIsRead(_ written: String, _ dialled: String) throws {
    #expect(try munich.read(written) == .outside(dialled))
}

@Test(arguments: [("23", "23"), (" 725 ", "725"), ("+49 89 840987-23", "23"), ("0 089 84098723", "23")])
func aNumberOfThisOfficeIsItsExtension(_ written: String, _ extension: String) throws {
    #expect(try munich.read(written) == .inside(`extension`))
}

@Test(arguments: ["112", "110", "911", "999", "000", "0112", "0 110", "1 1 2", "tel:112"])
func emergencyNumbersAreNeverDialled(_ written: String) {
    let refusal = #expect(throws: Refusal.self) { try munich.read(written) }
    #expect(refusal?.status == 403 && refusal?.code == "emergency-number")
    #expect(refusal?.sentence.contains("Dial it on the phone itself") == true)
}

/// An office whose extensions look like emergency numbers.
@Test(arguments: ["089 840987112", "+4989840987110", "0 089 840987112", "+49898409870112"])
func anExtensionThatIsAnEmergencyNumberIsNotDialled(_ written: String) {
    let office = OfficeNumbers(
        country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["1XX", "01XX"], trunkNumber: "+4989840987")
    let refusal = #expect(throws: Refusal.self) { try NumberReader(office).read(written) }
    #expect(refusal?.status == 403 && refusal?.code == "emergency-number")
    #expect(throws: Never.self) { try NumberReader(office).read("089 840987123") }
}

@Test(arguments: ["", "   ", "abc", "089 CALL", "5", "99999", "+49", "+999 123456", String(repeating: "1", count: 65)])
func whatIsNoNumberIsRefusedWithASentence(_ written: String) {
    let refusal = #expect(throws: Refusal.self) { try munich.read(written) }
    #expect(refusal?.status == 422 && refusal?.code == "no-such-number")
}

@Test func twoReadingsThatBothExistAreNotGuessed() {
    // 0 + 0212 (Solingen), or 00 212 (Morocco).
    let refusal = #expect(throws: Refusal.self) { try munich.read("00212 522 123456") }
    #expect(refusal?.code == "two-readings")
}

@Test func anOfficeWithoutPrefixReadsTheSameNumbers() throws {
    let plain = NumberReader(
        OfficeNumbers(country: "AT", areaCode: "1", outsidePrefix: "", internalBands: [], trunkNumber: "+431234"))
    #expect(try plain.read("0664 1234567") == .outside("+436641234567"))
    #expect(throws: Refusal.self) { try plain.read("133") }
}
