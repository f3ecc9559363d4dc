/// What attempts showed of a channel. It survives a restart, so that a receiver's word and an open breaker do, too.
package struct ChannelHealth: Sendable, Hashable, Codable {
    package var name: String
    /// Since when it is known.
    package var since: Timestamp
    /// Attempts in a row that did not arrive, without those that only came too soon (429).
    package var failures: Int
    /// The breaker is open: no attempt starts before this, and then one at a time until one arrives.
    package var openUntil: Timestamp?
    /// The receiver asked for nothing before this (Retry-After).
    package var notBefore: Timestamp?
    /// When it last accepted something; nil: never.
    package var acceptedAt: Timestamp?
    /// What is left of its rate, and when that was so.
    package var tokens: Double?
    package var tokensAt: Timestamp?
    /// The sentence of the latest failure; empty after an acceptance.
    package var problem: String
    package init(name: String, since: Timestamp) {
        self.name = name
        self.since = since
        self.failures = 0
        self.problem = ""
    }
}
