package import Model

// Alerts that no rule of the configuration judges: of a probe that gives no results, of the daemon that cannot measure or is cut off.
// They stand behind the alerts of the probe's rules while they fire, are told, held, grouped and stored like those, and are gone when
// they are over.
extension AlertingState {
    /// Whether a stored alert is of a rule that needs no configuration but its probe.
    func isImplicit(_ key: AlertKey) -> Bool {
        guard let spec = probes[key.probe]?.spec, !spec.rules.contains(where: { $0.name == key.rule }) else { return false }
        if key.probe == ProbeSpec.daemonName { return key == .blind || key == .isolated || key.channel != nil }
        return key.rule == AlertKey.noDataRule && spec.kind != ProbeSpec.internalKind
    }

    /// Takes a stored alert of that kind back; false where it is none.
    mutating func adopt(_ stored: Alert) -> Bool {
        guard isImplicit(stored.key) else { return false }
        probes[stored.key.probe]!.alerts.append(stored)
        return true
    }

    mutating func fire(_ key: AlertKey, _ level: Level, _ reason: String, now: Timestamp) {
        guard isImplicit(key) else {
            return record(now, .daemon, "\(key) cannot be told: \(reason)")
        }
        if alert(key) == nil { probes[key.probe]!.alerts.append(Alert(key: key, since: now)) }
        guard alert(key)?.isFiring == false else { return }
        changeAlert(key) {
            $0.phase = .firing
            $0.level = level
            $0.since = now
            $0.badSince = now
            $0.firedAt = now
            $0.reason = reason
        }
        if let alert = alert(key) { react(to: .fired, of: alert, rule: RuleSpec(name: key.rule), now: now) }
    }

    mutating func end(_ key: AlertKey, _ reason: String, now: Timestamp) {
        guard isImplicit(key), let before = alert(key) else { return }
        changeAlert(key) {
            $0.phase = .ok
            $0.level = nil
            $0.since = now
            $0.badSince = nil
            $0.reason = reason
        }
        if before.isFiring, let alert = alert(key) {
            react(to: .resolved, of: alert, rule: RuleSpec(name: key.rule), now: now)
        }
        probes[key.probe]?.alerts.removeAll { $0.key == key }
        touched.alerts.remove(key)
        draft.removedAlerts.append(key)
    }
}

extension ProbeState {
    /// The alerts of no configured rule.
    var implicit: ArraySlice<Alert> { alerts.dropFirst(spec.rules.count) }

    /// Those that fire, as `status` shows them among the rules.
    var shownImplicit: [Snapshot.Rule] {
        implicit.filter(\.isFiring).map { alert in
            Snapshot.Rule(
                name: alert.key.rule, state: alert.level == .critical ? .critical : .warning, value: nil, n: nil,
                condition: "no result of \(MissingRuns.limit) planned runs", unit: .none, reason: alert.reason)
        }
    }
}

extension AlertKey {
    /// The daemon cannot measure.
    package static let blind = AlertKey(probe: ProbeSpec.daemonName, rule: "blind")
    /// The daemon is cut off.
    package static let isolated = AlertKey(probe: ProbeSpec.daemonName, rule: "isolated")
}
