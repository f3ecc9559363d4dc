/// A summary that was written: one a name and local date, also where the wall clock shows an hour twice.
package struct DigestRow: Sendable, Hashable {
    package var name: String
    /// `2026-03-29`, in the zone of the digest.
    package var localDate: String
    /// The end of what it covers, where the next one begins.
    package var at: Timestamp
    /// What has happened since then: what the next one will tell.
    package var tally: DigestTally
    package init(name: String, localDate: String, at: Timestamp, tally: DigestTally = DigestTally()) {
        self.name = name
        self.localDate = localDate
        self.at = at
        self.tally = tally
    }
}

/// What a digest will tell, gathered while it happens, so that no history has to be read.
package struct DigestTally: Sendable, Hashable, Codable {
    /// Sentences, the first ones of many, and how many there were.
    package struct Lines: Sendable, Hashable, Codable {
        /// No more are kept of one kind: the row is stored again with each.
        package static let maximum = 40
        package var count = 0
        package var texts: [String] = []
        package init() {}
        package mutating func add(_ text: String) {
            count += 1
            if texts.count < Lines.maximum { texts.append(text) }
        }
    }
    package var resolved = Lines()
    /// Incidents that ended before anybody was told.
    package var blips = Lines()
    package var dead = Lines()
    /// How often problem messages of an alert were held back, by `SuppressionKind`.
    package var suppressed: [String: Int] = [:]
    package init() {}
    package var isEmpty: Bool { self == DigestTally() }
}
