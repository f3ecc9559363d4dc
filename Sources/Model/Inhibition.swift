/// While an alert that matches `source` fires, alerts that match `target` and have the same values of the labels `equal` tell
/// nobody. A missing label equals the empty text. An alert that matches both sides is not inhibited by another that does.
package struct InhibitRule: Sendable, Hashable {
    package var name: String
    package var source: [Matcher]
    package var target: [Matcher]
    package var equal: [String]
    /// A source of which a silence tells nobody inhibits all the same.
    package var silencedSources: Bool
    package init(name: String, source: [Matcher], target: [Matcher], equal: [String], silencedSources: Bool = true) {
        self.silencedSources = silencedSources
        self.name = name
        self.source = source
        self.target = target
        self.equal = equal
    }
}

/// Escalates if enough distinct services fail at once: one critical incident instead of many.
package struct QuorumSpec: Sendable, Hashable {
    package enum Threshold: Sendable, Hashable {
        case count(Int)
        /// Of the distinct services of configured probes that match.
        case share(Double)
    }
    package var name: String
    package var matchers: [Matcher]
    /// The label whose distinct values are counted.
    package var distinct: String
    package var quorum: Threshold
    /// Failures count together if they began within this.
    package var window: Duration
    /// It is over when fewer have failed for this long.
    package var clearFor: Duration
    package var policy: String
    package init(
        name: String, matchers: [Matcher], distinct: String = "service", quorum: Threshold, window: Duration = .seconds(300),
        clearFor: Duration = .seconds(300), policy: String
    ) {
        self.name = name
        self.matchers = matchers
        self.distinct = distinct
        self.quorum = quorum
        self.window = window
        self.clearFor = clearFor
        self.policy = policy
    }
}
