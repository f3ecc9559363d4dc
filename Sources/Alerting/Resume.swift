import Model

// A group that fires again before anybody can have heard of its end goes on in the same incident: the end is not said at all. Once an
// attempt to say it was made, what fires is a new incident, with a new page.
extension AlertingState {
    /// Opens the incident of a group anew that is over, where no word of that has gone out; returns its id.
    mutating func takeUp(_ groupKey: String, because key: AlertKey, now: Timestamp) -> String? {
        guard let id = endedByGroup[groupKey], let incident = incidents[id], isEndUnsaid(incident) else { return nil }
        for row in outbox.rows(of: id) where isEnd(row) { supersede(row.id, "it goes on", now: now) }
        changeIncident(id) {
            $0.phase = $0.ackedBy == nil ? .open : .acked
            $0.resolvedAt = nil
            $0.epoch += 1
        }
        endedByGroup[groupKey] = nil
        openByGroup[groupKey] = id
        record(now, .incident, alert: key, incident: id, "goes on: \(key) fires again, and nobody was told of the end")
        return id
    }

    /// After its member has joined again: who was spared by the end is told, and steps run on.
    mutating func goOn(_ id: String, now: Timestamp) {
        guard let incident = incidents[id] else { return }
        let highest = incident.firingLevel ?? incident.level
        let isChanged = highest < incident.level || incident.members.count > 1
        changeIncident(id) {
            $0.level = highest
            if !isChanged { $0.changedAfter = nil }
        }
        // Where it is the one alert that it was about nothing is another.
        if isChanged { planUpdate(of: id, now: now) }
        // When the acknowledgement was to end is not known any more: it lasts as long as the policy says.
        guard incident.phase == .open else { return planAckExpiry(of: id, after: nil, now: now) }
        tellMissing(id, now: now)
        runStepsPassedOver(of: id, now: now)
        planStep(of: id, now: now)
    }

    /// Each message of the end waits, none was tried, and all who are to get one surely know of the beginning. An operator's word
    /// that it is over stands.
    private func isEndUnsaid(_ incident: Incident) -> Bool {
        guard !incident.isOpen, incident.kind == .group, incident.mergedInto == nil,
            incident.members.allSatisfy({ $0.resolvedAt != nil }),
            (told[incident.id] ?? [:]).values.allSatisfy({ $0.resolvedAt == nil && !$0.isInDoubt })
        else { return false }
        let rows = outbox.rows(of: incident.id)
        let ends = rows.filter { isEnd($0) }
        return !ends.isEmpty && ends.allSatisfy { $0.phase == .pending && $0.tries == 0 }
            && !rows.contains { $0.kind == .delayed }
    }

    /// The resolve of the page that its target has; older pages are closed whatever comes.
    private func isEnd(_ row: OutboxRow) -> Bool {
        row.kind == .resolve && row.page >= told[row.incident]?[row.target]?.page ?? row.page
    }

    mutating func rememberEnd(of incident: Incident) { endedByGroup[incident.groupKey] = incident.id }

    mutating func forgetEnd(of incident: Incident) {
        if endedByGroup[incident.groupKey] == incident.id { endedByGroup[incident.groupKey] = nil }
    }
}
