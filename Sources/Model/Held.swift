// What holds messages back, and who is on call, as interfaces show it. The JSON keys are an interface.
extension Snapshot {
    /// What holds the messages of an alert back.
    package struct SuppressedBy: Sendable, Hashable, Codable {
        package var kind: SuppressionKind
        package var by: String
        package var reason: String
        package var since: Timestamp
        package init(_ suppression: Suppression) {
            kind = suppression.kind
            by = suppression.by
            reason = suppression.reason
            since = suppression.since
        }
    }

    /// How much is held back, and by what.
    package struct Held: Sendable, Hashable, Codable {
        package struct Count: Sendable, Hashable, Codable {
            package var pending = 0
            package var active = 0
        }
        package var silences = Count()
        /// Configured and ad-hoc.
        package var maintenance = Count()
        /// Alerts by the kind of what holds them.
        package var alerts: [String: Int] = [:]
        package init() {}
        package var isNothing: Bool { self == Held() }
    }

    package struct Silence: Sendable, Hashable, Codable {
        package var id: String
        package var kind: Model.Silence.Kind
        package var state: Model.Silence.Phase
        /// Sets of matchers, one of which is enough.
        package var matchers: [[String]]
        package var startsAt: Timestamp
        package var endsAt: Timestamp
        package var untilResolved: Bool
        package var author: String
        package var comment: String
        package var createdAt: Timestamp
        package var endedBy: String?
        /// The alerts that it matches and that fire now.
        package var firing: [String]
        enum CodingKeys: String, CodingKey {
            case id, kind, state, matchers, author, comment, firing
            case startsAt = "starts_at"
            case endsAt = "ends_at"
            case untilResolved = "until_resolved"
            case createdAt = "created_at"
            case endedBy = "ended_by"
        }
        package init(_ silence: Model.Silence, now: Timestamp, firing: [String] = []) {
            id = silence.id
            kind = silence.kind
            state = silence.phase(at: now)
            matchers = silence.matchers.map { $0.map(\.description) }
            startsAt = silence.startsAt
            endsAt = silence.endsAt
            untilResolved = silence.untilResolved
            author = silence.author
            comment = silence.comment
            createdAt = silence.createdAt
            endedBy = silence.endedBy
            self.firing = firing
        }
    }

    /// A maintenance window: configured, with a name, or started by an operator, with an id.
    package struct Maintenance: Sendable, Hashable, Codable {
        package var name: String?
        package var id: String?
        package var state: Model.Silence.Phase
        package var matchers: [[String]]
        /// The present time of it, or the next; nil where there is none any more.
        package var startsAt: Timestamp?
        package var endsAt: Timestamp?
        package var isRecurring: Bool
        package var author: String?
        package var comment: String
        enum CodingKeys: String, CodingKey {
            case name, id, state, matchers, author, comment
            case startsAt = "starts_at"
            case endsAt = "ends_at"
            case isRecurring = "recurring"
        }
        package init(_ window: MaintenanceWindow, now: Timestamp) {
            name = window.name
            matchers = [window.matchers.map(\.description)]
            comment = window.comment
            if case .recurring = window.plan { isRecurring = true } else { isRecurring = false }
            let present = window.span(at: now)
            let span = present ?? window.nextChange(after: now).flatMap { window.span(at: $0) }
            state = present != nil ? .active : span != nil ? .pending : .expired
            startsAt = span?.from
            endsAt = span?.until
        }
        package init(_ silence: Silence) {
            id = silence.id
            state = silence.state
            matchers = silence.matchers
            startsAt = silence.startsAt
            endsAt = silence.endsAt
            isRecurring = false
            author = silence.author
            comment = silence.comment
        }
    }

    package struct Override: Sendable, Hashable, Codable {
        package var id: String
        package var schedule: String
        package var person: String
        package var state: Model.Silence.Phase
        package var startsAt: Timestamp
        package var endsAt: Timestamp
        package var author: String
        package var comment: String
        enum CodingKeys: String, CodingKey {
            case id, schedule, person, state, author, comment
            case startsAt = "starts_at"
            case endsAt = "ends_at"
        }
        package init(_ override: OnCallOverride, now: Timestamp) {
            id = override.id
            schedule = override.schedule
            person = override.person
            state = now < override.startsAt ? .pending : now < override.endsAt ? .active : .expired
            startsAt = override.startsAt
            endsAt = override.endsAt
            author = override.author
            comment = override.comment
        }
    }

    /// Who is on call on one schedule at one moment.
    package struct OnCall: Sendable, Hashable, Codable {
        package var schedule: String
        package var zone: String
        package var at: Timestamp
        /// Names of contacts; empty: nobody.
        package var people: [String]
        /// When other people are, or nobody; nil where that is not foreseen.
        package var until: Timestamp?
        /// Overrides that are not over at that moment.
        package var overrides: [Override]
        package init(
            schedule: String, zone: String, at: Timestamp, people: [String], until: Timestamp? = nil, overrides: [Override]
        ) {
            self.schedule = schedule
            self.zone = zone
            self.at = at
            self.people = people
            self.until = until
            self.overrides = overrides
        }
    }
}
