package import Model

extension AlertingState {
    /// Decides one event: changes the state and returns what changed, why, and what is to happen once that is stored.
    package mutating func decide(_ event: Event, now: Moment) -> Decision {
        noticeClockStep(now)
        switch event {
        case .observed(let observation): observe(observation, now: now.wall)
        case .skipped(let probe, _): skip(probe, now: now.wall)
        case .settled(let settlement): settle(settlement, now: now.wall)
        case .tick:
            // A message that is given up gives the next step its turn.
            repeat {
                runDueTimers(now: now.wall)
                startDeliveries(now: now.wall)
            } while timerQueue.next.map { $0 <= now.wall } ?? false
            repeatWhatFades(now: now.wall)
        case .command(let command, let actor, let id): answer(command, by: actor, id: id, now: now.wall)
        case .carriedOut(let command, let actor, let id, let reply):
            remember(command, by: actor, id: id, reply, incident: nil, now: now.wall)
        }
        return finish()
    }

    /// A result is judged by each rule of its probe; each verdict moves one alert; a change may concern people.
    private mutating func observe(_ observation: Observation, now: Timestamp) {
        guard let index = probes.index(forKey: observation.probe) else { return }
        var observation = asItCounts(observation, now: now)
        let run = observation.takeEvidence()
        if observation.outcome == .failed || observation.outcome == .timeout { noteBad(run, at: index) }
        draft.observations.append(observation)
        let rules = probes.values[index].count(observation)
        noteResult(observation, now: now)
        noteCanary(observation, now: now)
        for rule in 0..<rules {
            guard probes.values[index].alerts[rule].suppression?.kind != .paused else { continue }
            let level = probes.values[index].alerts[rule].level
            let isExcused = isInMaintenance(probes.values[index].alerts[rule], now: now)
            let (change, flap, mustBeStored) = probes.values[index].judge(
                rule, observation, isExcused: isExcused, at: now)
            if probes.values[index].isBad(rule) { noteBad(run, at: index) }
            let failure = probes.values[index].isBad(rule) ? probes.values[index].verdicts[rule]?.reason : nil
            noteExcused(probes.values[index].alerts[rule], isExcused: isExcused, failure, now: now)
            if probes.values[index].alerts[rule].freshAfter != nil, probes.values[index].isBad(rule) {
                stillBad(probes.values[index].alerts[rule].key, startedAt: observation.started, now: now)
            }
            guard change != .none || flap != nil || mustBeStored else { continue }
            let (alert, spec) = (probes.values[index].alerts[rule], probes.values[index].spec.rules[rule])
            touched.alerts.insert(alert.key)
            follow(change, flap, of: alert, was: level, rule: spec, now: now)
        }
        if observation.outcome == .ok { noteGood(run, at: index) }
        probes.values[index].refreshShown(now: now)
        parentAnswered(observation.probe, now: now)
    }

    /// - Parameter level: what an alert had that is over.
    mutating func react(to change: AlertChange, of alert: Alert, was level: Level? = nil, rule: RuleSpec, now: Timestamp) {
        recordChange(change, of: alert, now: now)
        switch change {
        case .none:
            break
        case .pending:
            wait(for: alert, rule: rule, now: now)
        case .cleared:
            cancelTimer(.confirm, of: alert.key.description)
        case .fired:
            cancelTimer(.confirm, of: alert.key.description)
            inhibitionChanged(by: alert.key, now: now)
            lookAtParents(of: alert.key, now: now)
            lookAtCanaries(of: alert.key, now: now)
            announce(alert.key, now: now)
        case .escalated, .deescalated:
            inhibitionChanged(by: alert.key, now: now)
            suppressionChanged(of: [alert.key], now: now)
            levelChanged(alert.key, now: now)
        case .recovering:
            break
        case .refired:
            // An operator ended its incident, and the time to tell anew passed while it recovered.
            if alert.incidents.isEmpty, !isPutOff(alert.key), !alert.waitsToBeTold { announce(alert.key, now: now) }
        case .resolved:
            cancelTimer(.confirm, of: alert.key.description)
            forgetSuppression(of: alert.key, now: now)
            for incident in alert.incidents { leave(alert.key, of: incident, reason: alert.reason, now: now) }
            inhibitionChanged(by: alert.key, now: now)
            endSilencesUntilResolved(by: alert, was: level, now: now)
        }
    }

