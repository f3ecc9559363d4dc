import Model

/// Planned runs of a probe, one after the other, that gave no result.
struct MissingRuns: Sendable, Hashable {
    /// So many in a row are no accident.
    static let limit = 3

    var count = 0
    /// Our own fault, the latest of them; nil where each was skipped because the run before it had not ended.
    var fault: Failure?
}

// No result is no news of the target: it fires no rule and ends none. That results are missing is told, by the probe's own alert where
// its runs overlap, and for all probes together where the daemon cannot measure.
extension AlertingState {
    /// While it is told how many probes cannot be measured, a change of that is looked at no oftener than this.
    private static let reviewEvery = Duration.seconds(10)
    /// So many probes are named.
    private static let named = 5

    /// A planned run did not start.
    mutating func skip(_ name: String, now: Timestamp) {
        guard let index = probes.index(forKey: name) else { return }
        probes.values[index].skipped += 1
        miss(at: index, nil, now: now)
        probes.values[index].refreshShown(now: now)
        // That it gives no results may hold what depends on it.
        if probes.values[index].missing.count == MissingRuns.limit { parentAnswered(name, now: now) }
    }

    /// A run ended; whether with a result.
    mutating func noteResult(_ observation: Observation, now: Timestamp) {
        guard let index = probes.index(forKey: observation.probe), observation.probe != ProbeSpec.daemonName else { return }
        if observation.outcome == .monitorFault {
            // A run nobody planned says nothing of planned ones; one that was cut off has an alert of its own.
            guard !observation.isExtra, let failure = observation.failure, failure.reason != .isolated else { return }
            miss(at: index, failure, now: now)
        } else if probes.values[index].missing.count > 0 {
            probes.values[index].missing = MissingRuns()
            if unmeasured.removeValue(forKey: observation.probe) != nil { reviewBlind(now: now) }
            let key = AlertKey(probe: observation.probe, rule: AlertKey.noDataRule)
            end(key, "\(observation.probe) has a result again", now: now)
        } else if isBlind, unmeasured.isEmpty {
            reviewBlind(now: now)
        }
    }

    private mutating func miss(at index: Dictionary<String, ProbeState>.Index, _ failure: Failure?, now: Timestamp) {
        let name = probes.keys[index]
        // Within maintenance nothing is counted against a probe.
        let labels = AlertingConfiguration.labels(ofRule: AlertKey.noDataRule, of: probes.values[index].spec)
        if failure == nil, maintenance(labels, now: now) != nil { return }
        var missing = probes.values[index].missing
        missing.count += 1
        missing.fault = failure ?? missing.fault
        probes.values[index].missing = missing
        guard missing.count >= MissingRuns.limit else { return }
        if let fault = missing.fault {
            let before = unmeasured.updateValue(fault, forKey: name)
            if before?.reason != fault.reason { reviewBlind(now: now) }
            return
        }
        let key = AlertKey(probe: name, rule: AlertKey.noDataRule)
        guard alert(key)?.isFiring != true, isImplicit(key) else { return }
        let reason = "no result of \(missing.count) planned runs in a row: each was due before the run before it had ended"
        fire(key, .warning, reason, now: now)
    }

    // MARK: The daemon cannot measure

    /// Opens, keeps and ends the one alert for all probes that the daemon cannot measure.
    private mutating func reviewBlind(now: Timestamp) {
        if unmeasured.isEmpty {
            guard isBlind else { return }
            isBlind = false
            cancelTimer(.noData, of: AlertKey.blind.description)
            end(.blind, "every probe has results again", now: now)
        } else if !isBlind {
            isBlind = true
            fire(.blind, .critical, blindReason, now: now)
        } else if isImplicit(.blind), !hasTimer(.noData, of: AlertKey.blind.description) {
            setTimer(
                TimerRow(
                    .noData, owner: AlertKey.blind.description, due: now + AlertingState.reviewEvery, epoch: 0))
        }
    }

    /// More probes, or fewer, cannot be measured: those told hear it with the next update.
    mutating func refreshBlind(now: Timestamp) {
        guard isBlind, !unmeasured.isEmpty, let alert = alert(.blind), alert.isFiring else { return }
        let reason = blindReason
        guard reason != alert.reason else { return }
        changeAlert(.blind) { $0.reason = reason }
        record(now, .alert, alert: .blind, incident: alert.incidents.first, reason)
        explain(alert, in: alert.incidents, reason)
        for id in alert.incidents where incidents[id]?.isOpen == true { planUpdate(of: id, now: now) }
    }

    private var blindReason: String {
        let names = unmeasured.keys.sorted()
        let shown = AlertingState.listed(names, atMost: AlertingState.named)
        let groups = Dictionary(grouping: names) { unmeasured[$0]!.reason }.sorted {
            ($1.value.count, $0.key.rawValue) < ($0.value.count, $1.key.rawValue)
        }
        let causes = groups.map { groups.count == 1 ? $0.key.rawValue : "\($0.key.rawValue) \($0.value.count)" }
        let detail = unmeasured[groups[0].value[0]]!.detail
        return "\(names.count) probe\(names.count == 1 ? "" : "s") cannot be measured (\(shown)): "
            + "\(causes.joined(separator: ", ")): \(detail)"
    }

    // MARK: Start and reload

    /// What memory knew of missing runs, as far as stored rows tell. Who was unmeasured shows in the latest run.
    mutating func rebuildMissing() {
        isBlind = alert(.blind)?.isFiring ?? false
        isIsolated = alert(.isolated)?.isFiring ?? false
        for index in probes.indices {
            let probe = probes.values[index]
            if probe.implicit.contains(where: { $0.key.rule == AlertKey.noDataRule }) {
                probes.values[index].missing.count = MissingRuns.limit
            }
            guard isBlind, probe.latest?.outcome == .monitorFault, let failure = probe.latest?.failure,
                failure.reason != .isolated
            else { continue }
            probes.values[index].missing = MissingRuns(count: MissingRuns.limit, fault: failure)
            unmeasured[probe.spec.name] = failure
        }
    }

    /// A probe that is gone is missed no longer.
    mutating func forgetMissing(now: Timestamp) {
        if isBlind, alert(.blind) == nil {
            isBlind = false
            cancelTimer(.noData, of: AlertKey.blind.description)
        }
        let gone = unmeasured.keys.filter { probes[$0] == nil }
        for name in gone { unmeasured[name] = nil }
        if !gone.isEmpty { reviewBlind(now: now) }
    }
}
