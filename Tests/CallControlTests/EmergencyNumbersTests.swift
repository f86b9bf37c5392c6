import CallControl
import Testing

@Test(arguments: [
    ("112", "0"), ("0112", "0"), ("110", ""), ("00110", ""), ("000", "0"), ("0000", "0"), ("911", "9"), ("9911", "9"),
    ("999", "9"), ("9999", "9"), ("1 1-2", "0"), ("+112", "0"), ("000112", "0"), ("00911", ""),
])
func emergencyNumbersAreKnown(_ dialled: String, _ prefix: String) {
    #expect(EmergencyNumbers.isOne(dialled, behind: prefix))
}

@Test(arguments: [
    ("23", "0"), ("7112", "0"), ("1121", "0"), ("0004940112", "0"), ("115", "0"), ("0116117", "0"), ("", ""),
    ("0", "0"),
    ("00", "0"), ("9112", "0"),
])
func otherNumbersAreNot(_ dialled: String, _ prefix: String) {
    #expect(!EmergencyNumbers.isOne(dialled, behind: prefix))
}
