import Model

// What holds problem messages back, and what happens when it holds no longer. Nothing is dropped: what is held is stored with the
// alert, by the first reason that applies. Only problem messages are held; who was told hears of the end whatever holds.
extension AlertingState {
    /// The first that applies to a firing alert, in the order of `SuppressionKind`.
    func suppression(of alert: Alert, now: Timestamp) -> Suppression? {
        guard let spec = probes[alert.key.probe]?.spec, let labels = labels(of: alert) else { return nil }
        return pause(labels, now: now) ?? isolation(of: alert, now: now) ?? dependency(of: alert, spec, now: now)
            ?? inhibition(of: alert.key, now: now) ?? maintenance(labels, now: now) ?? silence(labels, now: now)
            ?? acknowledgement(of: alert, now: now)
            ?? (alert.isFlapping
                ? Suppression(.flapping, by: alert.key.description, reason: "it changes too often", since: now) : nil)
    }

    private func pause(_ labels: Labels, now: Timestamp) -> Suppression? {
        guard let pause = configuration.pauses.first(where: { $0.match(labels) }) else { return nil }
        let text = pause.map(\.description).joined(separator: ", ")
        return Suppression(.paused, by: text, reason: "paused by configuration: \(text)", since: now)
    }

    private func acknowledgement(of alert: Alert, now: Timestamp) -> Suppression? {
        guard let id = alert.incidents.first(where: { incidents[$0]?.phase == .acked }), let incident = incidents[id] else {
            return nil
        }
        let reason = "acknowledged by \(incident.ackedBy ?? "somebody")"
        return Suppression(.acknowledged, by: incident.id, reason: reason, since: incident.ackedAt ?? now)
    }

    /// A firing alert of which nobody knows yet: it is told, or held.
    mutating func announce(_ key: AlertKey, now: Timestamp) {
        guard let alert = alert(key), alert.isFiring else { return }
        if let found = suppression(of: alert, now: now), found.holds {
            hold(alert, by: found, now: now)
        } else {
            changeAlert(key) {
                $0.suppression = nil
                $0.freshAfter = nil
            }
            if let alert = self.alert(key) { join(alert, now: now) }
        }
    }

    /// Looks again at what holds these alerts, or all that fire; called whenever something that may hold begins or ends.
    mutating func suppressionChanged(of keys: [AlertKey]? = nil, now: Timestamp) {
        if keys == nil { reviewQuietEnds(now: now) }
        let keys = keys ?? probes.values.flatMap { $0.alerts.filter(\.isBeforePeople).map(\.key) }.sorted()
        for key in keys {
            guard let alert = alert(key), alert.isBeforePeople else { continue }
            let found = suppression(of: alert, now: now)
            let before = alert.suppression
            if found?.kind == before?.kind, found?.by == before?.by, found?.reason == before?.reason { continue }
            if let found, found.holds {
                hold(alert, by: found, now: now)
            } else {
                changeAlert(key) { $0.suppression = found }
                if let before, before.holds { release(alert, from: before, now: now) }
            }
        }
    }

    private mutating func hold(_ alert: Alert, by found: Suppression, now: Timestamp) {
        var found = found
        if alert.suppression?.kind == found.kind, alert.suppression?.by == found.by { found.since = alert.suppression!.since }
        // What depends on something, or is explained by it, has to fail once more after that, whatever else holds it by then.
        let wantsFresh = alert.suppression?.kind.wantsFresh == true && !found.kind.wantsFresh && !isWaiting(alert.key)
        changeAlert(alert.key) {
            $0.suppression = found
            $0.freshAfter = found.kind.wantsFresh ? nil : wantsFresh ? now : $0.freshAfter
        }
        record(
            now, .suppression, alert: alert.key, incident: alert.incidents.first,
            "\(alert.key) is held back (\(found.kind.rawValue)): \(found.reason)")
        if alert.suppression?.kind != found.kind { tallySuppressed(found.kind, now: now) }
        if found.kind == .dependency, found.by != parentLookedAt(by: alert) { cancelTimer(.hold, of: alert.key.description) }
        if found.kind == .isolated, isIsolated { cancelTimer(.hold, of: alert.key.description) }
        for id in alert.incidents { reviewHold(of: id, now: now) }
    }

