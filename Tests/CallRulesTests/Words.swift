import BusContract
import CallRules
import TelephonyModel

// What the stories are told with: Anna, who calls her, and a Wednesday at noon.

let office = OfficeNumbers(
    country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X"], trunkNumber: "+4989840987")
let mobile = DeviceID(unchecked: "mobile"), desk = DeviceID(unchecked: "desk")
let home = PlanID(unchecked: "home")
let assistant = Destination(number: "25", reach: .inside)
let mailbox = Destination(number: "+498912345", reach: .outside)
let noon = LocalTime(.wed, minute: 720)
let always = WeekHours(from: 0, to: 1_440)
let atNoon = WeekHours(days: [.wed], from: 660, to: 780)

func caller(_ number: String?) -> IncomingCaller { IncomingCaller(number, office: office) }

func anna(_ rules: IncomingRules = IncomingRules(), fallback: Destination? = mailbox) -> DirectoryUser {
    func device(_ id: DeviceID, _ name: String, _ ring: Int) -> Device {
        Device(
            id: id, kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .key, name: name,
            ringSeconds: ring)
    }
    return DirectoryUser(
        user: UserID(unchecked: "anna"), name: "Anna", officeNumber: "+498984098723", extension: "23", language: .de,
        devices: [device(mobile, "Mobile", 25), device(desk, "Desk", 30)], active: mobile, fallback: fallback,
        plans: [
            RingPlan(
                id: home, name: "Home", mode: .sequence,
                steps: [
                    RingStep(device: desk, ringSeconds: 10),
                    RingStep(device: mobile, delaySeconds: 2, answerGuard: AnswerGuard.none),
                ])
        ], rules: rules)
}
