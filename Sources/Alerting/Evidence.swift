import Model

// What runs saw, kept where it helps to understand a failure: each probe remembers what its last good run saw and what the first bad one
// after it did. Once people are to be told, both are written beside the incident, and what differs stands in the messages.

enum EvidenceLimit {
    /// Rows an incident: a person reads the first few of a storm, and each is a write.
    static let rows = 20
    /// Probes whose first bad run is kept whole at once: 1.6 MB. What further ones saw is cut to what a good run keeps, for when
    /// everything fails at once the first few say why.
    static let whole = 200
    /// Probes of an incident that a message tells of, and lines of each. One alone has more room.
    static let probes = 3
    static let lines = 2
    static let linesOfOne = 6
}

/// What the runs of a probe saw: the last good one, and the first bad one of the present bad streak.
struct SeenByRuns: Sendable {
    struct Run: Sendable {
        var evidence: Evidence
        var at: Timestamp
    }
    var good: Run?
    var bad: Run?
}

extension Observation {
    /// The evidence is decided about once, and is not kept with the samples.
    mutating func takeEvidence() -> SeenByRuns.Run? {
        defer { evidence = nil }
        return evidence.map { SeenByRuns.Run(evidence: $0, at: started) }
    }
}

extension AlertingState {
    /// A run was bad by its outcome or by a rule: the first one is remembered.
    mutating func noteBad(_ run: SeenByRuns.Run?, at index: Dictionary<String, ProbeState>.Index) {
        guard var run, probes.values[index].seen.bad == nil else { return }
        let name = probes.keys[index]
        if wholeEvidence.count < EvidenceLimit.whole {
            wholeEvidence.insert(name)
        } else {
            run.evidence = run.evidence.cut(to: Evidence.goodBytes)
        }
        probes.values[index].seen.bad = run
    }

    /// A run that no rule finds bad ends the streak, unless an alert goes on: that one is still about the first bad run.
    mutating func noteGood(_ run: SeenByRuns.Run?, at index: Dictionary<String, ProbeState>.Index) {
        guard !probes.values[index].isBadNow else { return }
        if probes.values[index].seen.bad != nil {
            probes.values[index].seen.bad = nil
            wholeEvidence.remove(probes.keys[index])
        }
        if let run { probes.values[index].seen.good = run }
    }

    /// An alert of the probe has joined an incident: what its runs saw is written beside it, once.
    mutating func keepEvidence(of probe: String, with incident: String) {
        guard let seen = probes[probe]?.seen, let bad = seen.bad else { return }
        let kept = evidenceFacts[incident] ?? [:]
        guard kept[probe] == nil, kept.count < EvidenceLimit.rows else { return }
        let row = EvidenceRow(
            incident: incident, probe: probe, at: bad.at, bad: bad.evidence, good: seen.good?.evidence, goodAt: seen.good?.at)
        draft.evidence.append(row)
        evidenceFacts[incident, default: [:]][probe] = row.facts
    }

    /// What a message of the incident tells of it: what differs between the last good run and the first bad one.
    func facts(of incident: Incident) -> [Notification.Fact] {
        guard incident.isOpen, let kept = evidenceFacts[incident.id] else { return [] }
        var names: [String] = []
        for member in incident.members where member.resolvedAt == nil && names.count < EvidenceLimit.probes {
            if kept[member.key.probe]?.isEmpty == false, !names.contains(member.key.probe) { names.append(member.key.probe) }
        }
        if names.count == 1, incident.members.allSatisfy({ $0.key.probe == names[0] }) {
            return Array(kept[names[0], default: []].prefix(EvidenceLimit.linesOfOne))
        }
        return names.flatMap { name in
            kept[name, default: []].prefix(EvidenceLimit.lines).map { Notification.Fact("\($0.name) of \(name)", $0.text) }
        }
    }

    // MARK: Start and reload

    /// What is stored is not written again, and is what the alerts that still fire are about.
    mutating func restoreEvidence(_ rows: [EvidenceRow]) {
        for row in rows {
            let name = probes[row.probe] == nil ? renames[row.probe] ?? row.probe : row.probe
            evidenceFacts[row.incident, default: [:]][name] = row.facts
            guard let index = probes.index(forKey: name),
                probes.values[index].alerts.contains(where: { $0.isFiring && $0.incidents.contains(row.incident) })
            else { continue }
            noteBad(SeenByRuns.Run(evidence: row.bad, at: row.at), at: index)
            if let good = row.good, let at = row.goodAt {
                probes.values[index].seen.good = SeenByRuns.Run(evidence: good, at: at)
            }
        }
    }

    mutating func renameEvidence(from old: String, to name: String) {
        if wholeEvidence.remove(old) != nil { wholeEvidence.insert(name) }
        for incident in evidenceFacts.keys {
            guard let facts = evidenceFacts[incident]?.removeValue(forKey: old) else { continue }
            evidenceFacts[incident]?[name] = facts
        }
    }

    /// Probes that are gone keep nothing.
    mutating func forgetEvidence() {
        wholeEvidence = wholeEvidence.filter { probes[$0]?.seen.bad != nil }
    }
}

extension ProbeState {
    /// An alert of it fires, or a rule found the latest result bad.
    fileprivate var isBadNow: Bool {
        if alerts.contains(where: \.isFiring) { return true }
        return rules.indices.contains { alerts[$0].suppression?.kind != .paused && isBad($0) }
    }
}
