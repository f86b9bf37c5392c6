import BusContract
import CallControl
import CallRules
import SIPStack
import TelephonyModel

/// What is tried first for an incoming call: the user's rules, by the office's clock, in the words of call control.
extension Driver {
    /// What an INVITE finds its user like.
    struct Welcome {
        var route: Route
        var profile: Profile
        var viaGroup: Bool
    }

    /// - Throws: the user's own data do not fit together.
    func welcome(
        _ caller: Caller, _ headers: InviteHeaders, to user: DirectoryUser, on trunk: DirectoryTrunk,
        in directory: Directory
    ) throws(Refusal) -> Welcome {
        let viaGroup = directory.lookup.isViaGroup(headers, to: user.user, prefix: trunk.outsidePrefix)
        let from = IncomingCaller(caller.view.number, office: directory.office)
        let decision = user.rules.decide(caller: from, viaGroup: viaGroup, at: directory.clock.now)
        let (route, device, plan) = decision.then.words
        let profile = try Profile(of: user, on: trunk, device: device, plan: plan)
        return Welcome(route: route, profile: heedingRefusals(profile), viaGroup: viaGroup)
    }
}

extension IncomingDecision.Then {
    fileprivate var words: (Route, DeviceID?, PlanID?) {
        switch self {
        case .refuse: (.blocked, nil, nil)
        case .passOn: (.groupNotWanted, nil, nil)
        case .ring: (.ring, nil, nil)
        case .plan(let plan): (.ring, nil, plan)
        case .device(let device): (.ring, device, nil)
        case .divert(let to): (.divert(to), nil, nil)
        case .fallback(let reason): (.fallback(reason), nil, nil)
        }
    }
}
