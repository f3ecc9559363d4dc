import Model

extension AlertingState {
    /// The incident fell to warning: for those told by critical steps alone it is over. A rise is a new page to them.
    mutating func endForCriticalOnly(_ id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.isAnnounced else { return }
        // Whoever another step or the fallback may still tell of this page stays: a page that was ended must not come again.
        let names =
            incident.policy.steps.filter { $0.level != .critical }.flatMap(\.notify)
            + [configuration.fallbackContact].compactMap { $0 }
        let staying = Set(names.flatMap(everTargets(named:)).map(\.name))
        for target in targets(of: id) where !staying.contains(target.name) {
            for row in outbox.rows(in: Lane(incident: id, target: target.name))
            where row.kind == .trigger && row.phase == .pending {
                if row.isInDoubt { tell(row, now: now) }
                supersede(row.id, "it fell to warning before it was told", now: now)
            }
            guard let entry = told[id]?[target.name], entry.resolvedAt == nil else { continue }
            close(entry, "it fell to warning, and this target takes critical only", now: now)
            changeTold(id, target.name) { $0.resolvedAt = now }
            record(now, .delivery, incident: id, "\(target.name) takes critical only: it is told that this is over")
        }
    }
}
