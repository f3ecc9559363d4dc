/// The daemon at one moment, as `status --json`, the status page and `/metrics` show it. Its JSON keys are an interface.
package struct Snapshot: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case ok, pending, warning, critical, unknown
    }
    package struct Summary: Sendable, Hashable, Codable {
        package var ok = 0
        package var pending = 0
        package var warning = 0
        package var critical = 0
        package var unknown = 0
        package init() {}
    }
    package struct Run: Sendable, Hashable, Codable {
        package var time: Timestamp
        package var outcome: Outcome
        /// A sentence; nil where the outcome is ok.
        package var reason: String?
        /// The closed reason, for labels.
        package var failure: FailureReason?
        package var durationSeconds: Double
        package var samples: [String: Double]
        enum CodingKeys: String, CodingKey {
            case time, outcome, reason, failure, samples
            case durationSeconds = "duration_seconds"
        }
        package init(_ observation: Observation) {
            time = observation.started
            outcome = observation.outcome
            reason = observation.failure?.detail
            failure = observation.failure?.reason
            durationSeconds = observation.elapsed.seconds
            samples = Dictionary(observation.samples.map { ($0.name, $0.value) }) { a, _ in a }
        }
    }
    package struct Rule: Sendable, Hashable, Codable {
        package var name: String
        package var state: State
        package var value: Double?
        package var n: Int?
        /// The condition that decides, the unit of `value`, and the sentence of the verdict.
        package var condition: String
        package var unit: Unit
        package var reason: String
        /// What holds its messages back; nil where nothing does.
        package var suppressedBy: SuppressedBy?
        /// true while it changes too often; nil otherwise.
        package var isFlapping: Bool?
        enum CodingKeys: String, CodingKey {
            case name, state, value, n, condition, unit, reason
            case suppressedBy = "suppressed_by"
            case isFlapping = "flapping"
        }
        package init(name: String, state: State, value: Double?, n: Int?, condition: String, unit: Unit, reason: String) {
            self.name = name
            self.state = state
            self.value = value
            self.n = n
            self.condition = condition
            self.unit = unit
            self.reason = reason
        }
    }
    package struct Probe: Sendable, Hashable, Codable {
        package var name: String
        package var kind: String
        package var address: String
        package var state: State
        package var since: Timestamp
        package var labels: Labels
        package var last: Run?
        /// P95 of `duration` over the latest runs, at most 256, with its n.
        package var p95Seconds: Double?
        package var p95N: Int
        package var rules: [Rule]
        package var nextRun: Timestamp?
        /// Runs since the daemon started, by outcome, and planned runs that did not start.
        package var runs: [String: Int]
        package var skipped: Int
        enum CodingKeys: String, CodingKey {
            case name, kind, address, state, since, labels, last, rules, runs, skipped
            case p95Seconds = "p95_seconds"
            case p95N = "p95_n"
            case nextRun = "next_run"
        }
        package init(
            name: String, kind: String, address: String, state: State, since: Timestamp, labels: Labels, last: Run? = nil,
            p95Seconds: Double? = nil, p95N: Int = 0, rules: [Rule], nextRun: Timestamp? = nil, runs: [String: Int] = [:],
            skipped: Int = 0
        ) {
            self.name = name
            self.kind = kind
            self.address = address
            self.state = state
            self.since = since
            self.labels = labels
            self.last = last
            self.p95Seconds = p95Seconds
            self.p95N = p95N
            self.rules = rules
            self.nextRun = nextRun
            self.runs = runs
            self.skipped = skipped
        }
    }
    package struct Incident: Sendable, Hashable, Codable {
        package var id: String
        package var state: String
        package var level: Level
        package var title: String
        package var openedAt: Timestamp
        package var resolvedAt: Timestamp?
        package var ackedBy: String?
        package var probes: [String]
        package var told: [String]
        package var version: Int
        /// When the acknowledgement is over by itself.
        package var ackedUntil: Timestamp?
        /// The incident that tells people instead.
        package var mergedInto: String?
        /// The incident of the same group that ended shortly before.
        package var previous: String?
        /// What it gathers, where that is more than a group.
        package var kind: Model.Incident.Kind?
        /// true where the policy came to its end and reached nobody; nil otherwise.
        package var isNobodyReached: Bool?
        enum CodingKeys: String, CodingKey {
            case id, state, level, title, probes, told, version, kind, previous
            case isNobodyReached = "nobody_reached"
            case ackedUntil = "acked_until"
            case mergedInto = "merged_into"
            case openedAt = "opened_at"
            case resolvedAt = "resolved_at"
            case ackedBy = "acked_by"
        }
        package init(_ incident: Model.Incident, told: [String]) {
            id = incident.id
            state = incident.phase.rawValue
            level = incident.level
            title = incident.title
            openedAt = incident.openedAt
            resolvedAt = incident.resolvedAt
            ackedBy = incident.ackedBy
            probes = Array(Set(incident.members.map(\.key.probe))).sorted()
            self.told = told
            version = incident.version
            ackedUntil = incident.phase == .acked ? incident.ackExpiresAt : nil
            mergedInto = incident.mergedInto
            previous = incident.previous
            kind = incident.kind == .group ? nil : incident.kind
            isNobodyReached = incident.isOpen && incident.isNobodyReached ? true : nil
        }
        package func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(id, forKey: .id)
            try values.encode(state, forKey: .state)
            try values.encode(level, forKey: .level)
            try values.encode(title, forKey: .title)
            try values.encode(openedAt, forKey: .openedAt)
            try values.encode(resolvedAt, forKey: .resolvedAt)
            try values.encode(ackedBy, forKey: .ackedBy)
            try values.encode(probes, forKey: .probes)
            try values.encode(told, forKey: .told)
            try values.encode(version, forKey: .version)
            try values.encodeIfPresent(ackedUntil, forKey: .ackedUntil)
            try values.encodeIfPresent(mergedInto, forKey: .mergedInto)
            try values.encodeIfPresent(previous, forKey: .previous)
            try values.encodeIfPresent(kind, forKey: .kind)
            try values.encodeIfPresent(isNobodyReached, forKey: .isNobodyReached)
        }
    }
    /// A channel as its attempts show it.
    package struct Channel: Sendable, Hashable, Codable {
        package var name: String
        /// Empty where it is not configured any more.
        package var kind: String
        /// When it last accepted something.
        package var acceptedAt: Timestamp?
        /// Attempts in a row that failed, and the sentence of the last one.
        package var failures = 0
        package var problem = ""
        /// Attempts are made one at a time, with pauses.
        package var isBreakerOpen = false
        /// Where some of its recipients accept messages: the others, of which that is so.
        package var away: [String] = []
        /// No attempt starts before.
        package var retryAt: Timestamp?
        /// It has accepted nothing for so long that nobody knows whether it works.
        package var isUnproven = false
        package var pending = 0
        package var inflight = 0
        package var dead = 0
        enum CodingKeys: String, CodingKey {
            case name, kind, failures, problem, pending, inflight, dead, away
            case acceptedAt = "accepted_at"
            case isBreakerOpen = "breaker_open"
            case retryAt = "retry_at"
            case isUnproven = "unproven"
        }
        package init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }
    package struct Outbox: Sendable, Hashable, Codable {
        package var pending = 0
        package var inflight = 0
        package var dead = 0
        package var oldestPendingSeconds = 0.0
        enum CodingKeys: String, CodingKey {
            case pending, inflight, dead
            case oldestPendingSeconds = "oldest_pending_seconds"
        }
        package init() {}
    }
    package struct Daemon: Sendable, Hashable, Codable {
        package var version: String
        package var startedAt: Timestamp
        package var configurationLoadedAt: Timestamp
        package var configurationOK: Bool
        package var storageOK: Bool
        package var storageProblem: String?
        package var unrecordedDecisions: Int
        package var commits: Int
        package var commitFailures: Int
        package var commitSecondsTotal: Double
        /// How late runs started: the sum, the greatest, and the count of runs.
        package var latenessSecondsTotal: Double
        package var latenessSecondsMax: Double
        package var latenessN: Int
        /// By nearest rank over all runs since the start, at most an eighth above the true value.
        package var latenessSecondsP50: Double
        package var latenessSecondsP99: Double
        package var outbox: Outbox
        /// Finished attempts by `channel` and outcome.
        package var attempts: [String: [String: Int]]
        package var channels: [Channel]
        /// When the dead man's switch outside last took a call, and why it does not; nil where there is none, or all is well.
        package var heartbeatAt: Timestamp?
        package var heartbeatProblem: String?
        /// How long the step of a policy is due that is due longest; 0 where all run in time.
        package var escalationOverdueSeconds: Double
        /// By schedule, the time within the next 14 days in which nobody is on call.
        package var onCallUncoveredSeconds: [String: Double]
        package var residentBytes: Int
        package var cpuSeconds: Double
        package var openFiles: Int
        enum CodingKeys: String, CodingKey {
            case version, commits, outbox, attempts, channels
            case startedAt = "started_at"
            case heartbeatAt = "watchdog_at"
            case heartbeatProblem = "watchdog_problem"
            case escalationOverdueSeconds = "escalation_overdue_seconds"
            case onCallUncoveredSeconds = "oncall_uncovered_seconds"
            case configurationLoadedAt = "configuration_loaded_at"
            case configurationOK = "configuration_ok"
            case storageOK = "storage_ok"
            case storageProblem = "storage_problem"
            case unrecordedDecisions = "unrecorded_decisions"
            case commitFailures = "commit_failures"
            case commitSecondsTotal = "commit_seconds_total"
            case latenessSecondsTotal = "lateness_seconds_total"
            case latenessSecondsMax = "lateness_seconds_max"
            case latenessN = "lateness_n"
            case latenessSecondsP50 = "lateness_seconds_p50"
            case latenessSecondsP99 = "lateness_seconds_p99"
            case residentBytes = "resident_bytes"
            case cpuSeconds = "cpu_seconds"
            case openFiles = "open_files"
        }
        package init(version: String, startedAt: Timestamp) {
            self.version = version
            self.startedAt = startedAt
            configurationLoadedAt = startedAt
            configurationOK = true
            storageOK = true
            unrecordedDecisions = 0
            escalationOverdueSeconds = 0
            onCallUncoveredSeconds = [:]
            commits = 0
            commitFailures = 0
            commitSecondsTotal = 0
            latenessSecondsTotal = 0
            latenessSecondsMax = 0
            latenessN = 0
            latenessSecondsP50 = 0
            latenessSecondsP99 = 0
            outbox = Outbox()
            attempts = [:]
            channels = []
            residentBytes = 0
            cpuSeconds = 0
            openFiles = 0
        }
    }
    package var node: String
    package var time: Timestamp
    package var summary: Summary
    package var probes: [Probe]
    package var incidents: [Incident]
    package var daemon: Daemon
    package var held: Held
    package init(
        node: String, time: Timestamp, probes: [Probe], incidents: [Incident], daemon: Daemon, held: Held = Held()
    ) {
        self.held = held
        self.node = node
        self.time = time
        self.probes = probes
        self.incidents = incidents
        self.daemon = daemon
        summary = Summary()
        for probe in probes {
            switch probe.state {
            case .ok: summary.ok += 1
            case .pending: summary.pending += 1
            case .warning: summary.warning += 1
            case .critical: summary.critical += 1
            case .unknown: summary.unknown += 1
            }
        }
    }
}

/// How everything stood at a time, or a sentence that says why that is not known.
package enum PastReply: Sendable {
    case found(Snapshot)
    case unknown(String)
}