    /// What held it is over. Silenced alerts are told at once, unless they are recovering, or a fresh result is wanted.
    private mutating func release(_ alert: Alert, from before: Suppression, now: Timestamp) {
        record(
            now, .suppression, alert: alert.key, incident: alert.incidents.first,
            "\(alert.key) is no longer held back (\(before.kind.rawValue)): \(before.reason)")
        let wasWaiting = isWaiting(alert.key)
        cancelTimer(.hold, of: alert.key.description)
        if before.kind.wantsFresh && !wasWaiting || alert.freshAfter != nil || alert.phase == .recovering {
            changeAlert(alert.key) { $0.freshAfter = max($0.freshAfter ?? now, before.kind.wantsFresh ? now : .distantPast) }
            draft.runs.append(RunRequest(probe: alert.key.probe))
        }
        for id in alert.incidents { reviewHold(of: id, now: now) }
        guard alert.incidents.isEmpty, self.alert(alert.key)?.freshAfter == nil, !isPutOff(alert.key) else { return }
        announce(alert.key, now: now)
    }

    /// A bad result of a firing alert: it may be the fresh one that telling waited for.
    mutating func stillBad(_ key: AlertKey, startedAt: Timestamp, now: Timestamp) {
        guard let alert = alert(key), alert.phase == .firing, let after = alert.freshAfter, startedAt >= after else { return }
        changeAlert(key) { $0.freshAfter = nil }
        for id in alert.incidents { reviewHold(of: id, now: now) }
        if alert.incidents.isEmpty, !alert.isHeldBack, !isPutOff(key) { announce(key, now: now) }
    }

    /// The alert is over: nothing needs to be held.
    mutating func forgetSuppression(of key: AlertKey, now: Timestamp) {
        cancelTimer(.hold, of: key.description)
        guard let alert = alert(key), alert.suppression != nil || alert.freshAfter != nil else { return }
        if let held = alert.suppression, held.holds, alert.incidents.isEmpty {
            record(now, .suppression, alert: key, "\(key) ended while held back (\(held.kind.rawValue)): nobody was told")
        }
        changeAlert(key) {
            $0.suppression = nil
            $0.freshAfter = nil
        }
    }

    // MARK: Incidents

    /// Problem messages of the incident are held: another incident tells people, or each alert of it that fires is held.
    func isHeld(_ incident: Incident) -> Bool {
        if incident.mergedInto.flatMap({ incidents[$0] })?.isOpen == true { return true }
        // While too few fail nobody is called; if it stays so the quorum is over.
        if incident.kind == .quorum, hasTimer(.quorum, of: incident.id) { return true }
        return incident.hasFiring
            && incident.members.allSatisfy { $0.resolvedAt != nil || alert($0.key)?.waitsToBeTold == true }
    }

    /// Notices that an incident is held, or no longer.
    mutating func reviewHold(of id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.isOpen else {
            held.remove(id)
            return
        }
        reviewGathering(of: id, now: now)
        reviewQuorum(id, now: now)
        let isHeld = incidents[id].map { self.isHeld($0) } ?? false
        guard isHeld != held.contains(id) else { return }
        if isHeld {
            held.insert(id)
            for row in outbox.rows(of: id)
            where [.trigger, .update].contains(row.kind) && row.phase == .pending && !row.isInDoubt {
                supersede(row.id, "held back", now: now)
            }
            record(now, .suppression, incident: id, "problem messages are held back")
        } else {
            held.remove(id)
            record(now, .suppression, incident: id, "problem messages go out again")
            tellMissing(id, now: now)
            runStepsPassedOver(of: id, now: now)
            if incident.nextStep < incident.policy.steps.count {
                runSteps(of: id, now: now)
            } else if incident.phase == .open {
                planStep(of: id, now: now)
            }
            tellChanges(of: id, now: now)
        }
    }

