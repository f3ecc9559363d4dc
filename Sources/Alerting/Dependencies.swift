import Model

// What depends on something that is down tells nobody. A parent of which nothing newer is known than the child's first failure is
// looked at first: its probe runs at once, and the child waits for it, but not for long.
extension AlertingState {
    /// How much longer than a parent's timeout a child waits for its result.
    private static let patience = Duration.seconds(1)

    func dependency(of alert: Alert, _ spec: ProbeSpec, now: Timestamp) -> Suppression? {
        for name in spec.dependsOn {
            guard let parent = probes[name], let failing = parent.down(by: spec.dependsOnRule[name]),
                failing.isFiring || !isInMaintenance(failing, now: now)
            else { continue }
            let isSure = failing.isFiring
            let reason = "depends on \(name), which \(isSure ? "is down" : "fails, too")"
            return Suppression(.dependency, by: failing.key.description, reason: reason, since: now)
        }
        // Planned work on a parent is no news of what depends on it, although the parent's own failures do not count.
        for name in spec.dependsOn {
            guard let parent = probes[name], parent.latest?.isTargetsFault == true,
                let failing = parent.critical(by: spec.dependsOnRule[name]), isInMaintenance(failing, now: now)
            else { continue }
            return Suppression(
                .dependency, by: failing.key.description, reason: "depends on \(name), which fails within maintenance",
                since: now)
        }
        for name in spec.dependsOn where spec.noDataBlocks.contains(name) {
            guard let parent = probes[name], parent.missing.count >= MissingRuns.limit else { continue }
            return Suppression(
                .dependency, by: AlertKey(probe: name, rule: AlertKey.noDataRule).description,
                reason: "depends on \(name), which gives no results", since: now)
        }
        guard isWaiting(alert.key), let parent = parentLookedAt(by: alert) else { return nil }
        return Suppression(
            .dependency, by: parent, reason: "depends on \(parent), which is being looked at first", since: now)
    }

    /// Before an alert is told: parents of which nothing new is known run, and it waits for them.
    mutating func lookAtParents(of key: AlertKey, now: Timestamp) {
        guard let alert = alert(key), let spec = probes[key.probe]?.spec, !spec.dependsOn.isEmpty else { return }
        let unseen = spec.dependsOn.filter { probes[$0].map { isUnseen($0, since: alert.firstBad) } ?? false }
        guard !unseen.isEmpty else { return }
        let longest = unseen.compactMap { probes[$0]?.spec.timeout }.max() ?? .zero
        setTimer(TimerRow(.hold, owner: key.description, due: now + longest + AlertingState.patience, epoch: 0))
        for parent in unseen { draft.runs.append(RunRequest(probe: parent)) }
    }

    /// An alert waits for the result of a parent.
    func isWaiting(_ key: AlertKey) -> Bool { hasTimer(.hold, of: key.description) }

    /// A parent of which nothing newer is known than the alert's first failure.
    func parentLookedAt(by alert: Alert) -> String? {
        probes[alert.key.probe]?.spec.dependsOn.first { probes[$0].map { isUnseen($0, since: alert.firstBad) } ?? false }
    }

    /// No result of the parent is newer than that.
    func isUnseen(_ parent: ProbeState, since: Timestamp) -> Bool {
        guard let latest = parent.latest else { return true }
        return latest.started < since
    }

    /// The wait is over without a result; its timer is gone, so it holds no longer.
    mutating func stopWaiting(_ owner: String, now: Timestamp) {
        guard let key = AlertKey(owner: owner), let alert = alert(key), alert.isFiring, alert.incidents.isEmpty else { return }
        guard let parent = alert.suppression?.by, suppression(of: alert, now: now)?.holds != true else {
            return suppressionChanged(of: [key], now: now)
        }
        record(now, .suppression, alert: key, "\(key) waits no longer: \(parent) gave no result in time")
        changeAlert(key) { $0.suppression = nil }
        announce(key, now: now)
    }

    /// A probe on which others depend has a result.
    mutating func parentAnswered(_ name: String, now: Timestamp) {
        guard let names = children[name] else { return }
        let firing = names.flatMap { probes[$0]?.alerts.filter(\.isFiring).map(\.key) ?? [] }
        if !firing.isEmpty { suppressionChanged(of: firing.sorted(), now: now) }
    }
}

extension ProbeState {
    /// The alert that says that the probe is down: of the rule named, or else a critical one on a failed run. One that is not yet
    /// confirmed counts if the latest result is bad: a child must not be told before its parent.
    fileprivate func down(by rule: String?) -> Alert? {
        alerts(saidBy: rule).first { alert in
            if alert.isFiring { return alert.level == .critical }
            let index = rules.indices.first { alerts[$0].key == alert.key }
            guard let verdict = index.flatMap({ verdicts[$0] }) else { return alert.criticalBits & 1 == 1 }
            return verdict.judgement == .bad(.critical)
        }
    }

    /// The alert that would say so.
    fileprivate func critical(by rule: String?) -> Alert? { alerts(saidBy: rule).first }

    private func alerts(saidBy rule: String?) -> [Alert] {
        alerts.prefix(rules.count).enumerated().filter { index, _ in
            rule.map { spec.rules[index].name == $0 } ?? (spec.rules[index].critical == .failed)
        }.map(\.element)
    }
}

extension Alert {
    /// When the present failure began.
    var firstBad: Timestamp { badSince ?? firedAt ?? since }
}

extension AlertKey {
    /// From the owner of a timer, `probe/rule`.
    init?(owner: String) {
        let names = owner.split(separator: "/", maxSplits: 1).map(String.init)
        guard names.count == 2 else { return nil }
        self.init(probe: names[0], rule: names[1])
    }
}
