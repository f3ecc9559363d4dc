import Model

/// Values with every field set, so that a field that is not stored is noticed.
enum Samples {
    /// With microseconds, which texts of times do not keep.
    static let start = Timestamp(microseconds: 1_774_742_400_123_456)

    static func incident(_ id: String, group: String) -> Incident {
        let policy = PolicySpec(
            name: "default",
            steps: [
                .init(after: .zero, notify: ["slack"]),
                .init(after: .microseconds(300_000_001), level: .critical, notify: ["pager"]),
            ], repeatAfter: .seconds(7200))
        var incident = Incident(
            id: id, groupKey: group, labels: ["service": "api", "ünï": "\"{}'\n"], level: .critical, title: "api: connect",
            openedAt: start, policy: policy, stepsFrom: start + .microseconds(7), groupInterval: .microseconds(300_000_007))
        incident.members = [
            .init(
                key: AlertKey(probe: "api", rule: "failing"), level: .critical, since: start + .microseconds(1),
                resolvedAt: start + .microseconds(2), reason: "no route to host"),
            .init(key: AlertKey(probe: "db", rule: "slow"), level: .warning, since: start, reason: "2.1s > 2s"),
        ]
        incident.members[0].formerLevel = .warning
        incident.nextStep = 1
        incident.ranSteps = [0]
        incident.roots = ["slack": "\(id)-1"]
        incident.page = 2
        incident.version = 5
        incident.epoch = 3
        incident.isAnnounced = true
        incident.isUnrecorded = true
        incident.kind = .storm
        incident.mergedInto = "01P"
        incident.ackExpiresAt = start + .microseconds(11)
        return incident
    }

    static func alert(_ probe: String, _ rule: String) -> Alert {
        var alert = Alert(key: AlertKey(probe: probe, rule: rule), since: start)
        alert.phase = .firing
        alert.level = .critical
        alert.badSince = start - .seconds(30)
        alert.goodSince = start - .seconds(60)
        alert.firedAt = start + .microseconds(3)
        alert.badBits = .max
        alert.criticalBits = 1 << 63
        alert.known = 64
        alert.goodRun = 4
        alert.incidents = ["01A", "01C"]
        alert.suppression = Suppression(.silence, by: "01S", reason: "\"db\" is moved\n", since: start + .microseconds(13))
        alert.freshAfter = start + .microseconds(17)
        alert.isFlapping = true
        alert.reason = "no route to host"
        return alert
    }

    static func silence(_ id: String, kind: Silence.Kind = .silence) -> Silence {
        Silence(
            id: id, kind: kind,
            matchers: [
                [matcher("service", .matches, "db|\"cache\".*"), Matcher("env", equals: "")], [matcher("host", .notEqual, "a")],
            ], startsAt: start - .microseconds(3), endsAt: start + .microseconds(3), untilResolved: true, author: "ann",
            comment: "moving the database", createdAt: start - .seconds(1), endedBy: kind == .silence ? nil : "bob")
    }

    private static func matcher(_ name: String, _ comparison: Matcher.Operator, _ value: String) -> Matcher {
        do { return try Matcher(name, comparison, value) } catch { preconditionFailure(error.sentence) }
    }

    static func row(_ id: Int64, _ phase: OutboxRow.Phase, incident: String) -> OutboxRow {
        var row = OutboxRow(
            id: id, incident: incident, target: "mail/lead@example.com", channel: "mail", recipient: "lead@example.com",
            kind: .trigger, level: .critical, page: 2, idempotencyKey: "md-ops-1-\(incident)-\(id)",
            message: Message(body: "Subject: api\r\n\r\nno route to host", headers: ["X-Kind": "trigger"]), createdAt: start,
            notBefore: start + .microseconds(5), deadline: start + .seconds(3600))
        row.phase = phase
        row.tries = 1
        row.isInDoubt = true
        row.lastAttemptAt = start + .microseconds(9)
        row.settledAt = row.isSettled ? start + .seconds(9) : nil
        row.note = "451 try later"
        return row
    }

    static func observation(of probe: String, at time: Timestamp) -> Observation {
        Observation(
            probe: probe, planned: time - .microseconds(17), started: time, elapsed: .nanoseconds(123_456_789),
            measured: Measured(samples: [Sample("duration", 0.123456), Sample("status", 200)]))
    }

