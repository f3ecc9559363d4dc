import Model

// A probe that says `renamed_from` keeps the alerts, incidents and told-set of its old name.
extension AlertingConfiguration {
    /// New names by old ones, where no probe has the old name any more.
    var renames: [String: String] {
        let names = Set(probes.map(\.name))
        let pairs = probes.compactMap { spec in spec.renamedFrom.map { ($0, spec.name) } }
        return Dictionary(pairs.filter { !names.contains($0.0) }) { first, _ in first }
    }
}

extension AlertingState {
    /// At a start: stored rows under old names become rows under new ones.
    static func renamed(_ stored: Stored, _ names: [String: String]) -> (stored: Stored, left: Decision) {
        var (new, left) = (stored, Decision())
        guard !names.isEmpty else { return (new, left) }
        let present = Set(stored.alerts.map(\.key))
        for index in new.alerts.indices {
            let old = new.alerts[index].key
            guard let key = old.renamed(names), !present.contains(key) else { continue }
            new.alerts[index].key = key
            left.removedAlerts.append(old)
            left.alerts.append(new.alerts[index])
        }
        for index in new.timers.indices {
            let old = new.timers[index].key
            guard let key = AlertKey(owner: old.owner)?.renamed(names) else { continue }
            new.timers[index].key.owner = key.description
            left.timerChanges.cancel(old)
            left.timerChanges.set(new.timers[index])
        }
        for index in new.incidents.indices where new.incidents[index].rename(names) {
            left.incidents.append(new.incidents[index])
        }
        for (old, name) in names where new.latest[name] == nil { new.latest[name] = new.latest.removeValue(forKey: old) }
        return (new, left)
    }

    /// At a reload, before the new configuration is taken.
    mutating func rename(_ names: [String: String], now: Timestamp) {
        for (old, name) in names.sorted(by: { $0.key < $1.key }) {
            guard var probe = probes[old], probes[name] == nil else { continue }
            probes[old] = nil
            for index in probe.alerts.indices {
                let before = probe.alerts[index].key
                let key = AlertKey(probe: name, rule: before.rule)
                probe.alerts[index].key = key
                draft.removedAlerts.append(before)
                touched.alerts.insert(key)
                for kind in [TimerRow.Kind.confirm, .hold] {
                    guard var timer = timers[TimerRow.Key(kind: kind, owner: before.description)] else { continue }
                    cancelTimer(kind, of: before.description)
                    timer.key.owner = key.description
                    setTimer(timer)
                }
            }
            probe.spec.name = name
            probe.latest?.probe = name
            probes[name] = probe
            renameEvidence(from: old, to: name)
            for id in incidents.keys.sorted() where incidents[id]!.members.contains(where: { $0.key.probe == old }) {
                changeIncident(id) { _ = $0.rename([old: name]) }
            }
            record(now, .configuration, "probe \(old) is called \(name) now; its alerts and incidents go on")
        }
    }
}

extension AlertKey {
    fileprivate func renamed(_ names: [String: String]) -> AlertKey? {
        names[probe].map { AlertKey(probe: $0, rule: rule) }
    }
}

extension Incident {
    /// Returns whether anything changed.
    fileprivate mutating func rename(_ names: [String: String]) -> Bool {
        var changed = false
        for index in members.indices {
            guard let key = members[index].key.renamed(names) else { continue }
            members[index].key = key
            changed = true
        }
        return changed
    }
}
