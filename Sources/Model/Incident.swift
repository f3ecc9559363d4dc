/// What people are told about: grouped alerts, from the first that fires to the last that recovers.
package struct Incident: Sendable, Hashable, Codable {
    package enum Phase: String, Sendable, Hashable, Codable {
        case open, acked, resolved
    }
    package enum Kind: String, Sendable, Hashable, Codable {
        /// Alerts of one group.
        case group
        /// Many services fail at once; the incidents of their alerts are merged into it.
        case quorum
        /// More pages came at once than a person can read; they are merged into it.
        case storm
        /// Nothing is wrong: somebody tries whether people are reached.
        case drill
    }
    /// What one alert contributes.
    package struct Member: Sendable, Hashable, Codable {
        package var key: AlertKey
        package var level: Level
        /// The level that it had before, where that changed within this incident.
        package var formerLevel: Level?
        /// Its first failure.
        package var since: Timestamp
        /// When an incident that gathers took it up.
        package var joinedAt: Timestamp?
        package var resolvedAt: Timestamp?
        package var reason: String
        package init(key: AlertKey, level: Level, since: Timestamp, resolvedAt: Timestamp? = nil, reason: String) {
            self.key = key
            self.level = level
            self.since = since
            self.resolvedAt = resolvedAt
            self.reason = reason
        }
    }
    /// A ULID, one an episode.
    package var id: String
    /// Policy name and group values: at most one open incident has it.
    package var groupKey: String
    package var labels: Labels
    package var phase: Phase
    /// The highest level of its firing members; kept as it was when the last one recovered.
    package var level: Level
    package var title: String
    package var openedAt: Timestamp
    package var resolvedAt: Timestamp?
    package var ackedBy: String?
    package var ackedAt: Timestamp?
    package var members: [Member]
    package var policy: PolicySpec
    /// The step whose turn is next; `steps.count` when all had theirs.
    package var nextStep: Int
    /// The steps that ran since the policy began; the others were passed over for the incident's level.
    package var ranSteps: [Int]
    /// Where `after` of the steps counts from: the end of `group_wait`.
    package var stepsFrom: Timestamp
    /// Changes of members within this long are told together.
    package var groupInterval: Duration
    /// The key of the first message to each target: what later mails refer to.
    package var roots: [String: String]
    /// A page is what wakes somebody: it begins at open and at every rise of the level. Part of the dedup key.
    package var page: Int
    /// Rises with every change; commands name the version they saw.
    package var version: Int
    /// Timers of an older epoch are dropped.
    package var epoch: Int
    /// Steps have run: group_wait is over and people may have been told.
    package var isAnnounced: Bool
    /// The decision fell while the ledger could not commit.
    package var isUnrecorded: Bool
    /// What it gathers.
    package var kind: Kind
    /// The incident that tells people instead of this one.
    package var mergedInto: String?
    /// The incident of the same group that ended shortly before this one began.
    package var previous: String?
    package var previousEndedAt: Timestamp?
    /// The acknowledgement is over then.
    package var ackExpiresAt: Timestamp?
    /// The page of which the fallback contact was told; zero is none.
    package var fallbackPage: Int
    /// The policy came to its end and reached nobody, and nobody was reached since.
    package var isNobodyReached: Bool
    /// The template that the route named by which it opened.
    package var template: String?
    /// The page with which the policy last began anew, for nobody had it any more: whoever was told of those before hears by its steps.
    package var reopenedPage: Int?
    /// When the latest of what was done at a receiver happened there: what arrives later and is older says nothing.
    package var relayedAt: Timestamp?
    /// The last row that was written before a member came, went or changed its level: what was worded later holds that.
    package var changedAfter: Int64?

    package init(
        id: String, groupKey: String, labels: Labels, level: Level, title: String, openedAt: Timestamp, policy: PolicySpec,
        stepsFrom: Timestamp, groupInterval: Duration
    ) {
        self.id = id
        self.groupKey = groupKey
        self.labels = labels
        self.phase = .open
        self.level = level
        self.title = title
        self.openedAt = openedAt
        self.members = []
        self.policy = policy
        self.nextStep = 0
        self.ranSteps = []
        self.stepsFrom = stepsFrom
        self.groupInterval = groupInterval
        self.roots = [:]
        self.page = 1
        self.version = 1
        self.epoch = 1
        self.isAnnounced = false
        self.isUnrecorded = false
        self.kind = .group
        self.fallbackPage = 0
        self.isNobodyReached = false
    }

    package var isOpen: Bool { phase != .resolved }
    /// What of its title never changes, by which mails stay together.
    package var stem: String {
        switch kind {
        case .group, .storm: title
        case .quorum: "\(labels["quorum"] ?? ""): many fail at once"
        case .drill: labels["drill"] ?? title
        }
    }
    package var firing: [Member] { members.filter { $0.resolvedAt == nil } }
    /// When what it is about began: its first member had failed before it was worth an incident.
    package var beganAt: Timestamp { min(openedAt, members.lazy.map(\.since).min() ?? openedAt) }
    /// Some member fires, or the one that is named.
    package var hasFiring: Bool { members.indices.contains { members[$0].resolvedAt == nil } }
    package func hasFiring(_ key: AlertKey) -> Bool { index(of: key).map { members[$0].resolvedAt == nil } ?? false }

    /// Adds what an alert contributes, in place of what it contributed before.
    package mutating func put(_ member: Member) {
        if let old = index(of: member.key) { members.remove(at: old) }
        members.append(member)
    }

    /// By index: a storm has thousands of members, and to hand each to a closure copies it.
    package func index(of key: AlertKey) -> Int? { members.indices.first { members[$0].key == key } }
    /// The level that a member which fires has in it; nil where it is none.
    package func firingLevel(of key: AlertKey) -> Level? {
        index(of: key).flatMap { members[$0].resolvedAt == nil ? members[$0].level : nil }
    }
    /// The highest level of those that fire; nil where none does.
    package var firingLevel: Level? { members.lazy.filter { $0.resolvedAt == nil }.map(\.level).max() }
}

