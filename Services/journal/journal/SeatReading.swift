import BusClient
import BusContract
import JournalCore

/// Why a message of `rufbus.seats` cannot be taken.
struct SeatReadingError: Error, CustomStringConvertible {
    let description: String
}

extension SeatMessage {
    /// Longest name of a claim or an incarnation, in bytes.
    private static let longest = 100
    /// Epochs and revisions; far above any that is counted, far below where counting ends.
    private static let numbers = 0...(1 << 53)

    /// - Throws: what is wrong with it, in words.
    init(_ received: Received) throws {
        switch received.type {
        case SeatClaim.type: self = .claim(try received.data(SeatClaim.self))
        case SeatCheckpoint.type: self = .checkpoint(try received.data(SeatCheckpoint.self))
        case SeatEnd.type: self = .end(try received.data(SeatEnd.self))
        default: throw SeatReadingError(description: "this version does not know \(received.type)")
        }
        try check()
    }

    private func check() throws {
        switch self {
        case .claim(let claim):
            try Self.check([claim.claim, claim.owner.incarnation], [claim.follows ?? 0, claim.first?.revision ?? 0])
        case .checkpoint(let checkpoint):
            try Self.check([checkpoint.owner.incarnation], [checkpoint.epoch, checkpoint.revision])
        case .end(let end): try Self.check([end.owner.incarnation], [end.epoch, end.revision])
        }
    }

    private static func check(_ names: [String], _ counts: [Int]) throws {
        let isName = { (text: String) in
            (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (33...126).contains($0) }
        }
        guard names.allSatisfy(isName) else {
            throw SeatReadingError(description: "claim and incarnation must be 1 to \(longest) printable characters")
        }
        guard counts.allSatisfy(numbers.contains) else {
            throw SeatReadingError(description: "epoch and revision must be 0 to 2^53")
        }
    }
}
