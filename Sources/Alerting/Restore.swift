package import Model

// Start and reload: the state is built from what the ledger holds, and takes a new configuration without forgetting.
extension AlertingState {
    /// A pending clock survives downtime up to this; after more it starts anew.
    private static let pendingSurvives = Duration.seconds(3600)

    /// The state that the ledger's rows describe. An attempt that was on its way when the daemon died is in doubt and is made again
    /// at once. A restart by itself tells nobody anything.
    package init(configuration: AlertingConfiguration, stored: Stored, seed: UInt64, now: Timestamp) {
        self.init(configuration: configuration, seed: seed)
        let (stored, renamed) = AlertingState.renamed(stored, configuration.renames)
        renames = configuration.renames
        for spec in configuration.probes { probes[spec.name] = ProbeState(spec: spec, now: now) }
        outbox.lastID = stored.lastOutboxID
        for incident in stored.incidents {
            incidents[incident.id] = incident
            if incident.isOpen {
                openByGroup[incident.groupKey] = incident.id
            } else {
                rememberEnd(of: incident)
                link(incident)
            }
        }
        for entry in stored.told { told[entry.incident, default: [:]][entry.target] = entry }
        for timer in stored.timers { setTimer(timer) }
        restoreCommands(stored, now: now)
        for row in stored.digests { digests[row.name] = row }
        for health in stored.channels { channels[health.name] = health }
        for row in stored.dead { deadLetters[row.id] = row }
        deploys = stored.deploys
        for alert in stored.alerts { restore(alert, latest: stored.latest[alert.key.probe], now: now) }
        for (name, observation) in stored.latest { probes[name]?.latest = observation }
        restoreEvidence(stored.evidence)
        rebuildMissing()
        draft = renamed
        for row in stored.outbox { restore(row, now: now) }
        outbox.deadCount = stored.deadCount
        for silence in stored.silences where silence.phase(at: now) != .expired { silences[silence.id] = silence }
        for entry in stored.overrides where now < entry.endsAt { overrides[entry.id] = entry }
        endedOverrides = stored.endedOverrides
        for index in probes.indices { probes.values[index].restoreShown(now: now) }
        restoreEnded(stored)
        restoreRepeats(now: now)
    }

    private mutating func restore(_ stored: Alert, latest: Observation?, now: Timestamp) {
        var alert = stored
        let away = latest.map { now - $0.ended } ?? .zero
        if alert.phase == .pending, away > AlertingState.pendingSurvives {
            alert.badSince = nil
            alert.criticalSince = nil
            alert.badBits = 0
            alert.criticalBits = 0
            alert.phase = .ok
            alert.level = nil
            alert.since = now
        }
        if alert.phase == .recovering {
            alert.goodRun = 0
            alert.goodSince = nil
            alert.phase = .firing
            // Nobody is told of it while it recovers; if it is bad once more somebody is to be.
            if alert.incidents.isEmpty, !alert.waitsToBeTold { alert.freshAfter = now }
        }
        guard let index = probes[alert.key.probe]?.alerts.firstIndex(where: { $0.key == alert.key }) else {
            if !adopt(alert) { orphans.append((alert, ["probe": alert.key.probe, "rule": alert.key.rule])) }
            return
        }
        probes[alert.key.probe]!.alerts[index] = alert
        if alert != stored { touched.alerts.insert(alert.key) }
    }

    private mutating func restore(_ stored: OutboxRow, now: Timestamp) {
        var row = stored
        if row.phase == .inflight {
            row.phase = .pending
            row.isInDoubt = true
            row.notBefore = now
            row.note = "the daemon stopped while an attempt was on its way"
            var attempt = Attempt(row: row.id, number: row.tries, startedAt: row.lastAttemptAt ?? now)
            attempt.endedAt = now
            attempt.outcome = DeliveryVerdict.inDoubt("").outcome
            attempt.detail = row.note
            draft.attempts.append(attempt)
        }
        put(row)
    }

    /// What has to be put right after a start: alerts whose probe or rule is gone, resolved incidents with pages on their way.
    package mutating func start(now: Timestamp) -> Decision {
        planHandoffs(now: now)
        planDigests(now: now)
        removeOrphans(now: now)
        rebuildSuppression(now: now)
        reviewChannels(now: now)
        for incident in incidents.values.sorted(by: { $0.id < $1.id }) where !incident.isOpen {
            for target in targets(of: incident.id) { conclude(incident.id, target, now: now) }
        }
        for index in probes.indices { probes.values[index].refreshShown(now: now) }
        return finish()
    }

    /// Fills windows from history, oldest first, without judging.
    package mutating func replay(_ stored: Observation) {
        var observation = stored
        if probes[observation.probe] == nil, let name = renames[observation.probe] { observation.probe = name }
        guard let index = probes.index(forKey: observation.probe) else { return }
        for rule in probes.values[index].rules.indices { probes.values[index].rules[rule].restore(observation) }
        probes.values[index].recent.append(observation)
        probes.values[index].latest = observation
    }

