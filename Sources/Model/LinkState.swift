/// How an incident stands for whoever holds a link that acknowledges it.
package enum LinkState: Sendable, Hashable {
    /// It can be acknowledged.
    case open(LinkedIncident)
    /// Somebody has it.
    case acknowledged(LinkedIncident, by: String)
    /// This link acknowledged it before, and it was given back since.
    case used(LinkedIncident)
    case over
}

/// What the page of such a link shows.
package struct LinkedIncident: Sendable, Hashable {
    package var id: String
    package var title: String
    package var level: Level
    package var openedAt: Timestamp
    /// A line each, the first few.
    package var alerts: [String]
    package init(id: String, title: String, level: Level, openedAt: Timestamp, alerts: [String] = []) {
        self.id = id
        self.title = title
        self.level = level
        self.openedAt = openedAt
        self.alerts = alerts
    }
}

/// Whether a link is one of ours, before anything else is looked at.
package enum LinkVerdict: Sendable, Hashable {
    case genuine, expired, forged
}

/// How a message that a receiver sent us was taken.
package struct HookReply: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// Understood, whether something followed from it or not.
        case taken
        /// Nothing is configured that could say whether it is genuine.
        case notConfigured
        case forged, malformed
        /// Not now: the receiver may send it again.
        case failed
    }
    package var outcome: Outcome
    package var sentence: String
    package init(_ outcome: Outcome, _ sentence: String) {
        self.outcome = outcome
        self.sentence = sentence
    }
}
