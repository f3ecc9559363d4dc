/// One message of an incident to one target: the facts from which a channel words it.
package struct Notification: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case trigger, update, acknowledge, resolve
        /// It began and ended before the receiver could be told: for the record, waking nobody.
        case delayed
        case test
        /// A summary at a time of the calendar.
        case digest
        /// Something was changed on purpose: a configuration, a maintenance window.
        case change
    }
    /// Something worth knowing, a line each: `Last deploy: 4.2 of api, 12m before`.
    package struct Fact: Sendable, Hashable {
        package var name: String
        package var text: String
        package init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }
    /// Where to go: a runbook, a dashboard, a page that acknowledges.
    package struct Link: Sendable, Hashable, Codable {
        package var text: String
        /// http or https.
        package var address: String
        package init(_ text: String, _ address: String) {
            self.text = text
            self.address = address
        }
    }
    /// What a template of the configuration says in place of the built-in words; nil keeps these.
    package struct Words: Sendable, Hashable {
        package var title: String?
        package var lines: [String]?
        package init(title: String? = nil, lines: [String]? = nil) {
            self.title = title
            self.lines = lines
        }
    }
    /// A part of a digest: what its lines are, how many, and the first of them.
    package struct Section: Sendable, Hashable {
        package var title: String
        package var lines: [String]
        package init(_ title: String, _ lines: [String] = []) {
            self.title = title
            self.lines = lines
        }
    }
    package struct Member: Sendable, Hashable {
        package var key: AlertKey
        package var level: Level
        package var since: Timestamp
        package var resolvedAt: Timestamp?
        /// Value against limit with n, or the failure.
        package var reason: String
        package var address: String
        /// The level that it had before, where that changed within this incident.
        package var formerLevel: Level?
        /// Those of its probe.
        package var labels: Labels = [:]
        package init(
            key: AlertKey, level: Level, since: Timestamp, resolvedAt: Timestamp? = nil, reason: String, address: String
        ) {
            self.key = key
            self.level = level
            self.since = since
            self.resolvedAt = resolvedAt
            self.reason = reason
            self.address = address
        }
    }
    /// The episode of the same group that ended shortly before this one began.
    package struct Again: Sendable, Hashable {
        package var incident: String
        /// From its end to this one's beginning.
        package var gap: Duration
        package init(incident: String, gap: Duration) {
            self.incident = incident
            self.gap = gap
        }
    }
    package var kind: Kind
    /// Unique to the outbox row, equal on every attempt.
    package var idempotencyKey: String
    /// Equal for all messages of one page of one episode: `md-<incident>-<page>`. Never empty.
    package var dedupKey: String
    package var node: String
    package var incident: String
    package var recipient: String?
    package var title: String
    /// What stands for the title in the subject of every mail of the incident; nil is the title.
    package var stem: String?
    package var level: Level
    package var labels: Labels
    package var openedAt: Timestamp
    package var resolvedAt: Timestamp?
    package var ackedBy: String?
    package var ackedAt: Timestamp?
    /// Nobody has it any more after this, unless somebody takes it again.
    package var ackExpiresAt: Timestamp?
    package var again: Again?
    /// The time that a digest is about, in its zone: `from 2026-03-28 08:00 to 08:00 Europe/London`; nil is in UTC.
    package var period: String?
    /// What a digest says.
    package var sections: [Section] = []
    /// What helps to understand it, most important first.
    package var facts: [Fact] = []
    package var links: [Link] = []
    package var words = Words()
    /// Nothing is wrong: it is practised whether the message arrives and somebody takes it.
    package var isDrill = false
    package var members: [Member]
    /// When it was decided.
    package var at: Timestamp
    /// The first message of the incident to this target; later ones refer to it.
    package var isFirst: Bool
    /// The first message's key: the root of a mail thread.
    package var rootKey: String
    /// The decision could not be stored; the message says so.
    package var isUnrecorded: Bool

    package init(
        kind: Kind, idempotencyKey: String, dedupKey: String, node: String, incident: String, recipient: String? = nil,
        title: String,
        level: Level, labels: Labels = [:], openedAt: Timestamp, resolvedAt: Timestamp? = nil, ackedBy: String? = nil,
        members: [Member] = [], at: Timestamp, isFirst: Bool = true, rootKey: String? = nil, isUnrecorded: Bool = false
    ) {
        self.kind = kind
        self.idempotencyKey = idempotencyKey
        self.dedupKey = dedupKey
        self.node = node
        self.incident = incident
        self.recipient = recipient
        self.title = title
        self.level = level
        self.labels = labels
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.ackedBy = ackedBy
        self.members = members
        self.at = at
        self.isFirst = isFirst
        self.rootKey = rootKey ?? idempotencyKey
        self.isUnrecorded = isUnrecorded
    }
}

/// A worded notification as the outbox stores it: rendered when it was decided, without credentials.
package struct Message: Sendable, Hashable, Codable {
    /// A JSON document, or a whole mail with CRLF line ends.
    package var body: String
    /// Headers of the request, or variables of the program, that hold no secret.
    package var headers: [String: String]
    package init(body: String, headers: [String: String] = [:]) {
        self.body = body
        self.headers = headers
    }
}
