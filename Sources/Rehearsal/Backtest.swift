package import Alerting
package import Model

/// An incident as people heard of it, or would have.
package struct HeardIncident: Sendable, Hashable, Codable {
    package var title: String
    package var level: Level
    package var openedAt: Timestamp
    package var resolvedAt: Timestamp?
    /// `probe/rule` of each alert.
    package var alerts: [String]
    /// Messages that arrived, by target and kind.
    package var messages: [String: [String: Int]]
    enum CodingKeys: String, CodingKey {
        case title, level, alerts, messages
        case openedAt = "opened_at"
        case resolvedAt = "resolved_at"
    }

    package init(_ incident: Incident, messages: [String: [String: Int]]) {
        title = incident.title
        level = incident.level
        openedAt = incident.openedAt
        resolvedAt = incident.resolvedAt
        alerts = Set(incident.members.map(\.key.description)).sorted()
        self.messages = messages
    }

    /// Triggers: what wakes somebody.
    package var pages: Int { messages.values.reduce(0) { $0 + $1[Notification.Kind.trigger.rawValue, default: 0] } }

    fileprivate func isSame(as other: HeardIncident) -> Bool {
        !Set(alerts).isDisjoint(with: other.alerts) && openedAt < other.resolvedAt ?? .distantFuture
            && other.openedAt < resolvedAt ?? .distantFuture
    }
}

/// The rules of a configuration applied to stored runs, as though they had been in force then. Every receiver accepts, nobody
/// acknowledges, nothing is silenced by hand.
package struct Backtest: Sendable {
    private var daemon: VirtualDaemon
    private let since: Timestamp
    private let probes: [ProbeSpec]
    /// The names of the samples that the runs of each probe had.
    private var samples: [String: Set<String>] = [:]

    package init(_ configuration: AlertingConfiguration, since: Timestamp) {
        self.since = since
        probes = configuration.probes
        daemon = VirtualDaemon(configuration, start: since, keepsHistory: false)
    }

    /// How far before `since` runs are wanted, to fill the windows.
    package var wantedBefore: Duration { daemon.state.longestWindow }

    /// The runs in the order in which they ended.
    package mutating func observe(_ observation: Observation) {
        guard observation.ended >= since else { return daemon.replay(observation) }
        samples[observation.probe, default: []].formUnion(observation.samples.map(\.name))
        daemon.pass(toWall: observation.ended)
        daemon.observe(observation)
    }

    /// Rules that could say nothing, for nothing is stored that they look at: a sentence each.
    package var unknownThroughout: [String] {
        probes.flatMap { probe -> [String] in
            guard let stored = samples[probe.name] else { return ["probe \(probe.name): unknown throughout: no run stored"] }
            return probe.rules.compactMap { rule in
                let wanted = [rule.critical, rule.warning].compactMap { $0 }
                let missing = wanted.compactMap { $0.operand?.sampleName }.filter { !stored.contains($0) }
                guard !missing.isEmpty, missing.count == wanted.count else { return nil }
                let names = Set(missing).sorted().joined(separator: ", ")
                return "rule \(rule.name) of \(probe.name): unknown throughout: no sample \(names) stored"
            }
        }
    }

    /// What people would have heard until then, oldest first.
    package mutating func end(at now: Timestamp) -> [HeardIncident] {
        daemon.pass(toWall: now)
        var messages: [String: [String: [String: Int]]] = [:]
        for message in daemon.received {
            messages[message.incident, default: [:]][message.target, default: [:]][message.kind.rawValue, default: 0] += 1
        }
        return daemon.ledger.incidents.values.sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }.map {
            HeardIncident($0, messages: messages[$0.id] ?? [:])
        }
    }
}

/// What a configuration would have told, beside what was told.
package struct BacktestComparison: Sendable, Encodable {
    package struct Pair: Sendable, Encodable {
        package var would: HeardIncident
        package var was: HeardIncident
    }
    /// Under both: the same alerts at overlapping times.
    package var both: [Pair] = []
    /// Only under the file's rules.
    package var added: [HeardIncident] = []
    /// Only in fact.
    package var gone: [HeardIncident] = []

    package init(would: [HeardIncident], was: [HeardIncident]) {
        var left = was
        for incident in would {
            if let index = left.firstIndex(where: incident.isSame) {
                both.append(Pair(would: incident, was: left.remove(at: index)))
            } else {
                added.append(incident)
            }
        }
        gone = left
    }

    package var would: [HeardIncident] { (both.map(\.would) + added).sorted { $0.openedAt < $1.openedAt } }
    package var was: [HeardIncident] { (both.map(\.was) + gone).sorted { $0.openedAt < $1.openedAt } }

    /// Messages by target and kind.
    package static func messages(_ incidents: [HeardIncident]) -> [String: [String: Int]] {
        var all: [String: [String: Int]] = [:]
        for incident in incidents {
            for (target, kinds) in incident.messages {
                for (kind, count) in kinds { all[target, default: [:]][kind, default: 0] += count }
            }
        }
        return all
    }
}
