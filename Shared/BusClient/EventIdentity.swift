/// Which event it is, for whoever may say it more than once: a reader passes over what has the source and the id of
/// what it had before. Without one, each event is given a new id and its sender's source.
public struct EventIdentity: Sendable, Hashable {
    /// CloudEvents `source`: shared by all instances that may say it ("rufbus/journal").
    public var source: String
    public var id: String
    public init(source: String, id: String) { (self.source, self.id) = (source, id) }
}
