import BusContract
import TelephonyModel

/// Messages of `rufbus.seats` that were taken together, folded into the rows of their seats in the order in which
/// they came.
public struct SeatFold: Sendable {
    /// A row that is to be written, if it is still in the state that was read.
    public struct Change: Hashable, Sendable {
        public let was: SeatVersion
        public let row: SeatRow
    }

    /// Of each message, in their order.
    public let outcomes: [SeatRow.Outcome]
    /// In the order of their seats, so that two processes lock them in the same order.
    public let changes: [Change]

    /// - Parameter rows: as they were read; of a seat that is not there nobody has ever heard.
    public init(_ messages: [SeatMessage], into rows: [UserID: SeatRow]) {
        var folded = rows
        outcomes = messages.map { folded[$0.seat, default: SeatRow($0.seat)].take($0) }
        changes = folded.values.compactMap { row in
            let was = rows[row.seat]?.version ?? SeatRow(row.seat).version
            return row.version == was ? nil : Change(was: was, row: row)
        }
        .sorted { $0.row.seat < $1.row.seat }
    }
}
