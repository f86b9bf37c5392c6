import BusContract
import MediaControl
import TelephonyModel

// Short words for the stories: two calls of two seats on instance m1, owned by signaling instance a1.

typealias Event = MediaControl.Event
typealias Effect = MediaControl.Effect
typealias QuestionID = MediaControl.QuestionID

let (anna, bert) = (UserID(unchecked: "anna"), UserID(unchecked: "bert"))
let (talk, other) = (CallID(unchecked: "talk"), CallID(unchecked: "other"))
let (device, party) = (LegID(unchecked: "talk-d"), LegID(unchecked: "talk-p"))
let (a1, a2, m1) = (InstanceID(unchecked: "a1"), InstanceID(unchecked: "a2"), InstanceID(unchecked: "m1"))

func position(_ call: CallID, of seat: UserID = anna, epoch: Int = 1, _ sequence: Int = 0) -> CallPosition {
    CallPosition(seat: seat, call: call, conversation: call, epoch: epoch, sequence: sequence)
}
func position(epoch: Int = 1, _ sequence: Int) -> CallPosition { position(talk, epoch: epoch, sequence) }

func open(
    _ question: Int, _ call: CallID = talk, of seat: UserID = anna, legs: [LegID] = [device, party], epoch: Int = 1,
    by owner: InstanceID = a1
) -> Event {
    // The request carries the call's own sequence; media counts for itself.
    let request = OpenMedia(position: position(call, of: seat, epoch: epoch, 7), owner: owner, legs: legs)
    return .open(request, QuestionID(question))
}

func commands(
    _ question: Int, _ list: [MediaCommand], call: CallID = talk, of seat: UserID = anna, epoch: Int = 1
) -> Event {
    .commands(MediaCommands(position: position(call, of: seat, epoch: epoch), commands: list), QuestionID(question))
}

func close(_ question: Int, _ call: CallID = talk, of seat: UserID = anna, epoch: Int = 1) -> Event {
    .close(CloseMedia(position: position(call, of: seat, epoch: epoch)), QuestionID(question))
}

func renew(_ question: Int, _ calls: [(CallID, UserID)] = [(talk, anna)], epoch: Int = 1, by owner: InstanceID = a1)
    -> Event
{
    let leases = calls.map { RenewMedia.Lease(seat: $0.1, call: $0.0, epoch: epoch) }
    return .renew(RenewMedia(owner: owner, leases: leases), QuestionID(question))
}

func ports(_ legs: [LegID] = [device, party], from first: UInt16 = 20_000) -> [LocalAudio] {
    legs.enumerated().map { LocalAudio(leg: $1, address: "127.0.0.1", port: first + UInt16($0) * 2) }
}

func granted(_ question: Int, _ ports: [LocalAudio] = ports()) -> Effect {
    .reply(QuestionID(question), .opened(OpenMedia.Answer(instance: m1, legs: ports)))
}

func done(_ question: Int) -> Effect { .reply(QuestionID(question), .done) }

func renewed(_ question: Int, unknown: [CallID] = []) -> Effect {
    .reply(QuestionID(question), .renewed(RenewMedia.Answer(unknown: unknown)))
}

func refused(_ question: Int, _ status: Int, _ code: String, _ sentence: String) -> Effect {
    .refuse(QuestionID(question), Refusal(status, code, sentence))
}

let counters = [
    MediaFact.Leg(leg: device, packetsReceived: 50, packetsSent: 49), MediaFact.Leg(leg: party, packetsReceived: 49),
]
