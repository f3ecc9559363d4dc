import Model

/// A configured maintenance window that is open.
struct OpenWindow: Sendable, Hashable {
    var window: MaintenanceWindow
    var from: Timestamp
    var until: Timestamp
}

// Times in which messages are held: configured maintenance windows, operators' maintenance, silences. All are `[start, end)` by the
// wall clock.
extension AlertingState {
    func maintenance(_ labels: Labels, now: Timestamp) -> Suppression? {
        if let open = openWindows.first(where: { $0.window.matchers.match(labels) }) {
            return Suppression(
                .maintenance, by: open.window.name, reason: "maintenance \(open.window.name) until \(open.until)",
                since: open.from)
        }
        return silences.isEmpty ? nil : active(.maintenance, labels, now: now)
    }

    func silence(_ labels: Labels, now: Timestamp) -> Suppression? {
        silences.isEmpty ? nil : active(.silence, labels, now: now)
    }

    private func active(_ kind: Silence.Kind, _ labels: Labels, now: Timestamp) -> Suppression? {
        let found = silences.values.filter { $0.kind == kind && $0.isActive(at: now) && $0.matches(labels) }
        guard let silence = found.min(by: { $0.id < $1.id }) else { return nil }
        let end = silence.untilResolved ? "until it is resolved, at latest \(silence.endsAt)" : "until \(silence.endsAt)"
        return Suppression(
            kind == .silence ? .silence : .maintenance, by: silence.id,
            reason: "\(kind.rawValue) \(silence.id) by \(silence.author) \(end): \(silence.comment)", since: silence.startsAt)
    }

    /// Stores a silence, new or changed, and looks at what it holds.
    mutating func putSilence(_ silence: Silence, now: Timestamp) {
        let wasActive = silences[silence.id]?.isActive(at: now) ?? false
        if silence.isActive(at: now) != wasActive { tellMaintenance(silence, isActive: !wasActive, now: now) }
        silences[silence.id] = silence
        draft.silences.append(silence)
        if silence.kind == .maintenance { countAfresh(silence.matches, now: now) }
        planSilence(silence.id, now: now)
        suppressionChanged(now: now)
    }

    /// Sets the timer of its next boundary, or forgets one that is over.
    mutating func planSilence(_ id: String, now: Timestamp) {
        guard let silence = silences[id] else { return cancelTimer(.silence, of: id) }
        switch silence.phase(at: now) {
        case .pending: setTimer(TimerRow(.silence, owner: id, due: silence.startsAt, epoch: 0))
        case .active: setTimer(TimerRow(.silence, owner: id, due: silence.endsAt, epoch: 0))
        case .expired:
            cancelTimer(.silence, of: id)
            silences[id] = nil
            overSilences.insert(id, at: silence.endsAt)
        }
    }

    /// A silence begins or ends by its own time.
    mutating func silenceDue(_ id: String, now: Timestamp) {
        guard let silence = silences[id] else { return }
        let phase = silence.phase(at: now)
        record(now, .suppression, "\(silence.kind.rawValue) \(id) \(phase == .active ? "begins" : "is over")")
        if silence.kind == .maintenance { countAfresh(silence.matches, now: now) }
        tellMaintenance(silence, isActive: phase == .active, now: now)
        planSilence(id, now: now)
        suppressionChanged(now: now)
    }

    /// An alert is over: a silence that was to last until then, and holds nothing else, is over too.
    mutating func endSilencesUntilResolved(by alert: Alert, was level: Level?, now: Timestamp) {
        var alert = alert
        alert.level = alert.level ?? level
        if let labels = labels(of: alert) { endSilencesUntilResolved(by: labels, now: now) }
    }

    mutating func endSilencesUntilResolved(by labels: Labels, now: Timestamp) {
        let ending = silences.values.filter { silence in
            silence.untilResolved && silence.isActive(at: now) && silence.matches(labels) && firing(matching: silence).isEmpty
        }
        for var silence in ending.sorted(by: { $0.id < $1.id }) {
            silence.endsAt = now
            silence.endedBy = "monitord"
            record(now, .suppression, "\(silence.kind.rawValue) \(silence.id) is over: what it held is resolved")
            putSilence(silence, now: now)
        }
    }

    // MARK: Maintenance

