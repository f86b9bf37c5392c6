import BusContract
import CallControl
import TelephonyModel

// Where a call goes that no phone takes, or that the user's rules let ring nowhere.

private let voicemail = Destination(number: "99", reach: .inside), colleague = Destination(number: "45", reach: .inside)
private func anna(
    fallback: Destination?, _ byReason: [ReasonFallback] = [], _ answer: DirectoryTrunk.LastAnswer = .notHere
) -> Profile {
    House.profile([House.mobilePhone], fallback: fallback, rules: IncomingRules(fallbacks: byReason)) {
        $0.lastAnswer = answer
    }
}
private func rings(_ profile: Profile, viaGroup: Bool = false, ports: [LegRole] = [.device, .party, .fallback])
    -> [Step]
{
    [
        Step(0, house.calls(nil, profile, viaGroup: viaGroup)), Step(2, house.ports(ports)),
        Step(4, .linesGranted(legs: [device])), Step(300, .provisional(device, status: 180, nil)),
    ]
}
private func refused(_ answer: DirectoryTrunk.LastAnswer, fallback: Destination? = nil) -> [Step] {
    rings(
        anna(fallback: fallback, [], answer),
        ports: fallback == nil ? [.device, .party] : [.device, .party, .fallback])
}

let diversionStories: [Story] = [
    Story(
        "busy has a fallback of its own",
        after: rings(anna(fallback: colleague, [ReasonFallback(reason: .busy, to: voicemail)])),
        Step(1_000, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "reserve f 1/0"),
        Step(
            1_004, .linesGranted(legs: [fallback]), "invite f at 99 as +498984098723 diverted from +498984098723",
            "arm ring 31004", "4 call.ringing")),
    Story(
        "another reason takes the general one",
        after: rings(anna(fallback: colleague, [ReasonFallback(reason: .busy, to: voicemail)])),
        Step(1_000, .failed(device, status: 603, cause: nil), "3 leg.ended d 603", "disarm ring", "reserve f 1/0"),
        Step(
            1_004, .linesGranted(legs: [fallback]), "invite f at 45 as +498984098723 diverted from +498984098723",
            "arm ring 31004", "4 call.ringing")),
    Story(
        "a fallback for another reason only: back to the trunk",
        after: rings(anna(fallback: nil, [ReasonFallback(reason: .busy, to: voicemail)])),
        Step(
            1_000, .failed(device, status: 603, cause: nil), "3 leg.ended d 603", "disarm ring", "480 to p",
            "4 leg.ended p 480", "close media", "5 call.ended deviceDeclined by user")),
    Story(
        "a trunk that takes its second route on 503", after: refused(.unavailable),
        Step(
            1_000, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "503 to p",
            "4 leg.ended p 503", "close media", "5 call.ended deviceBusy by user")),
    Story(
        "a trunk that follows 302 has no use for a fallback that was called in vain",
        after: refused(.redirect, fallback: colleague),
        Step(1_000, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "reserve f 1/0"),
        Step(
            1_004, .linesGranted(legs: [fallback]), "invite f at 45 as +498984098723 diverted from +498984098723",
            "arm ring 31004", "4 call.ringing"),
        Step(
            1_100, .failed(fallback, status: 486, cause: nil), "5 leg.ended f 486", "disarm ring", "480 to p",
            "6 leg.ended p 480", "close media", "7 call.ended deviceBusy by user")),
    Story(
        "a trunk that follows 302 reaches the fallback when we have no line for it",
        after: refused(.redirect, fallback: colleague),
        Step(1_000, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "reserve f 1/0"),
        Step(
            1_004, .linesRefused(legs: [fallback], Refusal(503, "no-line", "All lines are busy.")),
            "302 to p: 45", "4 leg.ended p 302", "close media",
            "5 call.ended deviceBusy by user")),
    Story(
        "a group's call: no fallback, 480 so that the PBX goes on",
        after: rings(anna(fallback: colleague, [], .unavailable), viaGroup: true, ports: [.device, .party]),
        Step(
            1_000, .failed(device, status: 486, cause: nil), "3 leg.ended d 486", "disarm ring", "480 to p",
            "4 leg.ended p 480", "close media", "5 call.ended deviceBusy by user")),
    Story(
        "a group's call that the user does not want rings nowhere",
        Step(
            0, house.calls(nil, route: .groupNotWanted, viaGroup: true), "1 call.started", "480 to p",
            "2 leg.ended p 480", "3 call.ended notRung by system")),
    Story(
        "a blocked caller is refused",
        Step(
            0, house.calls(nil, route: .blocked), "1 call.started", "603 to p", "2 leg.ended p 603",
            "3 call.ended callerBlocked by system")),
    Story(
        "do not disturb: no phone rings, the fallback for it does",
        Step(
            0,
            house.calls(
                nil, anna(fallback: colleague, [ReasonFallback(reason: .doNotDisturb, to: voicemail)]),
                route: .fallback(.doNotDisturb)), "1 call.started", "arm alert 900", "reserve p 1/1 even if full",
            "open media p+f", "reserve f 1/0"), Step(2, house.ports([.party, .fallback]), "media: p at 40000"),
        Step(
            3, .linesGranted(legs: [fallback]), "invite f at 99 as +498984098723 diverted from +498984098723",
            "arm ring 30003", "2 call.ringing")),
    Story(
        "do not disturb without a fallback: back to the trunk at once",
        Step(
            0, house.calls(nil, house.withoutFallback, route: .fallback(.doNotDisturb)), "1 call.started", "480 to p",
            "2 leg.ended p 480", "3 call.ended notRung by system")),
    Story(
        "the assistant rings first, then the user's fallback",
        Step(
            0, house.calls(nil, anna(fallback: colleague), route: .divert(Destination(number: "21", reach: .inside))),
            "1 call.started", "arm alert 900", "reserve p 1/1 even if full", "open media p+f", "reserve f 1/0"),
        Step(2, house.ports([.party, .fallback]), "media: p at 40000"),
        Step(
            3, .linesGranted(legs: [fallback]), "invite f at 21 as +498984098723 diverted from +498984098723",
            "arm ring 30003", "2 call.ringing"),
        Step(1_000, .failed(fallback, status: 486, cause: nil), "3 leg.ended f 486", "disarm ring", "reserve f1 1/0"),
        Step(
            1_003, .linesGranted(legs: [LegID(house.call, .fallback, 1)]),
            "invite f1 at 45 as +498984098723 diverted from +498984098723", "arm ring 31003", "4 call.ringing")),
]
