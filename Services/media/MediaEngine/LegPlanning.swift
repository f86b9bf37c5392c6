import BusContract
import Synchronization
import TelephonyModel

// From a leg's record to the plan that the worker follows, and the end of plans that were replaced.
extension LegDesk {
    mutating func publish(_ leg: LegID) {
        guard let record = records[leg] else { return }
        let plan = UnsafeMutablePointer<LegPlan>.allocate(capacity: 1)
        plan.initialize(to: makePlan(record))
        let old = worker.slots[record.slot].plan.exchange(plan, ordering: .sequentiallyConsistent)
        if let old { retire(old) }
        freeRetired(all: false)
    }

    private func makePlan(_ record: LegRecord) -> LegPlan {
        var listeners: UnsafePointer<Int32>?
        if !record.listeners.isEmpty {
            let memory = UnsafeMutablePointer<Int32>.allocate(capacity: record.listeners.count)
            memory.initialize(from: record.listeners, count: record.listeners.count)
            listeners = UnsafePointer(memory)
        }
        return LegPlan(
            rtp: record.sockets.rtp, rtcp: record.sockets.rtcp, serials: record.serials, remote: record.remote,
            source: planned(record.source, record.remoteAudio?.codec ?? .pcma), collect: record.collect,
            listeners: listeners, listenerCount: record.listeners.count)
    }

    private func planned(_ source: AudioSource, _ codec: Codec) -> LegPlan.Source {
        switch source {
        case .leg(let other): .leg(records[other]?.slot ?? -1)
        case .silence: sound(.silence, codec, nil)
        case .tone(let tone): sound(.tone(tone), codec, nil)
        case .prompt(let name, let language, let times): sound(.prompt(name, language), codec, times)
        }
    }

    private func sound(_ name: SoundLibrary.Name, _ codec: Codec, _ times: Int?) -> LegPlan.Source {
        guard let sound = sounds[name, codec] else { preconditionFailure("a sound that was checked is gone") }
        return .sound(sound.bytes, frames: sound.frames, times: times)
    }

    mutating func retire(_ plan: UnsafeMutablePointer<LegPlan>) {
        retired.append((plan, worker.words.pointee.rounds.load(ordering: .sequentiallyConsistent)))
    }

    /// A round that had begun when the plan was exchanged may hold it, and may be one further than the count says: so
    /// two rounds later nobody holds it.
    mutating func freeRetired(all: Bool) {
        let round = worker.words.pointee.rounds.load(ordering: .sequentiallyConsistent)
        retired.removeAll { entry in
            guard all || round >= entry.round + 2 else { return false }
            LegDesk.free(entry.plan)
            return true
        }
    }

    static func free(_ plan: UnsafeMutablePointer<LegPlan>) {
        plan.pointee.listeners?.deallocate()
        plan.deallocate()
    }
}
