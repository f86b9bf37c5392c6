extension Seat {
    /// How long an idle seat still answers for its last calls, in milliseconds; then its driver may forget it.
    public static var memory: Int64 { Limit.memory }
}