/// Who was told of an incident, and how surely. Resolves go to exactly these.
package struct Told: Sendable, Hashable, Codable {
    package var incident: String
    package var target: String
    /// Delivered, or perhaps delivered.
    package var isInDoubt: Bool
    package var level: Level
    package var page: Int
    package var at: Timestamp
    /// What the receiver called it (a Slack `ts`), where it said so.
    package var reference: String?
    /// The resolve was delivered, or given up.
    package var resolvedAt: Timestamp?
    /// The row by which it was told.
    package var row: Int64?
    package init(
        incident: String, target: String, isInDoubt: Bool, level: Level, page: Int, at: Timestamp, reference: String? = nil,
        resolvedAt: Timestamp? = nil
    ) {
        self.incident = incident
        self.target = target
        self.isInDoubt = isInDoubt
        self.level = level
        self.page = page
        self.at = at
        self.reference = reference
        self.resolvedAt = resolvedAt
    }
}

/// Something due at a time. A timer whose epoch is not its owner's current one is dropped.
package struct TimerRow: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The incident's next policy step; the first one ends `group_wait`.
        case step
        /// A coalesced update about members that came or went.
        case update
        /// An alert's `for` may be met: run the probe.
        case confirm
        /// A silence, or an operator's maintenance, begins or ends.
        case silence
        /// A configured maintenance window begins or ends.
        case maintenance
        /// An alert waits no longer for word of what it depends on.
        case hold
        /// An acknowledgement is over.
        case ackExpiry = "ack_expiry"
        /// A contact's channel has not accepted a message in time.
        case failover
        /// A summary is due.
        case digest
        /// Somebody else is on call now.
        case handoff
        /// Too few services fail for a quorum, and have for long enough.
        case quorum
        /// No run has given a result for too long.
        case noData = "no_data"
        /// A drill's time to be acknowledged is over.
        case drill
        /// It is looked at whether every channel has accepted something lately.
        case proof
    }
    package struct Key: Sendable, Hashable, Codable {
        package var kind: Kind
        /// An incident's id, `probe/rule`, or the name or id of what it is about.
        package var owner: String
        package init(kind: Kind, owner: String) {
            self.kind = kind
            self.owner = owner
        }
    }
    package var key: Key
    package var due: Timestamp
    package var epoch: Int
    package init(_ kind: Kind, owner: String, due: Timestamp, epoch: Int) {
        self.key = Key(kind: kind, owner: owner)
        self.due = due
        self.epoch = epoch
    }
}
