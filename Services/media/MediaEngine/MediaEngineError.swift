/// Why the engine did not do something. The message says what to do about it.
public struct MediaEngineError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// A setting is wrong: address, port range, prompt folder.
        case setting
        /// No port pair, or no descriptor, is left.
        case exhausted
        /// A leg that is not open, or is open already.
        case leg
        /// A command that cannot be carried out: an address that is none, a prompt that does not exist.
        case command
        /// The operating system refused; the message holds its words.
        case system
        /// The engine was stopped.
        case stopped
    }
    public let kind: Kind
    public let message: String
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
    public var description: String { message }
}
