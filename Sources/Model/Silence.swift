/// What an operator has asked to be held back for a time: problem messages of alerts whose labels match. It begins with `startsAt`
/// and is over at `endsAt`. It is kept after its end, for whoever asks.
package struct Silence: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Holds messages.
        case silence
        /// An ad-hoc maintenance window: failures are not counted either.
        case maintenance
    }
    /// A ULID.
    package var id: String
    package var kind: Kind
    /// Sets of matchers: one set whose matchers all match is enough.
    package var matchers: [[Matcher]]
    package var startsAt: Timestamp
    package var endsAt: Timestamp
    /// Ends before `endsAt` as soon as no alert that it matches fires any more.
    package var untilResolved: Bool
    package var author: String
    package var comment: String
    package var createdAt: Timestamp
    /// Who ended it before its time.
    package var endedBy: String?

    package init(
        id: String, kind: Kind = .silence, matchers: [[Matcher]], startsAt: Timestamp, endsAt: Timestamp,
        untilResolved: Bool = false, author: String, comment: String, createdAt: Timestamp, endedBy: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.untilResolved = untilResolved
        self.author = author
        self.comment = comment
        self.createdAt = createdAt
        self.endedBy = endedBy
    }

    /// How long one lasts that says nothing of its end.
    package static let usual = Duration.seconds(3600)
    /// How long one lasts at most that ends when its alerts do.
    package static let longestUntilResolved = Duration.seconds(7 * 86_400)
    /// One that lasts longer is told to be long: it is easily forgotten.
    package static let long = Duration.seconds(30 * 86_400)
    /// Nothing lasts longer: it is a slip of the fingers.
    package static let longest = Duration.seconds(3660 * 86_400)
    /// Not over at one time.
    package static let maximum = 10_000
    package static let maximumMatchers = 100
    package static let longestText = 1000

    package enum Phase: String, Sendable, Hashable, Codable { case pending, active, expired }
    package func phase(at now: Timestamp) -> Phase { now < startsAt ? .pending : now < endsAt ? .active : .expired }
    package func isActive(at now: Timestamp) -> Bool { phase(at: now) == .active }
    package func matches(_ labels: Labels) -> Bool { matchers.contains { $0.match(labels) } }
}
