import BusClient
import BusContract
import CallControl
import Logging
import TelephonyModel

/// Media: opened by whichever instance takes it first, then worked at there; leases are renewed while a call runs.
extension Driver {
    func openMedia(_ position: CallPosition, _ legs: [LegID]) {
        let request = OpenMedia(position: position, owner: bus.instance, legs: legs)
        bus.request(request) { [here = LoopBound(self, on: stack)] answer in
            here.post { driver in
                switch answer {
                case .success(let opened):
                    driver.tell(position.seat, .mediaOpened(position.call, opened.instance, opened.legs))
                case .failure(let refusal):
                    driver.logger.warning("media refused: \(refusal.sentence)", metadata: position.metadata)
                    driver.tell(position.seat, .mediaRefused(position.call, refusal))
                }
            }
        }
    }

    /// A refusal and a missing instance are the same to a call: its media is gone. Silence, or a bus that is away, says
    /// nothing.
    func media(_ position: CallPosition, _ instance: InstanceID, _ commands: [MediaCommand]) {
        let request = MediaCommands(position: position, commands: commands)
        bus.request(request, to: instance) { [here = LoopBound(self, on: stack)] answer in
            guard case .failure(let refusal) = answer else { return }
            here.post { driver in
                driver.logger.warning("media command refused: \(refusal.sentence)", metadata: position.metadata)
                if ["timeout", "bus-down"].contains(refusal.code) {
                    return driver.tell(position.seat, .mediaSilent(position.call))
                }
                driver.lostMedia(position.seat, position.call)
            }
        }
    }

    func closeMedia(_ position: CallPosition, _ instance: InstanceID) {
        // Otherwise the lease ends by itself.
        if !bus.order(CloseMedia(position: position), to: instance) {
            logger.info("media not closed: the message bus is away", metadata: position.metadata)
        }
    }

    func noticed(_ notice: MediaNotice) {
        tell(notice.position.seat, .mediaNotice(notice.position.call, notice.what))
    }

    // MARK: Leases

    /// One `renew` per media instance, with all calls there.
    func renewMedia() {
        var leases: [InstanceID: [RenewMedia.Lease]] = [:]
        for (user, holder) in seats {
            for lease in holder.seat.leases {
                leases[lease.instance, default: []].append(
                    .init(seat: user, call: lease.call, epoch: holder.seat.epoch))
            }
        }
        for (instance, leases) in leases { renew(leases, at: instance) }
    }

    private func renew(_ leases: [RenewMedia.Lease], at instance: InstanceID) {
        let request = RenewMedia(owner: bus.instance, leases: leases)
        bus.request(request, to: instance) { [here = LoopBound(self, on: stack)] answer in
            let gone: [RenewMedia.Lease] =
                switch answer {
                case .success(let known): leases.filter { known.unknown.contains($0.call) }
                case .failure(let refusal): refusal.code == "no-such-instance" ? leases : []
                }
            guard !gone.isEmpty else { return }
            here.post { driver in
                for lease in gone {
                    var metadata = driver.metadata(of: lease.call, lease.seat)
                    metadata["media"] = "\(instance)"
                    driver.logger.warning("media lost", metadata: metadata)
                    driver.lostMedia(lease.seat, lease.call)
                }
            }
        }
    }

    private func lostMedia(_ user: UserID, _ call: CallID) {
        counters.lostMedia += 1
        tell(user, .mediaLost(call))
    }
}

extension Driver {
    /// What ties a log line to a call of this seat.
    func metadata(of call: CallID, _ user: UserID?) -> Logger.Metadata {
        let running = user.flatMap { seats[$0]?.seat.running.first { $0.position.call == call } }
        return running?.position.metadata ?? ["call": "\(call)", "conversation": "\(call)"]
    }
}

extension CallPosition {
    /// What ties a log line to its call.
    var metadata: Logger.Metadata { ["call": "\(call)", "conversation": "\(conversation)"] }
}
