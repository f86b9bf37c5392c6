import BusContract
import TelephonyModel

/// The people, numbers and phones of `make run`.
public enum Demo {
    public static let annaPassword = "anna-demo"
    public static let benPassword = "ben-demo"
    /// Carrier side, E.164 digits.
    public static let annaMobile = "491711234567"
    public static let customer = "498912345678"
    public static let annaExtension = "23"
    public static let benExtension = "24"

    public static func directory(pbx: String, port: UInt16) -> DirectoryFile {
        DirectoryFile(office: office, trunks: [trunk(pbx, port)], users: [anna, ben])
    }

    public static let office = OfficeNumbers(
        country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X", "72X"],
        trunkNumber: "+4989840987")

    public static func trunk(_ address: String, _ port: UInt16) -> DirectoryTrunk {
        DirectoryTrunk(
            trunk: TrunkID(unchecked: "pbx"), address: address, port: port, outsidePrefix: "0", bypassPrefix: "7",
            sipChannels: 30, outsideChannels: 30, reserve: 2)
    }

    private static var anna: DirectoryFile.User {
        let facts = DirectoryUser(
            user: UserID(unchecked: "anna"), name: "Anna Beispiel", officeNumber: "+498984098723",
            extension: annaExtension, language: .de,
            devices: [
                Device(
                    id: DeviceID(unchecked: "mobile"), kind: .mobile, reach: .outside, number: "+" + annaMobile,
                    answerGuard: .key, name: "Mobile", ringSeconds: 25),
                officePhone(annaExtension),
            ], active: DeviceID(unchecked: "mobile"),
            fallback: .init(number: annaExtension, reach: .inside))
        return .init(facts, passwordHash: "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3")
    }

    private static var ben: DirectoryFile.User {
        let facts = DirectoryUser(
            user: UserID(unchecked: "ben"), name: "Ben Muster", officeNumber: "+498984098724",
            extension: benExtension, language: .en, devices: [officePhone(benExtension)],
            active: DeviceID(unchecked: "office"), fallback: nil)
        return .init(facts, passwordHash: "$y$j9T$rufbusdemoben0..$69T53UE8dxmThPErgM6Kx6FBHWk.m2bgawW8MmwBBe.")
    }

    private static func officePhone(_ number: String) -> Device {
        Device(
            id: DeviceID(unchecked: "office"), kind: .office, reach: .inside, number: number, answerGuard: .none,
            name: "Office phone", ringSeconds: 25)
    }
}
