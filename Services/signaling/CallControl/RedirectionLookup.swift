import BusContract

/// Where a 3xx points: what the user part of a Contact means to this office.
extension UserLookup {
    /// A user by his extension, his device by its number, else an extension or an outside number as it is written. Nil
    /// for what is no number, and for an emergency number.
    /// - Parameter prefix: the trunk's outside-line prefix, which may stand before an outside number.
    public func destination(_ user: String?, prefix: String) -> Destination? {
        guard let written = WrittenNumber(user), !EmergencyNumbers.isOne(written.text, behind: prefix) else {
            return nil
        }
        if office.isInside(written) { return Destination(number: written.text, reach: .inside) }
        let number = office.outside(written, behind: prefix)
        if let number, EmergencyNumbers.isOne(number, behind: office.countryCode) { return nil }
        let known = [written.text, number].compactMap { $0 }.lazy.compactMap(known).first
        return known ?? number.map { Destination(number: $0, reach: .outside) }
    }

    /// Reached inside, a colleague needs no outside line.
    private func known(_ number: String) -> Destination? {
        guard let (user, byDevice) = colleague(number) else { return nil }
        guard byDevice else { return Destination(number: user.extension, reach: .inside) }
        return user.devices.first { $0.number == number }.map { Destination(number: $0.number, reach: $0.reach) }
    }
}
