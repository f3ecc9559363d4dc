package import Model

// What the state looks like from outside.
extension AlertingState {
    /// Every probe as `status` shows it, sorted by name.
    package func shownProbes(now: Timestamp, nextRun: (String) -> Timestamp?) -> [Snapshot.Probe] {
        probes.values.sorted { $0.spec.name < $1.spec.name }.filter { $0.spec.kind != ProbeSpec.internalKind }.map { probe in
            var shown = probe.snapshot(nextRun: nextRun(probe.spec.name))
            for index in probe.spec.rules.indices { shown.rules[index] = shownRule(index, of: probe, now: now) }
            return shown
        }
    }

    /// Also what fails within maintenance, which does not fire, shows what it is held by.
    private func shownRule(_ index: Int, of probe: ProbeState, now: Timestamp) -> Snapshot.Rule {
        var shown = probe.shownRule(index)
        let alert = probe.alerts[index]
        guard shown.suppressedBy == nil, excused.contains(alert.key),
            let found = labels(of: alert).flatMap({ maintenance($0, now: now) })
        else { return shown }
        shown.suppressedBy = Snapshot.SuppressedBy(found)
        return shown
    }

    /// Open incidents, oldest first.
    package func shownIncidents() -> [Snapshot.Incident] {
        incidents.values.filter(\.isOpen).sorted { $0.id < $1.id }.map { incident in
            // Of what is merged people hear by the incident that gathers it.
            let told = [incident.id, incident.mergedInto].compactMap(\.self).flatMap {
                self.told[$0].map { Array($0.keys) } ?? []
            }
            return Snapshot.Incident(incident, told: Set(told).sorted())
        }
    }

    package func shownOutbox(now: Timestamp) -> (Snapshot.Outbox, attempts: [String: [String: Int]]) {
        var shown = Snapshot.Outbox()
        for row in outbox.rows.values {
            if row.phase == .inflight { shown.inflight += 1 } else { shown.pending += 1 }
            shown.oldestPendingSeconds = max(shown.oldestPendingSeconds, (now - row.createdAt).seconds)
        }
        shown.dead = outbox.deadCount
        return (shown, outbox.attempts)
    }

    /// How long the step of a policy is due that is due longest.
    package func escalationOverdue(now: Timestamp) -> Duration {
        timers.values.lazy.filter { $0.key.kind == .step }.map { now - $0.due }.max().map { max(.zero, $0) } ?? .zero
    }

    /// What each rule would say of a result, a sentence each; nothing is remembered of it.
    package func verdicts(of observation: Observation) -> [String] {
        guard let probe = probes[observation.probe] else { return [] }
        return probe.rules.map { rule in
            var rule = rule
            let verdict = rule.observe(observation)
            return "\(rule.spec.name): \(verdict.judgement.word), \(verdict.reason)"
        }
    }

    /// Some configured rule of the probe fires.
    package func isFiring(probe: String) -> Bool {
        probes[probe].map { $0.alerts.prefix($0.rules.count).contains(where: \.isFiring) } ?? false
    }

    package var hasInFlight: Bool { outbox.rows.values.contains { $0.phase == .inflight } }
}

extension ProbeState {
    /// Recomputes what `status` shows, and since when.
    mutating func refreshShown(now: Timestamp) {
        let state = state
        if shown.state != state { shown = (state, now) }
    }

    /// After a start: the state is as old as the alerts that make it.
    mutating func restoreShown(now: Timestamp) {
        let state = state
        let since = rules.indices.filter { ruleState($0) == state }.map { alerts[$0].since }.min()
        shown = (state, min(since ?? now, now))
    }

    /// The worst of its rules: critical, warning, unknown, pending, ok. A rule that only lacks samples does not count while
    /// another has a verdict.
    var state: Snapshot.State {
        let hasData = !implicit.contains(where: \.isFiring)
        if rules.isEmpty { return !hasData ? .unknown : latest == nil ? .pending : .ok }
        var worst = Snapshot.State.unknown
        for index in rules.indices {
            switch (ruleState(index), worst) {
            case (.critical, _): return .critical
            case (.warning, _): worst = .warning
            case (.pending, .ok), (.pending, .unknown): worst = .pending
            case (.ok, .unknown): worst = .ok
            case (.pending, _), (.ok, _), (.unknown, _): break
            }
        }
        return hasData || worst == .warning ? worst : .unknown
    }

    func ruleState(_ index: Int) -> Snapshot.State {
        let alert = alerts[index]
        switch alert.phase {
        case .firing, .recovering:
            return alert.level == .critical ? .critical : .warning
        case .new:
            return verdicts[index] == nil ? .pending : .unknown
        case .pending, .ok:
            if verdicts[index]?.judgement == .unknown { return .unknown }
            return alert.phase == .pending ? .pending : .ok
        }
    }

    func snapshot(nextRun: Timestamp?) -> Snapshot.Probe {
        let p95 = recent.p95()
        return Snapshot.Probe(
            name: spec.name, kind: spec.kind, address: spec.address, state: shown.state, since: shown.since,
            labels: spec.labels,
            last: latest.map(Snapshot.Run.init), p95Seconds: p95.seconds, p95N: p95.n,
            rules: spec.rules.indices.map(shownRule) + shownImplicit, nextRun: nextRun,
            runs: Dictionary(uniqueKeysWithValues: Outcome.allCases.map { ($0.rawValue, runs[$0, default: 0]) }),
            skipped: skipped)
    }

    func shownRule(_ index: Int) -> Snapshot.Rule {
        let rule = spec.rules[index]
        let condition = rule.critical ?? rule.warning ?? rule.gate ?? rule.target ?? .failed
        var shown = Snapshot.Rule(
            name: rule.name, state: ruleState(index), value: verdicts[index]?.value, n: verdicts[index]?.n,
            condition: condition.description, unit: condition.unit, reason: verdicts[index]?.reason ?? "no run yet")
        shown.suppressedBy = alerts[index].suppression.map(Snapshot.SuppressedBy.init)
        shown.isFlapping = alerts[index].isFlapping ? true : nil
        return shown
    }
}

extension Verdict.Judgement {
    var word: String {
        switch self {
        case .good: "good"
        case .bad(let level): level.rawValue
        case .unknown: "unknown"
        }
    }
}
