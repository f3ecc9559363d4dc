import Model

// Who is on call changes: the new person hears of what is open.
extension AlertingState {
    /// Sets the timer of each schedule's next change. One that came while the daemon was down is still to be run.
    mutating func planHandoffs(now: Timestamp) {
        for timer in timers.values where timer.key.kind == .handoff {
            let isMissed = timer.due <= now && configuration.schedules[timer.key.owner] != nil
            if !isMissed { cancelTimer(.handoff, of: timer.key.owner) }
        }
        for schedule in configuration.schedules.values.sorted(by: { $0.name < $1.name }) { planHandoff(schedule, now: now) }
    }

    private mutating func planHandoff(_ schedule: OnCallSchedule, now: Timestamp) {
        guard !hasTimer(.handoff, of: schedule.name),
            let next = schedule.nextChange(after: now, overrides: overrides(of: schedule))
        else { return }
        setTimer(TimerRow(.handoff, owner: schedule.name, due: next, epoch: 0))
    }

    /// A shift ended, perhaps more than one while the daemon was down.
    mutating func handOff(_ timer: TimerRow, now: Timestamp) {
        guard let schedule = configuration.schedules[timer.key.owner] else { return }
        let known = overrides(of: schedule) + endedOverrides.filter { $0.schedule == schedule.name }
        let before = schedule.onCall(at: timer.due - .microseconds(1), overrides: known)
        handOff(schedule, from: before, now: now)
    }

    /// Somebody stands in for whoever is on call, or an entry that says so changes.
    mutating func set(_ override: OnCallOverride, now: Timestamp) {
        let schedule = configuration.schedules[override.schedule]
        let before = schedule.map { onCall(in: $0, at: now) }
        overrides[override.id] = override
        draft.overrides.append(override)
        guard let schedule, let before else { return }
        handOff(schedule, from: before, now: now)
    }

    /// Whoever is new has a summary of what the schedule was called for. Of incidents that nobody took, the next step that names the
    /// schedule calls them; where none will, or they get no summary, they are told now. Taken ones stay with who took them.
    private mutating func handOff(_ schedule: OnCallSchedule, from before: [String], now: Timestamp) {
        cancelTimer(.handoff, of: schedule.name)
        planHandoff(schedule, now: now)
        let after = onCall(in: schedule, at: now)
        let open = incidents.values.filter { isEscalating($0.id) && $0.ranNames.contains(schedule.name) }
            .sorted { $0.id < $1.id }
        if before != after {
            record(
                now, .oncall,
                "\(schedule.name): \(AlertingState.people(after)) on call after \(AlertingState.people(before)); "
                    + "open and not acknowledged: \(open.count)")
        }
        let summarized = after.filter { !before.contains($0) && summarize(schedule, for: $0, now: now) }
        for incident in open {
            let isCalledAgain = isCalledAgain(schedule, by: incident)
            for person in after where !(isCalledAgain && summarized.contains(person)) {
                handOver(incident.id, to: person, isNew: !before.contains(person), now: now)
            }
            if after.isEmpty, !before.isEmpty {
                tellFallback(of: incident.id, because: "nobody is on call in \(schedule.name)", now: now)
            }
        }
    }

    /// One message of an open incident: an update for whoever is new and was told of it already, or else the page itself.
    private mutating func handOver(_ id: String, to person: String, isNew: Bool, now: Timestamp) {
        guard let contact = configuration.contacts[person], let page = incidents[id]?.page else {
            record(now, .oncall, incident: id, "\(person) is on call but is not a configured contact")
            return
        }
        let targets = contact.channels.flatMap(targets(ofChannel:))
        guard let known = targets.first(where: { told[id]?[$0.name]?.page == page }) else {
            _ = tell(contact, of: id, now: now)
            return
        }
        if isNew { enqueue(.update, of: id, to: known, page: page, now: now) }
    }

    private static func people(_ names: [String]) -> String { names.isEmpty ? "nobody" : names.joined(separator: ", ") }
}