    mutating func recordChange(_ change: AlertChange, of alert: Alert, now: Timestamp) {
        let level = alert.isFiring ? alert.level.map { " (\($0.rawValue))" } ?? "" : ""
        record(
            now, .alert, alert: alert.key, incident: alert.incidents.first,
            "\(alert.key) \(change.rawValue)\(level): \(alert.reason)")
    }

    /// A pending alert wants to know soon: the next look comes after `retry_interval`, and one when `for` is over.
    private mutating func wait(for alert: Alert, rule: RuleSpec, now: Timestamp) {
        guard let spec = probes[alert.key.probe]?.spec else { return }
        if rule.after.count > 1, spec.retryInterval < spec.every {
            draft.runs.append(RunRequest(probe: spec.name, after: spec.retryInterval))
        }
        if rule.forDuration > .zero {
            let over = (alert.badSince ?? now) + rule.forDuration
            setTimer(TimerRow(.confirm, owner: alert.key.description, due: max(now, over), epoch: 0))
        }
    }

    private mutating func runDueTimers(now: Timestamp) {
        while let due = timerQueue.pop(dueBy: now) {
            guard let timer = timers[due.key], timer.due == due.at else { continue }
            cancelTimer(timer.key.kind, of: timer.key.owner)
            switch timer.key.kind {
            case .step:
                guard let incident = incidents[timer.key.owner], incident.epoch == timer.epoch else { continue }
                runSteps(of: incident.id, now: now)
            case .update:
                guard let incident = incidents[timer.key.owner],
                    incident.isOpen && incident.epoch == timer.epoch || defects.contains(.keepsStaleTimers)
                else { continue }
                if !held.contains(incident.id) { tellChanges(of: incident.id, now: now) }
            case .confirm:
                confirm(timer.key.owner, now: now)
            case .silence:
                silenceDue(timer.key.owner, now: now)
            case .maintenance:
                maintenanceDue(timer.key.owner, now: now)
            case .hold:
                stopWaiting(timer.key.owner, now: now)
            case .quorum:
                quorumIsOver(timer.key.owner, now: now)
            case .ackExpiry: ackExpiryDue(timer, now: now)
            case .failover: failOver(timer.key.owner, now: now)
            case .handoff: handOff(timer, now: now)
            case .digest: digestDue(timer, now: now)
            case .noData: refreshBlind(now: now)
            case .drill: drillDue(timer, now: now)
            case .proof: proofDue(now: now)
            }
        }
    }

    /// A pending alert needs a fresh result now that `for` is over. One that still fires although an operator resolved its incident
    /// is told anew.
    private mutating func confirm(_ owner: String, now: Timestamp) {
        guard let key = AlertKey(owner: owner), let alert = alert(key) else { return }
        switch alert.phase {
        case .pending: draft.runs.append(RunRequest(probe: key.probe))
        // Routes that go on have incidents of their own, of which an operator may have ended one.
        case .firing where !alert.waitsToBeTold: announce(key, now: now)
        case .new, .ok, .firing, .recovering: break
        }
    }

    /// When `decide(.tick)` has something to do, if nothing else happens before.
    package func nextDue() -> Timestamp? {
        [timerQueue.next, outbox.queue.next, nextRepeat].compactMap(\.self).min()
    }
}

extension ProbeState {
    /// Judges a result by one rule and moves its alert. In place: to read one field of a probe among many copies all of it.
    fileprivate mutating func judge(
        _ rule: Int, _ observation: Observation, isExcused: Bool, at now: Timestamp
    ) -> (change: AlertChange, flap: FlapChange?, mustBeStored: Bool) {
        let verdict = rules[rule].observe(observation)
        if isExcused, case .bad = verdict.judgement {
            verdicts[rule] = verdict
            alerts[rule].passOver()
            return (.none, nil, alerts[rule].mustBeStored(rule: spec.rules[rule]) || alerts[rule].isFiring)
        }
        let change = alerts[rule].step(verdict, rule: spec.rules[rule], at: now)
        verdicts[rule] = verdict
        let flap = alerts[rule].flap(spec.rules[rule].flapping, after: change)
        return (change, flap, alerts[rule].mustBeStored(rule: spec.rules[rule]))
    }