    /// Tells those whose turn came and who do not know of the present page.
    mutating func tellMissing(_ id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.phase == .open, incident.isAnnounced else { return }
        let ran = incident.ranNames
        tellMissingPeople(among: ran, of: id, now: now)
        let byStep = channelTargets(among: ran)
        for target in Set(targets(of: id) + byStep).sorted(by: { $0.name < $1.name }) {
            if let entry = told[id]?[target.name] {
                // What ended there does not come again by itself, and of a policy that began anew the steps tell.
                let isOwed = entry.resolvedAt == nil && entry.page >= incident.reopenedPage ?? 0
                guard entry.page < incident.page, isOwed || byStep.contains(target) else { continue }
            }
            enqueue(.trigger, of: id, to: target, now: now)
        }
    }

    /// What is derived from configuration and stored rows, after a start or a reload.
    mutating func rebuildSuppression(now: Timestamp) {
        children = [:]
        for spec in configuration.probes { for parent in spec.dependsOn { children[parent, default: []].append(spec.name) } }
        inhibitions = InhibitionIndex(configuration.inhibitions)
        for probe in probes.values {
            for alert in probe.alerts where alert.isFiring { inhibitions.update(alert.key, labels(of: alert)) }
        }
        openMaintenance(now: now)
        for id in silences.keys.sorted() { planSilence(id, now: now) }
        held = Set(incidents.values.filter { $0.isOpen && isHeld($0) }.map(\.id))
        endPaused(now: now)
        endForgottenQuorums(now: now)
        suppressionChanged(now: now)
    }

    /// A paused alert is over, as though its rule were gone: those told hear it.
    private mutating func endPaused(now: Timestamp) {
        guard !configuration.pauses.isEmpty || probes.values.contains(where: \.isPaused) else { return }
        for key in probes.values.flatMap({ $0.alerts.map(\.key) }).sorted() {
            guard let found = alert(key) else { continue }
            guard let pause = pause(labels(of: found) ?? [:], now: now) else {
                if found.suppression?.kind == .paused { changeAlert(key) { $0.suppression = nil } }
                continue
            }
            guard found.phase != .new else {
                changeAlert(key) { $0.suppression = pause }
                continue
            }
            let ids = found.incidents
            cancelTimer(.confirm, of: key.description)
            cancelTimer(.hold, of: key.description)
            record(now, .suppression, alert: key, incident: ids.first, "\(key) ended: \(pause.reason)")
            for id in ids { leave(key, of: id, reason: "\(key) was \(pause.reason)", isRecovery: false, now: now) }
            changeAlert(key) {
                $0 = Alert(key: key, since: now)
                $0.suppression = pause
            }
            inhibitions.update(key, nil)
            if found.isFiring { endSilencesUntilResolved(by: found, was: nil, now: now) }
        }
    }

    /// The labels of an alert that fires, its level among them; nil where its probe is gone.
    func labels(of alert: Alert) -> Labels? {
        probes[alert.key.probe].map {
            AlertingConfiguration.labels(ofRule: alert.key.rule, of: $0.spec, level: alert.level)
        }
    }
}

extension SuppressionKind {
    /// When it holds no longer only a bad result of then on counts: else everything behind a gateway would page when the gateway comes
    /// back, and what was worked on for a failure of that time.
    fileprivate var wantsFresh: Bool {
        switch self {
        case .isolated, .dependency, .inhibition, .maintenance: true
        case .paused, .silence, .acknowledged, .flapping: false
        }
    }
}

extension Suppression {
    /// Whether it keeps an alert from being told at all. An acknowledgement stops its incident; flapping holds ends.
    package var holds: Bool { kind != .acknowledged && kind != .flapping }
}

extension Alert {
    /// Something keeps it from being told.
    var isHeldBack: Bool { suppression?.holds == true }
    /// It is held, or a fresh result is to say first that it still fails.
    var waitsToBeTold: Bool { isHeldBack || freshAfter != nil }
    /// It fires, or its end is held while it flaps: silences that begin and end concern it.
    fileprivate var isBeforePeople: Bool { isFiring || !incidents.isEmpty }
}
