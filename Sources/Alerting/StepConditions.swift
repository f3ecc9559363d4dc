import Model

// What a step asks for beside its time. It is asked when the step has its turn; a step that does not run then is passed over, and has
// another turn when what it was passed over for changes: its level or its count when the incident rises or grows; its hours when the
// policy repeats, or, where the policy came to its end and had told nobody, when the first of them begin.
extension AlertingState {
    /// Why a step does not run for an incident of its level now; nil where it does.
    func objection(to step: PolicySpec.Step, of incident: Incident, now: Timestamp) -> String? {
        var reasons: [String] = []
        // A zone that is not known any more, after a restart with another configuration, keeps nobody from being told.
        if let hours = step.condition?.hours, let zone = configuration.zones[hours.zone],
            !hours.restriction.holds(at: now, in: zone)
        {
            let local = zone.local(at: now)
            let day = hours.weekdays.count == 7 ? "" : "\(local.weekdayName) "
            reasons.append("it is \(day)\(local.hour) in \(zone.name), outside \(hours.restriction)")
        }
        if let atLeast = step.condition?.atLeast {
            let count = incident.firingCount
            if count < atLeast {
                reasons.append("\(count) alert\(count == 1 ? " fires" : "s fire"), and it asks for \(atLeast)")
            }
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// The incident has grown: steps that had been passed over for their count, and have no other reason not to, run at once. They
    /// have waited as long as their `after` asks, and the steps to come keep their times.
    mutating func runStepsPassedOver(of id: String, now: Timestamp) {
        guard isEscalating(id), let incident = incidents[id], incident.isAnnounced,
            incident.policy.steps.contains(where: { $0.condition?.atLeast != nil })
        else { return }
        for number in incident.policy.steps.indices.prefix(incident.nextStep) where !incident.ranSteps.contains(number) {
            let step = incident.policy.steps[number]
            guard step.isMeant(for: incident.level), step.condition?.atLeast != nil,
                objection(to: step, of: incident, now: now) == nil
            else { continue }
            changeIncident(id) { $0.ranSteps.append(number) }
            record(
                now, .step, incident: id,
                "step \(number + 1), passed over before, tells \(described(step.notify, now: now)): "
                    + "\(incident.firingCount) alerts fire now")
            let isHeard = tell(step.notify, of: id, now: now)
            if !isHeard || !isAnybodyReached(id, now: now) { goOnUnheard(id, now: now) }
        }
    }

    /// Every step was passed over, and some are meant for the incident at other hours.
    func waitsForHours(_ incident: Incident) -> Bool {
        incident.ranSteps.isEmpty && incident.nextStep >= incident.policy.steps.count
            && incident.policy.steps.contains { $0.condition?.hours != nil && $0.isMeant(for: incident.level) }
    }

    /// When the first hours begin for which an incident waits that was told to nobody.
    func nextHours(of incident: Incident, now: Timestamp) -> Timestamp? {
        guard waitsForHours(incident) else { return nil }
        return incident.policy.steps.filter { $0.isMeant(for: incident.level) }.compactMap { step in
            guard let hours = step.condition?.hours, let zone = configuration.zones[hours.zone] else { return nil }
            return hours.restriction.nextBegin(after: now, in: zone)
        }.min()
    }
}

extension PolicySpec.Step {
    func isMeant(for incident: Level) -> Bool { incident >= level ?? .warning }
}

extension Incident {
    var firingCount: Int { members.lazy.filter { $0.resolvedAt == nil }.count }
}
