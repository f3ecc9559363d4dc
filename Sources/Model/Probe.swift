package typealias Labels = [String: String]

/// A configured measurement, without the means to carry it out: what scheduling, deciding and showing need.
package struct ProbeSpec: Sendable, Hashable {
    /// Its identity: a probe that keeps its name keeps its alerts and incidents.
    package var name: String
    package var kind: String
    /// What is measured, for people; a change of kind or address starts its windows anew. It holds no secret.
    package var address: String
    package var every: Duration
    package var timeout: Duration
    /// The pause before the next run after a first bad result.
    package var retryInterval: Duration
    package var labels: Labels
    package var rules: [RuleSpec]
    package var dependsOn: [String]

    package init(
        name: String, kind: String, address: String, every: Duration, timeout: Duration, retryInterval: Duration? = nil,
        labels: Labels = [:], rules: [RuleSpec] = [.failing], dependsOn: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.address = address
        self.every = every
        self.timeout = timeout
        self.retryInterval = retryInterval ?? every / 3
        self.labels = labels
        self.rules = rules
        self.dependsOn = dependsOn
    }
}
