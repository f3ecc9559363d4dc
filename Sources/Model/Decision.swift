/// Something that happened, to be decided.
package enum Event: Sendable {
    case observed(Observation)
    /// A planned run did not start because the one before it had not ended, or our own queue was full.
    case skipped(probe: String, planned: Timestamp)
    case settled(Settlement)
    /// Time has passed: due timers run, due deliveries start.
    case tick
    /// An `id` that its sender chose makes it safe to send again.
    case command(Command, by: Actor, id: String? = nil)
    /// The daemon carried out a command that is not decided: it is recorded, and its answer remembered.
    case carriedOut(Command, by: Actor, id: String?, CommandReply)
}

/// One line of what a person may ask about later: a transition, a notification, a command, and why.
package struct Record: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case alert, incident, step, delivery, command, configuration, storage, daemon
        /// What holds messages back: silences, maintenance, and what they held.
        case suppression
        /// Who is on call.
        case oncall
        case digest
        /// What a channel's attempts say of it.
        case channel
        /// Somebody put a version into service.
        case deploy
        case drill
    }
    package var at: Timestamp
    package var kind: Kind
    package var probe: String?
    package var rule: String?
    package var incident: String?
    /// What happened, with its reason: one sentence.
    package var text: String
    /// Nobody could be told: the log says it at the highest priority. Not stored.
    package var isAlarm = false
    enum CodingKeys: String, CodingKey { case at, kind, probe, rule, incident, text }
    package init(
        at: Timestamp, _ kind: Kind, probe: String? = nil, rule: String? = nil, incident: String? = nil, _ text: String
    ) {
        self.at = at
        self.kind = kind
        self.probe = probe
        self.rule = rule
        self.incident = incident
        self.text = text
    }
}

/// What follows from events: whole rows to be written in one transaction, and effects to happen after it.
/// A row that stands twice counts as it stands last; an alert that is both removed and set is set.
package struct Decision: Sendable {
    package var observations: [Observation] = []
    package var alerts: [Alert] = []
    package var removedAlerts: [AlertKey] = []
    package var incidents: [Incident] = []
    package var timerChanges = TimerChanges()
    package var outbox: [OutboxRow] = []
    package var attempts: [Attempt] = []
    package var told: [Told] = []
    package var records: [Record] = []
    package var silences: [Silence] = []
    package var overrides: [OnCallOverride] = []
    package var commands: [CommandRow] = []
    package var digests: [DigestRow] = []
    package var channels: [ChannelHealth] = []
    package var evidence: [EvidenceRow] = []
    package var deploys: [Deploy] = []

    /// After the commit: attempts to carry out.
    package var sends: [OutboxRow] = []
    /// After the commit: what receivers that forget are told again. They are no rows; their settlements have ids below zero.
    package var repeats: [OutboxRow] = []
    /// After the commit: runs wanted beside the planned ones.
    package var runs: [RunRequest] = []
    /// After the commit: the answer to the command that was decided,
    package var reply: CommandReply?
    /// or the outbox rows whose settlements together are the answer.
    package var repliesWithRows: Set<Int64> = []

    package init() {}

    /// Nothing but samples: it may wait for the next commit.
    package var isOnlySamples: Bool {
        alerts.isEmpty && removedAlerts.isEmpty && incidents.isEmpty && timerChanges.isEmpty && outbox.isEmpty
            && attempts.isEmpty && told.isEmpty && records.isEmpty && silences.isEmpty && overrides.isEmpty
            && commands.isEmpty && digests.isEmpty && channels.isEmpty && evidence.isEmpty && deploys.isEmpty
    }
    package var isEmpty: Bool { isOnlySamples && observations.isEmpty }

    /// Those set, and those cancelled: no timer is both.
    package var timers: [TimerRow] {
        get { timerChanges.timers }
        set { timerChanges.timers = newValue }
    }
    package var cancelledTimers: [TimerRow.Key] {
        get { timerChanges.cancelled }
        set { timerChanges.cancelled = newValue }
    }

    /// Adds what `next` decided after this.
    package mutating func append(_ next: Decision) {
        observations += next.observations
        if !next.removedAlerts.isEmpty {
            let removed = Set(next.removedAlerts)
            alerts.removeAll { removed.contains($0.key) }
        }
        alerts += next.alerts
        removedAlerts += next.removedAlerts
        incidents += next.incidents
        timerChanges.append(next.timerChanges)
        outbox += next.outbox
        attempts += next.attempts
        told += next.told
        records += next.records
        silences += next.silences
        overrides += next.overrides
        commands += next.commands
        digests += next.digests
        channels += next.channels
        evidence += next.evidence
        deploys += next.deploys
        sends += next.sends
        repeats += next.repeats
        runs += next.runs
        reply = next.reply ?? reply
        repliesWithRows.formUnion(next.repliesWithRows)
    }
}

/// A run that rules ask for: a retry after a first bad result, a fresh look when `for` may be met.
package struct RunRequest: Sendable, Hashable {
    package var probe: String
    package var after: Duration
    package init(probe: String, after: Duration = .zero) {
        self.probe = probe
        self.after = after
    }
}

/// What the ledger held when it was opened.
package struct Stored: Sendable {
    package var alerts: [Alert] = []
    /// Open incidents, and resolved ones that still have messages on the way.
    package var incidents: [Incident] = []
    /// Incidents that ended within `Stored.endedKept` and have no message on the way, with who was told of them: receivers that
    /// forget are to hear of their end again.
    package var ended: [Incident] = []
    /// Overrides that ended since the first handoff that was missed: who was on call before it.
    package var endedOverrides: [OnCallOverride] = []
    package var toldOfEnded: [Told] = []
    package var timers: [TimerRow] = []
    /// Rows that are not settled, in the order of their ids.
    package var outbox: [OutboxRow] = []
    package var told: [Told] = []
    /// Those that are not over.
    package var silences: [Silence] = []
    package var overrides: [OnCallOverride] = []
    /// Those of the last `CommandRow.kept`, oldest first.
    package var commands: [CommandRow] = []
    /// The latest of each name.
    package var digests: [DigestRow] = []
    package var channels: [ChannelHealth] = []
    /// Of the incidents above.
    package var evidence: [EvidenceRow] = []
    /// Those of the last `Stored.deploysKept`, oldest first.
    package var deploys: [Deploy] = []
    package var lastOutboxID: Int64 = 0
    /// Rows that were given up and that nobody has looked at.
    package var deadCount = 0
    /// The newest of those, in the order of their ids.
    package var dead: [OutboxRow] = []
    /// The latest observation of each probe.
    package var latest: [String: Observation] = [:]
    /// A deploy longer ago is not what broke something today.
    package static let deploysKept = Duration.seconds(30 * 86_400)
    /// As long as Prometheus repeats the end of an alert, so that an Alertmanager that was away meanwhile hears of it.
    package static let endedKept = Duration.seconds(900)
    package init() {}
}