    /// How far back the windows of the configured rules reach.
    package var longestWindow: Duration {
        let conditions = configuration.probes.flatMap(\.rules).flatMap(\.conditions)
        return conditions.compactMap { $0.operand?.window }.max() ?? .zero
    }

    /// Takes a new configuration. A probe is its name: what keeps its name keeps alerts, incidents and who was told; its windows
    /// stay unless kind or address change. Alerts of removed probes and rules end, and those told of them hear it.
    /// Returns the probes whose windows are to be filled from history with `replay`.
    /// `note` says who wanted it and what is different, for messages about what fails soon after.
    package mutating func reconfigure(
        to next: AlertingConfiguration, note: String = "", now: Timestamp
    ) -> (Decision, refill: Set<String>) {
        noteReload(note, at: now)
        keepFormerChannels(until: next, now: now)
        renames = next.renames
        rename(renames, now: now)
        let before = probes
        // Open incidents keep their policies, and with them the zones of these.
        let zones = configuration.zones
        configuration = next
        configuration.zones.merge(zones) { new, _ in new }
        probes = [:]
        var refill: Set<String> = []
        for spec in next.probes {
            guard let old = before[spec.name] else {
                probes[spec.name] = ProbeState(spec: spec, now: now)
                continue
            }
            if old.spec == spec {
                probes[spec.name] = old
                continue
            }
            var changed = ProbeState(spec: spec, now: now)
            changed.latest = old.latest
            changed.runs = old.runs
            changed.skipped = old.skipped
            changed.shown = old.shown
            changed.missing = old.missing
            changed.alerts += old.implicit.filter { alert in !spec.rules.contains { $0.name == alert.key.rule } }
            for (index, rule) in spec.rules.enumerated() {
                guard let alert = old.alerts.first(where: { $0.key.rule == rule.name }) else { continue }
                changed.alerts[index] = alert
                changed.verdicts[index] = old.verdicts[old.alerts.firstIndex { $0.key == alert.key }!]
            }
            if old.spec.kind == spec.kind, old.spec.address == spec.address {
                refill.insert(spec.name)
                changed.seen = old.seen
            }
            probes[spec.name] = changed
        }
        for old in before.values {
            orphans += old.alerts.filter { alert($0.key) == nil }.map { alert in
                (alert, AlertingConfiguration.labels(ofRule: alert.key.rule, of: old.spec, level: alert.level))
            }
        }
        planHandoffs(now: now)
        planDigests(now: now)
        removeOrphans(now: now)
        forgetMissing(now: now)
        forgetEvidence()
        reviewIsolation(now: now)
        rebuildSuppression(now: now)
        reviewChannels(now: now)
        tryChannelsAgain(now: now)
        restoreRepeats(now: now)
        for index in probes.indices { probes.values[index].refreshShown(now: now) }
        if !note.isEmpty { tellChange("configuration \(note)", now: now) }
        return (finish(), refill)
    }

    private mutating func removeOrphans(now: Timestamp) {
        for (orphan, labels) in orphans.sorted(by: { $0.alert.key < $1.alert.key }) {
            cancelTimer(.confirm, of: orphan.key.description)
            cancelTimer(.hold, of: orphan.key.description)
            draft.removedAlerts.append(orphan.key)
            for id in orphan.incidents where incidents[id]?.isOpen == true {
                record(
                    now, .alert, alert: orphan.key, incident: id, "\(orphan.key) ended: it was removed from the configuration")
                leave(
                    orphan.key, of: id, reason: "\(orphan.key) was removed from the configuration", isRecovery: false, now: now)
            }
            if orphan.isFiring { endSilencesUntilResolved(by: labels, now: now) }
        }
        orphans = []
    }

    /// The whole state as rows, for a ledger that missed decisions.
    package func everything() -> Decision {
        var all = Decision()
        all.alerts = probes.values.flatMap(\.alerts).sorted { $0.key < $1.key }
        all.incidents = incidents.values.sorted { $0.id < $1.id }
        for timer in timers.values.sorted(by: { $0.due < $1.due }) { all.timerChanges.set(timer) }
        all.outbox = outbox.rows.values.sorted { $0.id < $1.id }
        all.silences = silences.values.sorted { $0.id < $1.id }
        all.overrides = overrides.values.sorted { $0.id < $1.id }
        all.commands = answered.rows
        all.deploys = deploys
        all.digests = digests.values.sorted { $0.name < $1.name }
        all.channels = channels.values.sorted { $0.name < $1.name }
        all.told = told.values.flatMap(\.values).sorted { ($0.incident, $0.target) < ($1.incident, $1.target) }
        return all
    }
}
