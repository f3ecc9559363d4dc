package typealias Labels = [String: String]

/// A configured measurement, without the means to carry it out: what scheduling, deciding and showing need.
package struct ProbeSpec: Sendable, Hashable {
    /// Its identity: a probe that keeps its name keeps its alerts and incidents.
    package var name: String
    package var kind: String
    /// What is measured, for people; a change of kind or address starts its windows anew. It holds no secret.
    package var address: String
    package let schedule: Schedule
    /// The shortest time between two planned runs.
    package let every: Duration
    package var timeout: Duration
    /// The pause before the next run after a first bad result.
    package var retryInterval: Duration
    package var labels: Labels
    package var rules: [RuleSpec]
    package var dependsOn: [String]
    /// The rule of a parent that says that it is down; without one, a critical rule on a failed run.
    package var dependsOnRule: [String: String] = [:]
    /// Those of which no result is as good as one that says that they are down.
    package var noDataBlocks: Set<String> = []
    /// The name that it had before: its alerts and incidents are carried over.
    package var renamedFrom: String?
    /// Where whoever is told of it goes on: its runbook, its dashboard.
    package var links: [Notification.Link] = []

    /// The kind of what the daemon measures of itself; `status` does not list it among the probes.
    package static let internalKind = "internal"
    /// The daemon as a probe of itself: what goes wrong in it is told like anything else, under `probe=monitord`.
    package static let daemonName = "monitord"
    package static let daemon = ProbeSpec(
        name: daemonName, kind: internalKind, address: "this daemon", every: .seconds(60), timeout: .seconds(10),
        rules: [RuleSpec(name: "storage", critical: .failed)])

    package init(
        name: String, kind: String, address: String, schedule: Schedule, timeout: Duration, retryInterval: Duration? = nil,
        labels: Labels = [:], rules: [RuleSpec] = [.failing], dependsOn: [String] = []
    ) {
        let every = schedule.interval
        self.name = name
        self.kind = kind
        self.address = address
        self.schedule = schedule
        self.every = every
        self.timeout = timeout
        self.retryInterval = retryInterval ?? every / 3
        self.labels = labels
        self.rules = rules
        self.dependsOn = dependsOn
    }

    package init(
        name: String, kind: String, address: String, every: Duration, timeout: Duration, retryInterval: Duration? = nil,
        labels: Labels = [:], rules: [RuleSpec] = [.failing], dependsOn: [String] = []
    ) {
        self.init(
            name: name, kind: kind, address: address, schedule: .every(every), timeout: timeout, retryInterval: retryInterval,
            labels: labels, rules: rules, dependsOn: dependsOn)
    }
}
