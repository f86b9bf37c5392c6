import BusContract
import MediaControl
import TelephonyModel
import Testing

private let alien = LegID(unchecked: "other-d")

private func remote(
    _ address: String = "192.0.2.7", port: UInt16 = 4_000, payloadType: UInt8 = 8, keys: UInt8? = 101
) -> MediaCommand {
    let audio = RemoteAudio(
        address: address, port: port, codec: .pcma, payloadType: payloadType, dtmfPayloadType: keys)
    return .remote(device, audio)
}
private func prompt(_ name: String, times: Int = 2) -> MediaCommand {
    .hear(device, .prompt(name: name, language: .de, times: times))
}
private func collect(_ digits: String = "12", _ timeoutMs: Int = 10_000) -> MediaCommand {
    .collect(device, id: 1, digits: digits, timeoutMs: timeoutMs)
}
private func effects(of list: [MediaCommand]) -> [Effect] {
    var control = MediaControl(instance: m1)
    _ = control.handle(open(1), at: Instant(milliseconds: 0))
    _ = control.handle(.opened(talk, ports()), at: Instant(milliseconds: 0))
    return control.handle(commands(2, list), at: Instant(milliseconds: 0))
}

private let notOurs = "leg other-d is not one of this call's (talk-d, talk-p)."

@Test(arguments: [
    ([], "A list of media commands has 1 to 64, this one 0."),
    (
        Array(repeating: MediaCommand.stopCollecting(device), count: 65),
        "A list of media commands has 1 to 64, this one 65."
    ),
    ([remote(), .stopCollecting(alien)], "Command 2: \(notOurs)"),
    ([.hear(alien, .silence)], "Command 1: \(notOurs)"),
    ([.hear(device, .leg(alien))], "Command 1: \(notOurs)"),
    ([.hear(device, .leg(device))], "Command 1: leg talk-d cannot hear itself."),
    ([remote("pbx.example")], "Command 1: \"pbx.example\" is not an IPv4 address such as 192.0.2.7."),
    ([remote("192.0.2.256")], "Command 1: \"192.0.2.256\" is not an IPv4 address such as 192.0.2.7."),
    ([remote("192.0.2.+7")], "Command 1: \"192.0.2.+7\" is not an IPv4 address such as 192.0.2.7."),
    ([remote("192.0.2")], "Command 1: \"192.0.2\" is not an IPv4 address such as 192.0.2.7."),
    ([remote(payloadType: 128)], "Command 1: payload type 128 is over 127."),
    ([remote(keys: 200)], "Command 1: telephone-event's payload type 200 is over 127."),
    ([remote(keys: 8)], "Command 1: payload type 8 stands for audio and for telephone-event."),
    ([prompt("../secret")], "Command 1: a prompt's name matches [a-z0-9-]{1,40}, this one is \"../secret\"."),
    ([prompt("")], "Command 1: a prompt's name matches [a-z0-9-]{1,40}, this one is \"\"."),
    ([prompt("accept", times: 0)], "Command 1: a prompt is played 1 to 10 times, not 0."),
    ([prompt("accept", times: 11)], "Command 1: a prompt is played 1 to 10 times, not 11."),
    ([collect("")], "Command 1: the keys to wait for are some of 0123456789*#ABCD, not \"\"."),
    ([collect("1x")], "Command 1: the keys to wait for are some of 0123456789*#ABCD, not \"1x\"."),
    ([collect("11")], "Command 1: a key stands twice in \"11\"."),
    ([collect("1", 99)], "Command 1: a key is awaited for 100 to 120000 ms, not 99."),
    ([collect("1", 120_001)], "Command 1: a key is awaited for 100 to 120000 ms, not 120001."),
])
func isRefused(_ list: [MediaCommand], _ sentence: String) {
    #expect(effects(of: list) == [refused(2, 422, "bad-command", sentence)])
}

@Test(arguments: [
    [remote(), remote(keys: nil), .hear(party, .tone(.ringback))],
    // A far side that wants nothing sent for now (RFC 3264 §8.4).
    [remote("0.0.0.0"), remote(port: 0)],
    [prompt("accept", times: 1), prompt("press-1", times: 10), collect("0123456789*#ABCD", 100)],
    [.hear(device, .leg(party)), collect("1", 120_000), .stopCollecting(device), .hear(device, .silence)],
    Array(repeating: MediaCommand.stopCollecting(device), count: 64),
])
func isTaken(_ list: [MediaCommand]) {
    #expect(effects(of: list) == [.apply(talk, list, QuestionID(2))])
}
