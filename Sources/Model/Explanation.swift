/// What was asked: why somebody was told, or why nobody was.
package struct ExplanationQuery: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case probe(String)
        /// An incident's id, or a beginning of it that only one has.
        case incident(String)
    }
    package var subject: Subject
    /// How far back the timeline goes; nil is a day, or for an incident an hour before it opened.
    package var since: Timestamp?
    package var until: Timestamp?
    /// The state as of then; nil is now.
    package var at: Timestamp?
    package init(_ subject: Subject, since: Timestamp? = nil, until: Timestamp? = nil, at: Timestamp? = nil) {
        self.subject = subject
        self.since = since
        self.until = until
        self.at = at
    }
}

/// The answer, or a sentence that says why there is none.
package enum ExplanationReply: Sendable, Hashable {
    case found(Explanation)
    case unknown(String)
}

/// How a probe or an incident stands, why, who was told and how surely, and what comes next. Its JSON keys are an interface.
package struct Explanation: Sendable, Hashable, Codable {
    package struct Probe: Sendable, Hashable, Codable {
        package var name: String
        /// Empty where the configuration is not known or has no such probe any more.
        package var kind: String
        package var address: String
        package var every: String
        package var timeout: String
        package var labels: Labels
        package var lastRun: Snapshot.Run?
        package var nextRun: Timestamp?
        /// Stored runs of the time asked for, by outcome.
        package var runs: [String: Int]
        package var rules: [Rule]
        enum CodingKeys: String, CodingKey {
            case name, kind, address, every, timeout, labels, runs, rules
            case lastRun = "last_run"
            case nextRun = "next_run"
        }
        package init(name: String) {
            self.name = name
            kind = ""
            address = ""
            every = ""
            timeout = ""
            labels = [:]
            runs = [:]
            rules = []
        }
    }

    package struct Rule: Sendable, Hashable, Codable {
        package var name: String
        /// The rule in its normal form, `key: value` each.
        package var settings: [String]
        package var phase: Alert.Phase
        package var level: Level?
        package var since: Timestamp
        /// `good`, `warning`, `critical` or `unknown`; nil before the first run.
        package var verdict: String?
        package var value: Double?
        package var n: Int?
        package var minSamples: Int
        /// The sentence of the verdict.
        package var reason: String
        /// Bad results among the last `outOf`, of which `needed` make it fire.
        package var bad: Int
        package var critical: Int
        package var needed: Int
        package var outOf: Int
        /// When the clock of `for` began, and when it is over.
        package var badSince: Timestamp?
        package var forOver: Timestamp?
        package var incident: String?
        /// Why it does not fire though the last result is not good: a sentence.
        package var waitsFor: String?
        package var route: Route?
        /// What holds its problem messages back; nil where nothing does.
        package var suppressedBy: Snapshot.SuppressedBy?
        enum CodingKeys: String, CodingKey {
            case name, settings, phase, level, since, verdict, value, n, reason, bad, critical, needed, incident, route
            case minSamples = "min_samples"
            case outOf = "out_of"
            case badSince = "bad_since"
            case forOver = "for_over"
            case waitsFor = "waits_for"
            case suppressedBy = "suppressed_by"
        }
        package init(_ alert: Alert) {
            name = alert.key.rule
            settings = []
            phase = alert.phase
            level = alert.level
            since = alert.since
            minSamples = 1
            reason = alert.reason
            bad = 0
            critical = 0
            needed = 1
            outOf = 1
            badSince = alert.badSince
            incident = alert.incidents.first
            suppressedBy = alert.suppression.map(Snapshot.SuppressedBy.init)
        }
    }

    /// Where an alert of the rule goes.
    package struct Route: Sendable, Hashable, Codable {
        /// Which routes were looked at before one matched, and what they want: a sentence each.
        package var passed: [String]
        /// The number of the route that matches, from 1, and what it wants.
        package var number: Int?
        package var match: Labels
        package var policy: String?
        /// What each step does: a sentence.
        package var steps: [String]
        package var groupBy: [String]
        package var groupWait: String
        enum CodingKeys: String, CodingKey {
            case passed, number, match, policy, steps
            case groupBy = "group_by"
            case groupWait = "group_wait"
        }
        package init() {
            passed = []
            match = [:]
            steps = []
            groupBy = []
            groupWait = ""
        }
    }

    package struct Incident: Sendable, Hashable, Codable {
        package var id: String
        package var state: Model.Incident.Phase
        package var level: Level
        package var title: String
        package var openedAt: Timestamp
        package var resolvedAt: Timestamp?
        package var ackedBy: String?
        package var ackedAt: Timestamp?
        package var policy: String
        package var members: [String]
        package var deliveries: [Delivery]
        package var told: [Told]
        package var evidence: [Evidence]
        enum CodingKeys: String, CodingKey {
            case id, state, level, title, policy, members, deliveries, told, evidence
            case openedAt = "opened_at"
            case resolvedAt = "resolved_at"
            case ackedBy = "acked_by"
            case ackedAt = "acked_at"
        }
        package init(_ incident: Model.Incident, deliveries: [Delivery], told: [Told], evidence: [Evidence] = []) {
            id = incident.id
            state = incident.phase
            level = incident.level
            title = incident.title
            openedAt = incident.openedAt
            resolvedAt = incident.resolvedAt
            ackedBy = incident.ackedBy
            ackedAt = incident.ackedAt
            policy = incident.policy.name
            members = incident.members.map(\.key.description).sorted()
            self.deliveries = deliveries
            self.told = told
            self.evidence = evidence
        }
    }

    /// What the first bad run of a probe saw, beside what the last good one before it did.
    package struct Evidence: Sendable, Hashable, Codable {
        package struct Item: Sendable, Hashable, Codable {
            package var name: String
            /// Each may be several lines; nil where that run has no such item.
            package var bad: String?
            package var good: String?
        }
        package var probe: String
        package var badAt: Timestamp
        package var goodAt: Timestamp?
        package var items: [Item]
        enum CodingKeys: String, CodingKey {
            case probe, items
            case badAt = "bad_at"
            case goodAt = "good_at"
        }
        package init(_ row: EvidenceRow) {
            probe = row.probe
            badAt = row.at
            goodAt = row.goodAt
            items = row.bad.items.map { Item(name: $0.name, bad: $0.text, good: row.good?[$0.name]) }
            items += (row.good?.items ?? []).filter { row.bad[$0.name] == nil }.map {
                Item(name: $0.name, bad: nil, good: $0.text)
            }
        }
    }

    package struct Delivery: Sendable, Hashable, Codable {
        package var id: Int64
        package var kind: Notification.Kind
        package var target: String
        package var level: Level
        package var state: OutboxRow.Phase
        package var createdAt: Timestamp
        package var notBefore: Timestamp
        package var settledAt: Timestamp?
        package var note: String
        package var attempts: [Attempt]
        enum CodingKeys: String, CodingKey {
            case id, kind, target, level, state, note, attempts
            case createdAt = "created_at"
            case notBefore = "not_before"
            case settledAt = "settled_at"
        }
        package init(_ row: OutboxRow, attempts: [Attempt]) {
            id = row.id
            kind = row.kind
            target = row.target
            level = row.level
            state = row.phase
            createdAt = row.createdAt
            notBefore = row.notBefore
            settledAt = row.settledAt
            note = row.note
            self.attempts = attempts
        }
    }

    package struct Attempt: Sendable, Hashable, Codable {
        package var number: Int
        package var startedAt: Timestamp
        package var endedAt: Timestamp?
        /// `delivered`, `retry`, `rejected` or `in_doubt`; nil while it is on its way.
        package var outcome: String?
        /// The status of the reply; 0 where there was none.
        package var status: Int
        package var reason: String
        enum CodingKeys: String, CodingKey {
            case number, outcome, status, reason
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }
        package init(_ attempt: Model.Attempt) {
            number = attempt.number
            startedAt = attempt.startedAt
            endedAt = attempt.endedAt
            outcome = attempt.outcome
            status = attempt.status
            reason = attempt.detail
        }
    }

    package struct Told: Sendable, Hashable, Codable {
        package var target: String
        package var at: Timestamp
        /// It was accepted; false: it may have arrived.
        package var isSure: Bool
        package var level: Level
        package var resolvedAt: Timestamp?
        enum CodingKeys: String, CodingKey {
            case target, at, level
            case isSure = "sure"
            case resolvedAt = "resolved_at"
        }
        package init(_ told: Model.Told) {
            target = told.target
            at = told.at
            isSure = !told.isInDoubt
            level = told.level
            resolvedAt = told.resolvedAt
        }
    }

    /// Something that will happen if nothing else does before.
    package struct Coming: Sendable, Hashable, Codable {
        package var at: Timestamp
        package var text: String
        package init(_ at: Timestamp, _ text: String) {
            self.at = at
            self.text = text
        }
    }

    /// `probe NAME`, or `incident ID`.
    package var subject: String
    /// When it was asked, and of when the state is.
    package var time: Timestamp
    package var at: Timestamp
    package var since: Timestamp
    package var until: Timestamp
    /// How the answer is limited: a sentence each.
    package var notes: [String]
    package var probes: [Probe]
    /// Newest first.
    package var incidents: [Incident]
    /// Every record of that time, oldest first.
    package var timeline: [Record]
    /// Why nobody, or not everybody, was told: a sentence each.
    package var nobody: [String]
    package var next: [Coming]

    package init(subject: String, time: Timestamp, at: Timestamp, since: Timestamp, until: Timestamp) {
        self.subject = subject
        self.time = time
        self.at = at
        self.since = since
        self.until = until
        notes = []
        probes = []
        incidents = []
        timeline = []
        nobody = []
        next = []
    }
}