    static func run(of probe: String, at time: Timestamp) -> Decision {
        var decision = Decision()
        decision.observations = [observation(of: probe, at: time)]
        return decision
    }

    static var everything: Decision {
        var decision = Decision()
        decision.observations = [
            observation(of: "api", at: start),
            Observation(
                probe: "db", planned: start, started: start, elapsed: .seconds(5), isExtra: true,
                measured: .failed(.timeout, "no answer in 5s", samples: [Sample("duration", 5, isCensored: true)])),
        ]
        var quiet = Alert(key: AlertKey(probe: "db", rule: "slow"), since: start)
        quiet.reason = "nothing yet"
        decision.alerts = [alert("api", "failing"), quiet]
        var acked = incident("01A", group: "default/api")
        acked.phase = .acked
        acked.ackedBy = "ops"
        acked.ackedAt = start + .seconds(3)
        var resolved = incident("01B", group: "default/db")
        resolved.phase = .resolved
        resolved.resolvedAt = start + .seconds(4)
        decision.incidents = [acked, resolved]
        decision.timers = [
            TimerRow(.step, owner: "01A", due: start + .seconds(300), epoch: 3),
            TimerRow(.confirm, owner: "api/slow", due: start + .seconds(301), epoch: 0),
        ]
        decision.outbox = [
            row(1, .inflight, incident: "01A"), row(2, .superseded, incident: "01A"), row(3, .dead, incident: "01B"),
        ]
        decision.outbox[0].reference = "C1:1774749665.000100"
        var attempt = Attempt(row: 1, number: 1, startedAt: start)
        var settled = Attempt(row: 1, number: 2, startedAt: start + .seconds(1))
        settled.endedAt = start + .seconds(2)
        settled.outcome = "retry"
        settled.status = 451
        settled.detail = "try later"
        attempt.detail = "under way"
        decision.attempts = [attempt, settled]
        decision.told = [
            Told(
                incident: "01A", target: "slack", isInDoubt: true, level: .warning, page: 1, at: start, reference: "1.2",
                resolvedAt: start + .seconds(8)),
            Told(incident: "01B", target: "mail", isInDoubt: false, level: .critical, page: 2, at: start),
        ]
        decision.silences = [silence("01S"), silence("01T", kind: .maintenance)]
        decision.overrides = [
            OnCallOverride(
                id: "01O", schedule: "primary", person: "ann", startsAt: start - .microseconds(1),
                endsAt: start + .microseconds(1), author: "lead", comment: "swapped", createdAt: start - .seconds(60))
        ]
        decision.commands = [
            CommandRow(
                id: "ack-1", at: start, actor: Actor(uid: 1000, pid: 42, name: "ops"), text: "acknowledge 01A",
                reply: CommandReply(
                    .done, "acknowledged 01A", details: ["one", "two"],
                    run: Snapshot.Run(observation(of: "api", at: start))))
        ]
        decision.digests = [DigestRow(name: "team", localDate: "2026-03-29", at: start)]
        var health = ChannelHealth(name: "pager", since: start)
        health.failures = 5
        health.openUntil = start + .microseconds(19)
        health.notBefore = start + .microseconds(23)
        health.acceptedAt = start - .microseconds(29)
        health.tokens = 2.5
        health.tokensAt = start + .microseconds(31)
        health.problem = "500, the receiver failed\n"
        decision.channels = [health, ChannelHealth(name: "slack", since: start)]
        decision.evidence = [
            EvidenceRow(
                incident: "01A", probe: "api", at: start, bad: Evidence([.init("status", "503 \"down\"")]),
                good: Evidence([.init("status", "200")]), goodAt: start - .microseconds(37)),
            EvidenceRow(incident: "01A", probe: "db", at: start, bad: Evidence()),
        ]
        decision.deploys = [
            Deploy(id: "01D", at: start, labels: ["service": "api"], version: "4.2", comment: "ünï", author: "ann")
        ]
        decision.records = Record.Kind.allCases.enumerated().map { index, kind in
            Record(
                at: start + .microseconds(index), kind, probe: index % 2 == 0 ? "api" : nil, rule: "failing",
                incident: index % 3 == 0 ? "01A" : nil, "what happened: \(kind)")
        }
        return decision
    }
}
