import Alerting
import Model
import Settings

/// A channel that words a notification as one line and takes every kind but those it is told to refuse.
struct LineChannel: Channel {
    static let kind = "line"
    var keepsState = false
    var isQuiet = true
    var refuses: Set<Notification.Kind> = [.acknowledge, .change]
    var recipients: [String] = []
    var attemptsPerMinute = 6000
    var burst = 100
    var attemptsAtOnce = 4
    var rateKey: Secret?
    var resends: Duration?
    var address = "http://localhost"
    var endsWhereItTold = true
    var isWatchdog = false

    init() {}
    init?(_ fields: Fields) { nil }

    /// Like PagerDuty: keeps incidents by key, takes no updates, wakes somebody.
    static var pager: LineChannel {
        var channel = LineChannel()
        channel.keepsState = true
        channel.isQuiet = false
        channel.refuses = [.update, .delayed, .digest, .change]
        return channel
    }

    func message(for notification: Notification) -> Message {
        let firing = notification.members.filter { $0.resolvedAt == nil }.count
        let mark = notification.isUnrecorded ? " unrecorded" : ""
        let page = notification.dedupKey.split(separator: "-").last ?? ""
        return Message(
            body:
                "\(notification.kind.rawValue) \(notification.title) \(notification.level.rawValue) page \(page) firing \(firing)\(mark)"
        )
    }
    func heartbeat(node: String, at now: Timestamp) -> Message? { isWatchdog ? Message(body: "\(node) lives") : nil }
    func outgoing(_ row: OutboxRow) -> Outgoing { .http(HTTPRequest(url: Secret(address), timeout: .seconds(1))) }
    func judge(_ reply: TransferReply) -> DeliveryVerdict { .delivered(reference: nil) }
    func takes(_ kind: Notification.Kind) -> Bool { !refuses.contains(kind) }
}

/// The alert core in virtual time: results go in, messages come out, receivers answer as scripted.
struct World {
    static let start = Timestamp(seconds: 1_760_000_000)

    var state: AlertingState
    var now: Moment
    /// What receivers accepted: `12s slack: trigger api failing …`, seconds since the start.
    var received: [String] = []
    var records: [String] = []
    /// What was said again without a row: `chat: update …`.
    var repeats: [String] = []
    var runs: [RunRequest] = []
    /// How a target answers its next attempts; then it accepts.
    var answers: [String: [DeliveryVerdict]] = [:]
    /// Targets whose attempts stay on their way.
    var hanging: Set<String> = []
    var underWay: [OutboxRow] = []
    var lastDecision = Decision()
    /// All rows as a ledger would hold them.
    var rows: [Int64: OutboxRow] = [:]
    var incidents: [String: Incident] = [:]
    var alerts: [AlertKey: Alert] = [:]
    var timers: [TimerRow.Key: TimerRow] = [:]
    var told: [String: Told] = [:]
    var latest: [String: Observation] = [:]
    var silences: [String: Silence] = [:]
    var overrides: [String: OnCallOverride] = [:]
    var commands: [String: CommandRow] = [:]
    /// The last digest of each name.
    var digests: [String: DigestRow] = [:]
    var channels: [String: ChannelHealth] = [:]
    var evidence: [[String]: EvidenceRow] = [:]
    /// Rows of evidence in all decisions, also where one replaced another.
    var writtenEvidence = 0
    var deploys: [Deploy] = []

    init(_ configuration: AlertingConfiguration, seed: UInt64 = 1) {
        state = AlertingState(configuration: configuration, stored: Stored(), seed: seed, now: World.start)
        now = Moment(wall: World.start, uptime: Uptime(nanoseconds: 0))
        take(state.start(now: now.wall))
    }

    static func configuration(
        rules: [RuleSpec] = [.failing], probes names: [String] = ["api"],
        channels: [String: LineChannel] = ["chat": LineChannel()],
        steps: [PolicySpec.Step] = [PolicySpec.Step(after: .zero, notify: ["chat"])], repeatAfter: Duration = .zero,
        groupBy: [String] = ["probe"], groupWait: Duration? = nil, labels: [String: Labels] = [:]
    ) -> AlertingConfiguration {
        AlertingConfiguration(
            node: "test",
            probes: names.map {
                ProbeSpec(
                    name: $0, kind: "http", address: "http://\($0)", every: .seconds(30), timeout: .seconds(5),
                    labels: labels[$0] ?? [:], rules: rules)
            },
            channels: channels, policies: ["default": PolicySpec(name: "default", steps: steps, repeatAfter: repeatAfter)],
            routes: [RouteSpec(policy: "default", groupBy: groupBy, groupWait: groupWait)])
    }

    var seconds: Int { Int((now.wall - World.start).seconds) }

    // MARK: Events

    mutating func ok(_ probe: String = "api", duration: Double = 0.1) {
        observe(probe, Measured(samples: [Model.Sample(Model.Sample.duration, duration)]))
    }
    mutating func fail(_ probe: String = "api", _ detail: String = "status 503, expected 200") {
        observe(probe, .failed(.status, detail))
    }
    mutating func fault(_ probe: String = "api") { observe(probe, .failed(.saturated, "no worker is free")) }

    mutating func observe(_ probe: String, _ measured: Measured) {
        let observation = Observation(probe: probe, planned: now.wall, started: now.wall, elapsed: .zero, measured: measured)
        take(state.decide(.observed(observation), now: now))
        take(state.decide(.tick, now: now))
    }