    func isBad(_ rule: Int) -> Bool {
        if case .bad = verdicts[rule]?.judgement { true } else { false }
    }
}

extension Alert {
    /// Its memory of results matters beyond this process.
    fileprivate func mustBeStored(rule: RuleSpec) -> Bool {
        // What tells when it settles.
        if isFlapping { return true }
        return switch phase {
        case .pending, .recovering: true
        // On its way to critical: that clock survives a restart too.
        case .firing: level == .warning && criticalBits != 0 || milderSince != nil
        case .new: false
        case .ok: !rule.after.isConsecutive && isRemembered(within: rule.after.outOf)
        }
    }

    /// A bad result is one of the last so many, or has just ceased to be: that is stored, too.
    private func isRemembered(within results: Int) -> Bool {
        guard results < After.maximum else { return badBits != 0 || goodRun == After.maximum }
        return badBits & (1 << UInt64(results + 1) &- 1) != 0
    }
}

// MARK: - What a decision is made of

extension AlertingState {
    /// Ends the decision: whole rows of what was touched.
    mutating func finish() -> Decision {
        if !touched.isEmpty {
            draft.alerts += touched.alerts.sorted().compactMap { alert($0) }
            draft.incidents += touched.incidents.sorted().compactMap { incidents[$0] }
            draft.outbox += touched.rows.sorted().compactMap { outbox.rows[$0] }
            draft.channels += touched.channels.sorted().compactMap { channels[$0] }
            draft.told += touched.told.sorted().compactMap { told[$0.incident]?[$0.target] }
            for id in touched.perhapsOver { forgetIfOver(id) }
            touched = Touched()
        }
        defer { draft = Decision() }
        return draft
    }

    func alert(_ key: AlertKey) -> Alert? { probes[key.probe]?.alerts.first { $0.key == key } }

    mutating func changeAlert(_ key: AlertKey, _ change: (inout Alert) -> Void) {
        guard let index = probes[key.probe]?.alerts.firstIndex(where: { $0.key == key }) else { return }
        change(&probes[key.probe]!.alerts[index])
        touched.alerts.insert(key)
    }

    /// Changes an incident; every change is a new version.
    mutating func changeIncident(_ id: String, _ change: (inout Incident) -> Void) {
        guard let index = incidents.index(forKey: id) else { return }
        var incident = incidents.values[index]
        // A storm has thousands of members: held twice, every change would copy them.
        incidents.values[index].members = []
        change(&incident)
        forgetAckExpiry(of: &incident)
        incident.version += 1
        incident.isUnrecorded = isUnrecorded
        incidents[id] = incident
        touched.incidents.insert(id)
        touched.perhapsOver.insert(id)
    }

    mutating func setTimer(_ timer: TimerRow) {
        timers[timer.key] = timer
        timerQueue.insert(timer.key, at: timer.due)
        draft.timerChanges.set(timer)
    }

    func hasTimer(_ kind: TimerRow.Kind, of owner: String) -> Bool { timers[TimerRow.Key(kind: kind, owner: owner)] != nil }

    /// An operator ended the incident of an alert: it is told anew when the time for that has come.
    func isPutOff(_ key: AlertKey) -> Bool { hasTimer(.confirm, of: key.description) }

    mutating func cancelTimer(_ kind: TimerRow.Kind, of owner: String) {
        let key = TimerRow.Key(kind: kind, owner: owner)
        guard timers.removeValue(forKey: key) != nil else { return }
        draft.timerChanges.cancel(key)
    }

    mutating func record(
        _ now: Timestamp, _ kind: Record.Kind, alert: AlertKey? = nil, incident: String? = nil, _ text: String
    ) {
        draft.records.append(Record(at: now, kind, probe: alert?.probe, rule: alert?.rule, incident: incident, text))
        if let incident { note(text, of: incident) }
    }
}
