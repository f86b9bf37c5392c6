import BusContract
import TelephonyModel

/// One event of the bus that a ladder shows. Times are milliseconds since 1970, the senders' clocks.
public struct LadderEvent: Sendable {
    public enum What: Sendable {
        case call(CallWhat, CallState, startedAt: Int64)
        case message(LegMessage)
        case media(MediaWhat, MediaFact)
    }
    public let position: CallPosition
    public let at: Int64
    public let what: What
    public init(_ what: What, at: Int64, position: CallPosition) {
        (self.what, self.at, self.position) = (what, at, position)
    }
}

/// One line of a ladder, at most 100 columns of text without colour.
public struct Line: Sendable, Hashable {
    public enum Style: Sendable, Hashable { case header, request, progress, success, failure, call, media }
    public let text: String
    public let style: Style
    public init(_ text: String, _ style: Style) { (self.text, self.style) = (text, style) }
}
