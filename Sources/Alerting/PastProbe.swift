package import Model

/// A probe as it stood at a time that is past, rebuilt from what is stored: the last change of each of its alerts, and the runs
/// before that time. What its rules say is judged by the configuration that is given.
package struct PastProbe: Sendable {
    private var state: ProbeState
    private let configuration: AlertingConfiguration
    /// Of each rule: good verdicts in a row, and since when it has been unknown.
    private var goodRuns: [Int]
    private var unknownSince: [Timestamp?]

    /// - Parameter beginning: when what is stored begins.
    package init(_ spec: ProbeSpec, of configuration: AlertingConfiguration, beginning: Timestamp) {
        state = ProbeState(spec: spec, now: beginning)
        self.configuration = configuration
        goodRuns = spec.rules.map { _ in 0 }
        unknownSince = spec.rules.map { _ in nil }
    }

    /// A run of before that time, oldest first.
    package mutating func take(_ run: Observation) {
        _ = state.count(run)
        for index in state.rules.indices {
            let verdict = state.rules[index].observe(run)
            state.verdicts[index] = verdict
            goodRuns[index] =
                verdict.judgement == .good ? goodRuns[index] + 1 : verdict.judgement == .unknown ? goodRuns[index] : 0
            unknownSince[index] = verdict.judgement == .unknown ? unknownSince[index] ?? run.ended : nil
            if verdict.judgement != .unknown, state.alerts[index].phase == .new { state.alerts[index].phase = .ok }
        }
    }

    /// The last change of an alert before that time, and its level since; `none` where a pause, or its removal, ended it. A rule that
    /// is not configured, but that of missing results, is left out.
    package mutating func set(_ key: AlertKey, _ change: AlertChange, level: Level?, at: Timestamp, _ reason: String) {
        let index = state.spec.rules.firstIndex { $0.name == key.rule }
        var alert = Alert(key: key, since: at)
        alert.phase = change == .none && isPaused(key) ? .new : change.phase
        alert.level = level ?? index.map(usualLevel)
        alert.reason = reason
        if let index {
            state.alerts[index] = alert
        } else if key.rule == AlertKey.noDataRule, alert.isFiring {
            state.alerts.append(alert)
        }
    }

    private func isPaused(_ key: AlertKey) -> Bool {
        let labels = AlertingConfiguration.labels(ofRule: key.rule, of: state.spec)
        return configuration.pauses.contains { $0.match(labels) }
    }

    /// The level of a record of an older version, which does not name it: the only one of the rule, or what the last run says.
    private func usualLevel(_ index: Int) -> Level {
        let rule = state.spec.rules[index]
        guard rule.warning != nil, rule.critical != nil else { return rule.critical == nil ? .warning : .critical }
        return state.verdicts[index]?.judgement == .bad(.warning) ? .warning : .critical
    }

    package var hasRun: Bool { state.latest != nil }

    package func shown(at: Timestamp) -> Snapshot.Probe {
        var state = state
        state.runs = [:]
        for (index, rule) in state.spec.rules.enumerated() {
            // A start after a long time away forgets what was pending, without a record.
            if state.alerts[index].phase == .pending, goodRuns[index] >= (rule.after.isConsecutive ? 1 : rule.after.outOf) {
                state.alerts[index].phase = .ok
            }
            if let since = unknownSince[index], !state.alerts[index].isFiring { state.alerts[index].since = since }
        }
        state.restoreShown(now: at)
        return state.snapshot(nextRun: nil)
    }
}

extension AlertChange {
    /// What an alert is after it.
    fileprivate var phase: Alert.Phase {
        switch self {
        case .none, .cleared, .resolved: .ok
        case .pending: .pending
        case .fired, .escalated, .deescalated, .refired: .firing
        case .recovering: .recovering
        }
    }
}