    /// Which configured windows are open, and when that next changes.
    mutating func openMaintenance(now: Timestamp) {
        let before = Set(openWindows.map(\.window.name))
        openWindows = configuration.maintenance.compactMap { window in
            window.span(at: now).map { OpenWindow(window: window, from: $0.from, until: $0.until) }
        }
        let names = Set(configuration.maintenance.map(\.name))
        for key in timers.keys.filter({ $0.kind == .maintenance && !names.contains($0.owner) }).sorted(by: {
            $0.owner < $1.owner
        }) {
            cancelTimer(.maintenance, of: key.owner)
        }
        // The timer of a window tells up to when its state is known: what began or ended since is news.
        let isNews = { (name: String, timers: [TimerRow.Key: TimerRow]) in
            timers[TimerRow.Key(kind: .maintenance, owner: name)].map { $0.due <= now } ?? true
        }
        let news = configuration.maintenance.map(\.name).filter { isNews($0, timers) }
        for open in openWindows where news.contains(open.window.name) {
            tellChange("maintenance \(open.window.name) begins, until \(open.until)", now: now)
        }
        for window in configuration.maintenance {
            // One that began and ended while the daemon was away has been all the same.
            if timers[TimerRow.Key(kind: .maintenance, owner: window.name)].map({ $0.due <= now }) == true {
                countAfresh({ window.matchers.match($0) }, now: now)
            }
            guard let due = window.nextChange(after: now) else {
                cancelTimer(.maintenance, of: window.name)
                continue
            }
            if timers[TimerRow.Key(kind: .maintenance, owner: window.name)]?.due != due {
                setTimer(TimerRow(.maintenance, owner: window.name, due: due, epoch: 0))
            }
        }
        for open in openWindows where !before.contains(open.window.name) {
            record(now, .suppression, "maintenance \(open.window.name) until \(open.until)")
        }
    }

    /// A configured window begins or ends.
    mutating func maintenanceDue(_ name: String, now: Timestamp) {
        let before = openWindows
        openMaintenance(now: now)
        let changed = (before + openWindows).filter { $0.window.name == name }.map(\.window.matchers)
        if !openWindows.contains(where: { $0.window.name == name }) {
            record(now, .suppression, "maintenance \(name) is over")
            tellChange("maintenance \(name) is over", now: now)
        }
        countAfresh({ labels in changed.contains { $0.match(labels) } }, now: now)
        suppressionChanged(now: now)
    }

    /// At both ends of maintenance failures begin to count anew: what failed before or within it is no longer held against a probe
    /// that does not fire. One that still fails at the end has failed since then.
    private mutating func countAfresh(_ covers: (Labels) -> Bool, now: Timestamp) {
        for name in probes.keys.sorted() {
            guard let probe = probes[name] else { continue }
            for (index, alert) in probe.alerts.enumerated()
            where !alert.isFiring
                && (alert.badBits != 0 || alert.badSince != nil || alert.phase == .pending || excused.contains(alert.key))
            {
                guard let labels = labels(of: alert), covers(labels) else { continue }
                var failsStill = false
                if case .bad = probe.verdicts[index]?.judgement { failsStill = true }
                cancelTimer(.confirm, of: alert.key.description)
                changeAlert(alert.key) {
                    $0.startOver(since: failsStill ? now : nil)
                    guard $0.phase == .pending else { return }
                    $0.phase = .ok
                    $0.level = nil
                    $0.since = now
                }
            }
        }
    }

    /// The first failure within maintenance that counts for nothing is on record, and in the digest.
    mutating func noteExcused(_ alert: Alert, isExcused: Bool, _ failure: String?, now: Timestamp) {
        guard isExcused else {
            if !excused.isEmpty { excused.remove(alert.key) }
            return
        }
        guard let failure, !alert.isFiring, excused.insert(alert.key).inserted,
            let found = labels(of: alert).flatMap({ maintenance($0, now: now) })
        else { return }
        tallySuppressed(.maintenance, now: now)
        record(
            now, .suppression, alert: alert.key, "\(alert.key) fails, which does not count within \(found.reason): \(failure)")
    }

    /// Within maintenance failures do not count, recoveries do.
    func isInMaintenance(_ alert: Alert, now: Timestamp) -> Bool {
        guard !openWindows.isEmpty || silences.values.contains(where: { $0.kind == .maintenance }) else { return false }
        return labels(of: alert).map { maintenance($0, now: now) != nil } ?? false
    }
}

extension Alert {
    /// Forgets what it counted of failures.
    fileprivate mutating func startOver(since: Timestamp?) {
        badBits = 0
        criticalBits = 0
        badSince = since
        criticalSince = nil
    }

    /// A bad result within maintenance: it ends a recovery and counts for nothing else.
    mutating func passOver() {
        goodRun = 0
        goodSince = nil
        if phase == .recovering { phase = .firing }
    }
}
