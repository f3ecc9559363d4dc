package import Model

// What holds messages back, and who is on call, as it looks from outside.
extension AlertingState {
    /// Silences and ad-hoc maintenance that are not over, those that end first first.
    package func shownSilences(_ kind: Silence.Kind, now: Timestamp) -> [Snapshot.Silence] {
        silences.values.filter { $0.kind == kind && $0.phase(at: now) != .expired }
            .sorted { ($0.endsAt, $0.id) < ($1.endsAt, $1.id) }.map { shown($0, now: now) }
    }

    func shown(_ silence: Silence, now: Timestamp) -> Snapshot.Silence {
        let firing = silence.isActive(at: now) ? firing(matching: silence).map(\.key.description) : []
        return Snapshot.Silence(silence, now: now, firing: firing)
    }

    /// Configured windows by name, then ad-hoc ones.
    package func shownMaintenance(now: Timestamp) -> [Snapshot.Maintenance] {
        let configured = configuration.maintenance.sorted { $0.name < $1.name }.map { Snapshot.Maintenance($0, now: now) }
        return configured + shownSilences(.maintenance, now: now).map(Snapshot.Maintenance.init)
    }

    /// Overrides that are not over, by schedule and start.
    package func shownOverrides(now: Timestamp) -> [Snapshot.Override] {
        overrides.values.filter { $0.endsAt > now }
            .sorted { ($0.schedule, $0.startsAt, $0.id) < ($1.schedule, $1.startsAt, $1.id) }.map { shown($0, now: now) }
    }

    func shown(_ override: OnCallOverride, now: Timestamp) -> Snapshot.Override { Snapshot.Override(override, now: now) }

    /// How much is held back, and by what.
    package func shownHeld(now: Timestamp) -> Snapshot.Held {
        var held = Snapshot.Held()
        for silence in silences.values {
            switch (silence.kind, silence.phase(at: now)) {
            case (.silence, .active): held.silences.active += 1
            case (.silence, .pending): held.silences.pending += 1
            case (.maintenance, .active): held.maintenance.active += 1
            case (.maintenance, .pending): held.maintenance.pending += 1
            case (_, .expired): break
            }
        }
        for window in configuration.maintenance {
            if window.span(at: now) != nil {
                held.maintenance.active += 1
            } else if window.nextChange(after: now) != nil {
                held.maintenance.pending += 1
            }
        }
        for probe in probes.values {
            for alert in probe.alerts {
                guard let suppression = alert.suppression else { continue }
                held.alerts[suppression.kind.rawValue, default: 0] += 1
            }
        }
        return held
    }
}

extension AlertingState {
    /// Schedules with their overrides: who works out gaps needs no more, and takes its time.
    package func schedules() -> [(schedule: OnCallSchedule, overrides: [OnCallOverride])] {
        configuration.schedules.values.map { ($0, overrides(of: $0)) }
    }

    /// Who is on call at a moment, by schedule; nil where there is no such schedule.
    /// - Parameter stored: overrides of the ledger, for moments of the past; those of the state go before them.
    package func shownOnCall(
        _ name: String?, at moment: Timestamp, stored: [OnCallOverride] = []
    ) -> [Snapshot.OnCall]? {
        if let name, configuration.schedules[name] == nil { return nil }
        let all = Dictionary(stored.map { ($0.id, $0) }) { $1 }.merging(overrides) { $1 }
        return configuration.schedules.values.filter { name == nil || $0.name == name }.sorted { $0.name < $1.name }.map {
            schedule in
            let own = all.values.filter { $0.schedule == schedule.name && $0.endsAt > moment }
                .sorted { ($0.startsAt, $0.id) < ($1.startsAt, $1.id) }
            return Snapshot.OnCall(
                schedule: schedule.name, zone: schedule.zone.name, at: moment,
                people: schedule.onCall(at: moment, overrides: own), until: schedule.nextChange(after: moment, overrides: own),
                overrides: own.map { shown($0, now: moment) })
        }
    }
}