    mutating func command(_ command: Command, by name: String = "ada", id: String? = nil) -> CommandReply? {
        let decision = state.decide(.command(command, by: Actor(uid: 1000, pid: 1, name: name), id: id), now: now)
        take(decision)
        take(state.decide(.tick, now: now))
        return decision.reply
    }

    /// Lets time pass; whatever is due on the way happens at its time.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let due = state.nextDue(), due <= end.wall {
            if due > now.wall { now = now + (due - now.wall) }
            take(state.decide(.tick, now: now))
        }
        now = end
        take(state.decide(.tick, now: now))
    }

    /// The attempts that hang end with this.
    mutating func settleHanging(_ verdict: DeliveryVerdict) {
        let rows = underWay
        underWay = []
        for row in rows { settle(row, verdict) }
        take(state.decide(.tick, now: now))
    }

    /// The process dies and starts again from what was stored.
    mutating func crashAndRestart(_ configuration: AlertingConfiguration? = nil, after downtime: Duration = .zero) {
        var stored = Stored()
        stored.alerts = alerts.values.sorted { $0.key < $1.key }
        stored.outbox = rows.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }
        let alive = Set(stored.outbox.map(\.incident))
        stored.incidents = incidents.values.filter { $0.isOpen || alive.contains($0.id) }
        stored.timers = timers.values.sorted {
            ($0.due, $0.key.kind.rawValue, $0.key.owner) < ($1.due, $1.key.kind.rawValue, $1.key.owner)
        }
        stored.told = told.values.filter { incidents[$0.incident]!.isOpen || alive.contains($0.incident) }
        stored.ended = incidents.values.filter {
            !alive.contains($0.id) && $0.resolvedAt.map { now.wall + downtime - $0 < Stored.endedKept } == true
        }
        let ended = Set(stored.ended.map(\.id))
        stored.toldOfEnded = told.values.filter { ended.contains($0.incident) }
        stored.dead = rows.values.filter { $0.phase == .dead }.sorted { $0.id < $1.id }
        stored.deadCount = stored.dead.count
        stored.lastOutboxID = rows.keys.max() ?? 0
        now = now + downtime
        stored.commands = commands.values.filter { now.wall - $0.at < .seconds(86_400) }
        stored.latest = latest
        stored.silences = silences.values.sorted { $0.id < $1.id }
        stored.overrides = overrides.values.sorted { $0.id < $1.id }
        stored.endedOverrides = stored.overrides.filter { $0.endsAt <= now.wall }
        stored.digests = digests.values.sorted { $0.name < $1.name }
        stored.channels = channels.values.sorted { $0.name < $1.name }
        let loaded = Set(stored.incidents.map(\.id))
        stored.evidence = evidence.values.filter { loaded.contains($0.incident) }
        stored.deploys = deploys
        underWay = []
        state = AlertingState(
            configuration: configuration ?? state.configuration, stored: stored, seed: UInt64(rows.count) + 2, now: now.wall)
        take(state.start(now: now.wall))
        take(state.decide(.tick, now: now))
    }

    // MARK: Consequences

    mutating func take(_ decision: Decision) {
        lastDecision = decision
        for observation in decision.observations { latest[observation.probe] = observation }
        for alert in decision.alerts { alerts[alert.key] = alert }
        for key in decision.removedAlerts { alerts[key] = nil }
        for incident in decision.incidents { incidents[incident.id] = incident }
        for timer in decision.timers { timers[timer.key] = timer }
        for key in decision.cancelledTimers { timers[key] = nil }
        for row in decision.outbox { rows[row.id] = row }
        for silence in decision.silences { silences[silence.id] = silence }
        for command in decision.commands { commands[command.id] = command }
        for entry in decision.told { told["\(entry.incident) \(entry.target)"] = entry }
        for override in decision.overrides { overrides[override.id] = override }
        for row in decision.digests where row.localDate >= digests[row.name]?.localDate ?? "" { digests[row.name] = row }
        for channel in decision.channels { channels[channel.name] = channel }
        for row in decision.evidence { evidence[[row.incident, row.probe]] = row }
        writtenEvidence += decision.evidence.count
        deploys += decision.deploys
        records += decision.records.map(\.text)
        runs += decision.runs
        for row in decision.repeats {
            repeats.append("\(row.target): \(row.message.body)")
            take(state.decide(.settled(Settlement(row: row.id, attempt: 1, verdict: .delivered(reference: nil))), now: now))
        }
        for row in decision.sends {
            if hanging.contains(row.target) {
                underWay.append(row)
                continue
            }
            var script = answers[row.target] ?? []
            let verdict = script.isEmpty ? DeliveryVerdict.delivered(reference: nil) : script.removeFirst()
            answers[row.target] = script
            settle(row, verdict)
        }
    }

    mutating func settle(_ row: OutboxRow, _ verdict: DeliveryVerdict) {
        if case .delivered = verdict { received.append("\(seconds)s \(row.target): \(row.message.body)") }
        // A verdict's reason names the status: `status 503`.
        let status = Int(verdict.reason.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
        take(state.decide(.settled(Settlement(row: row.id, attempt: row.tries, verdict: verdict, status: status)), now: now))
        take(state.decide(.tick, now: now))
    }
}
