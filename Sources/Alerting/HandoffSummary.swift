import Model

// Who comes on call hears of all that is open in one message, not in one for each incident.
extension AlertingState {
    /// Where the summary did not get through within this time, its incidents are told one by one.
    static let handoffLifetime = Duration.seconds(900)
    private static let handoffPrefix = "handoff/"

    /// Returns whether a summary is on its way to the person.
    mutating func summarize(_ schedule: OnCallSchedule, for person: String, now: Timestamp) -> Bool {
        guard let contact = configuration.contacts[person] else { return false }
        let called = incidents.values.filter { $0.isOpen && !held.contains($0.id) && $0.ranNames.contains(schedule.name) }
            .sorted { ($0.level, $1.id) > ($1.level, $0.id) }
        // A single one of which a message of its own tells needs no other.
        guard let first = called.first, called.count > 1 || first.phase == .acked || isCalledAgain(schedule, by: first) else {
            return false
        }
        let targets = quietTargets(among: contact.channels)
        guard !targets.isEmpty else { return false }
        let open = called.filter { $0.phase == .open }
        let acknowledged = called.filter { $0.phase == .acked }
        let sections = [
            AlertingState.section("Open and not acknowledged", open.map { line(of: $0, in: schedule) }, open.count),
            AlertingState.section("Acknowledged", acknowledged.map { line(of: $0, in: schedule) }, acknowledged.count),
        ].compactMap(\.self)
        let summary = Announcement(
            kind: .digest, id: "\(AlertingState.handoffPrefix)\(schedule.name)/\(person)/\(now.microseconds)",
            title: "\(schedule.name): \(person) is on call now", level: first.level,
            from: called.map(\.openedAt).min() ?? now, until: now, zone: schedule.zone, sections: sections,
            lifetime: AlertingState.handoffLifetime)
        for target in targets { announce(summary, to: target, now: now) }
        record(
            now, .oncall,
            "\(person) is told of \(open.count) open and \(acknowledged.count) acknowledged in one message to "
                + targets.map(\.name).joined(separator: ", "))
        return true
    }

    /// `critical api failing (01J…), since 2026-03-29 02:30, acknowledged by ada`, in the schedule's zone.
    private func line(of incident: Incident, in schedule: OnCallSchedule) -> String {
        let by = incident.ackedBy.map { ", acknowledged by \($0)" } ?? ""
        let since = DigestSpec.clock(incident.openedAt, in: schedule.zone)
        return "\(incident.level.rawValue) \(incident.title) (\(incident.id)), since \(since)\(by)"
    }

    /// A step to come, or the policy when it repeats, names the schedule: whoever is on call then is called.
    func isCalledAgain(_ schedule: OnCallSchedule, by incident: Incident) -> Bool {
        guard timers[TimerRow.Key(kind: .step, owner: incident.id)] != nil else { return false }
        let steps = incident.policy.steps
        let isNamed = { (step: PolicySpec.Step) in
            step.notify.contains(schedule.name) && step.isMeant(for: incident.level)
        }
        let toCome = incident.nextStep < steps.count ? steps[incident.nextStep...] : []
        return toCome.contains(where: isNamed) || (incident.policy.repeatAfter > .zero && steps.contains(where: isNamed))
    }

    /// Nobody read the summary: whoever it was for, and is on call still, hears of each incident.
    mutating func summaryDied(_ row: OutboxRow, now: Timestamp) {
        guard row.incident.hasPrefix(AlertingState.handoffPrefix) else { return }
        let parts = row.incident.dropFirst(AlertingState.handoffPrefix.count).split(separator: "/").map(String.init)
        guard parts.count == 3, let schedule = configuration.schedules[parts[0]],
            onCall(in: schedule, at: now).contains(parts[1]), let contact = configuration.contacts[parts[1]]
        else { return }
        for id in incidents.keys.sorted()
        where isEscalating(id) && incidents[id]?.ranNames.contains(schedule.name) == true {
            _ = tell(contact, of: id, now: now)
        }
    }
}
