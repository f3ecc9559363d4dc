/// Who is told, when. Snapshotted into an incident when it opens.
package struct PolicySpec: Sendable, Hashable, Codable {
    package struct Step: Sendable, Hashable, Codable {
        /// From the end of `group_wait`.
        package var after: Duration
        /// The step runs for incidents of this level or above; nil is any.
        package var level: Level?
        /// Names of channels.
        package var notify: [String]
        package init(after: Duration, level: Level? = nil, notify: [String]) {
            self.after = after
            self.level = level
            self.notify = notify
        }
    }
    package var name: String
    package var steps: [Step]
    /// This long after the last step the policy runs again; zero is never.
    package var repeatAfter: Duration
    package init(name: String, steps: [Step], repeatAfter: Duration = .seconds(4 * 3600)) {
        self.name = name
        self.steps = steps
        self.repeatAfter = repeatAfter
    }
}

/// Sends alerts whose labels match to a policy, grouped into incidents. The first route that matches wins.
package struct RouteSpec: Sendable, Hashable {
    /// Label values that must be equal; a missing label equals the empty string.
    package var match: Labels
    package var policy: String
    package var groupBy: [String]
    package var groupWait: Duration
    package var groupInterval: Duration
    package init(
        match: Labels = [:], policy: String, groupBy: [String] = ["probe"], groupWait: Duration? = nil,
        groupInterval: Duration = .seconds(300)
    ) {
        self.match = match
        self.policy = policy
        self.groupBy = groupBy
        self.groupWait = groupWait ?? (groupBy == ["probe"] ? .zero : .seconds(10))
        self.groupInterval = groupInterval
    }
    package func matches(_ labels: Labels) -> Bool { match.allSatisfy { labels[$0.key, default: ""] == $0.value } }
}
