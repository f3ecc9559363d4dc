import Model

// A policy may want no word of ends either while silence or maintenance lasts (`resolve_through_silence: false`): they wait until it is
// over. What fires again meanwhile takes its incident up, and nobody hears of either.
extension AlertingState {
    private static let quietNote = "held until silence or maintenance is over"

    /// Until when the end of an incident is held, where all that it was about is silenced or in maintenance; with the note of the row.
    func holdOfEnd(of id: String, now: Timestamp) -> (until: Timestamp, note: String)? {
        guard let incident = incidents[id], !incident.policy.resolvesThroughSilence else { return nil }
        var last: Timestamp?
        for member in incident.members {
            guard let spec = probes[member.key.probe]?.spec else { return nil }
            let labels = AlertingConfiguration.labels(ofRule: member.key.rule, of: spec, level: member.level)
            guard let until = quietUntil(labels, now: now) else { return nil }
            last = max(last ?? until, until)
        }
        return last.map { ($0, AlertingState.quietNote) }
    }

    private func quietUntil(_ labels: Labels, now: Timestamp) -> Timestamp? {
        let windows = openWindows.filter { $0.window.matchers.match(labels) }.map(\.until)
        let silences = silences.values.filter { $0.isActive(at: now) && $0.matches(labels) }.map(\.endsAt)
        return (windows + silences).max()
    }

    /// Silence or maintenance began, ended or was changed.
    mutating func reviewQuietEnds(now: Timestamp) {
        let waiting = outbox.rows.values.filter {
            $0.kind == .resolve && $0.phase == .pending && $0.note == AlertingState.quietNote
        }
        for var row in waiting.sorted(by: { $0.id < $1.id }) {
            row.notBefore = max(now, holdOfEnd(of: row.incident, now: now)?.until ?? now)
            if row.notBefore == now { row.note = "" }
            put(row)
        }
    }
}
