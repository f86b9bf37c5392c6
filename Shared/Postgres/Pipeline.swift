import CLibPQ

/// One message to the server within a pipeline.
enum PipelineMessage {
    case prepare(name: String, sql: String)
    case run(name: String, ParameterBlock)

    func send(_ handle: OpaquePointer) -> Int32 {
        switch self {
        case .prepare(let name, let sql): PQsendPrepare(handle, name, sql, 0, nil)
        case .run(let name, let block):
            block.withPointers { values, lengths, formats in
                PQsendQueryPrepared(handle, name, block.count, values, lengths, formats, 1)
            }
        }
    }
}

/// What became of a pipeline: the results of the messages before the first that was refused, and why that was.
struct PipelineOutcome {
    var results: [ResultSet] = []
    /// The refused message is the one after the last result. If all have one, the server refused to commit.
    var refusal: PostgresError?
}

extension Link {
    /// Sends all messages and one sync, then reads a result for each. Outside of a transaction they are one: the sync
    /// commits it. After an error the server skips the rest, up to the sync.
    /// - Throws: `.lost` or `.timeout` if the connection is gone.
    func pipeline(limitMs: Int, _ messages: [PipelineMessage]) throws(PostgresError) -> PipelineOutcome {
        let deadline = try beginWork(limitMs: limitMs)
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        for message in messages { guard message.send(handle) == 1 else { throw lost() } }
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        try flush(until: deadline)
        let outcome = try outcome(of: messages.count, until: deadline)
        guard PQexitPipelineMode(handle) == 1 else { throw lost() }
        return outcome
    }

    private func outcome(of count: Int, until deadline: ContinuousClock.Instant) throws(PostgresError)
        -> PipelineOutcome
    {
        var outcome = PipelineOutcome()
        // Each message gives one result and then none; a refused commit gives one more, before that of the sync.
        var left = 2 * count + 3
        while left > 0 {
            left -= 1
            guard let result = try next(until: deadline) else { continue }
            switch result.status {
            case PGRES_PIPELINE_SYNC: return outcome
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_FATAL_ERROR:
                let error = failure(of: result)
                guard isUsable else { throw error }
                outcome.refusal = outcome.refusal ?? error
            default: outcome.results.append(result)
            }
        }
        throw lost()
    }
}
