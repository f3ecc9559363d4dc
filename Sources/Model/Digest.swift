/// A summary that was written: one a name and local date, also where the wall clock shows an hour twice.
package struct DigestRow: Sendable, Hashable {
    package var name: String
    /// `2026-03-29`, in the zone of the digest.
    package var localDate: String
    /// The end of what it covers, where the next one begins.
    package var at: Timestamp
    package init(name: String, localDate: String, at: Timestamp) {
        self.name = name
        self.localDate = localDate
        self.at = at
    }
}
