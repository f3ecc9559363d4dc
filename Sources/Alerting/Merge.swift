import Model

// Incidents that gather others: so that many failures at once are one page and not many. The alerts are members of both; the
// incidents that are gathered hold their problem messages while the one that gathers is open, and go on where they were when it ends.
extension AlertingState {
    /// An alert becomes a member of an incident that gathers.
    mutating func gather(_ key: AlertKey, into parent: String, now: Timestamp) {
        guard let alert = alert(key), let level = alert.level ?? heldLevel(of: alert),
            let before = incidents[parent]?.level,
            incidents[parent]?.isOpen == true, incidents[parent]?.hasFiring(key) == false
        else { return }
        let latest = outbox.lastID
        changeAlert(key) { if !$0.incidents.contains(parent) { $0.incidents.append(parent) } }
        changeIncident(parent) { incident in
            var member = Incident.Member(key: key, level: level, since: min(alert.firstBad, now), reason: alert.reason)
            member.joinedAt = now
            incident.put(member)
            incident.changedAfter = latest
        }
        keepEvidence(of: key.probe, with: parent)
        if level > before {
            rise(parent, to: level, because: alert, now: now)
        } else {
            reopenIfTaken(parent, "\(key) joined the acknowledged incident", now: now)
            runStepsPassedOver(of: parent, now: now)
            planUpdate(of: parent, now: now)
        }
        for id in alert.incidents where id != parent { reviewHold(of: id, now: now) }
    }

    /// An incident that gathers others opens. Its first step waits for `wait`, so that the message names who comes at once.
    mutating func open(
        _ kind: Incident.Kind, groupKey: String, title: String, level: Level, labels: Labels, policy: PolicySpec,
        wait: Duration, interval: Duration, now: Timestamp
    ) -> String {
        let id = ULID.make(at: now, using: &random)
        var incident = Incident(
            id: id, groupKey: groupKey, labels: labels, level: level, title: title, openedAt: now, policy: policy,
            stepsFrom: now + wait, groupInterval: interval)
        incident.kind = kind
        incidents[id] = incident
        openByGroup[groupKey] = id
        changeIncident(id) { _ in }
        record(now, .incident, incident: id, "opened: \(title); policy \(policy.name)")
        return id
    }

    /// What gathers all alerts of an incident that fire, if one incident does.
    func gatherer(of incident: Incident) -> String? {
        guard incident.kind == .group else { return nil }
        var common: Set<String>?
        for member in incident.firing {
            let parents = (alert(member.key)?.incidents ?? []).filter {
                guard let parent = incidents[$0] else { return false }
                return parent.isOpen && parent.kind != .group
            }
            common = common?.intersection(parents) ?? Set(parents)
            if common?.isEmpty == true { return nil }
        }
        return common?.min()
    }

    /// Notices that an incident is gathered by another, or no longer.
    mutating func reviewGathering(of id: String, now: Timestamp) {
        guard let incident = incidents[id] else { return }
        let parent = gatherer(of: incident)
        guard parent != incident.mergedInto else { return }
        changeIncident(id) { $0.mergedInto = parent }
        record(
            now, .incident, incident: id,
            parent.map { "merged into incident \($0)" } ?? "no longer merged into incident \(incident.mergedInto ?? "")")
    }

    /// An incident that gathered others has ended: they go on by themselves.
    mutating func scatter(_ parent: String, now: Timestamp) {
        guard let incident = incidents[parent], incident.kind != .group else { return }
        cancelTimer(.quorum, of: parent)
        for member in incident.members { changeAlert(member.key) { $0.incidents.removeAll { $0 == parent } } }
        for id in gathered(by: parent) { reviewHold(of: id, now: now) }
        // An operator ended the incident of its own that an alert had, and the time to tell anew passed meanwhile.
        for member in incident.firing {
            guard let alert = alert(member.key), alert.phase == .firing, alert.incidents.isEmpty else { continue }
            if !isPutOff(member.key) { announce(member.key, now: now) }
        }
    }

    /// Open incidents that are merged into one.
    func gathered(by parent: String) -> [String] {
        incidents.values.filter { $0.isOpen && $0.mergedInto == parent }.map(\.id).sorted()
    }
}
