package import Alerting
package import Config
import Ledger
package import Model
import Settings
import Synchronization

/// Works out what a new configuration would change: the configurations are compared, and a copy of the state takes the new one as a
/// reload would.
package struct Planner {
    private let old: DaemonConfiguration
    private let next: DaemonConfiguration
    private let state: AlertingState
    private let now: Timestamp
    /// The stored runs of a probe since then.
    private let history: (String, Timestamp) throws -> [Observation]

    package init(
        old: DaemonConfiguration, next: DaemonConfiguration, state: AlertingState, now: Timestamp,
        history: @escaping (String, Timestamp) throws -> [Observation]
    ) {
        self.old = old
        self.next = next
        self.state = state
        self.now = now
        self.history = history
    }

    package func plan(file: String) throws -> Plan {
        var plan = Plan(file: file)
        plan.probes = probeChanges()
        plan.others = ConfigurationChanges.between(old, next)
        plan.warnings = next.warnings.map { "\($0)" } + fixed()
        var after = state
        let before = state.everything()
        let (decision, _) = after.reconfigure(to: next.alerting.withDaemon, now: now)
        plan.endings = endings(before, after, decision)
        plan.messages = decision.outbox.filter { !$0.isSettled || $0.phase == .dead }.map { row in
            let title = title(row.incident, decision, before)
            return "\(row.kind.rawValue) to \(row.target): \(title)" + (row.phase == .dead ? " (given up: \(row.note))" : "")
        }
        plan.incidentsKept = after.everything().incidents.filter(\.isOpen).map {
            "\($0.title) (\($0.id), policy \($0.policy.name))"
        }
        plan.verdicts = try verdicts(after)
        return plan
    }

    // MARK: Probes

    private func probeChanges() -> [Plan.Change] {
        let diff = ConfigurationDiff.between(old, next)
        let (before, after) = (Self.byName(old), Self.byName(next))
        var changes = diff.added.map { name in
            let spec = after[name]?.spec
            let renamed = spec?.renamedFrom.flatMap {
                before[$0] == nil ? nil : "renamed from \($0): its alerts are carried over"
            }
            return Plan.Change(name, .added, [spec?.address, renamed].compactMap { $0 })
        }
        for name in diff.changed {
            guard let from = before[name], let to = after[name] else { continue }
            var details = Self.differences(from.spec, to.spec)
            if from.fingerprint != to.fingerprint { details.append("settings of \(to.spec.kind)") }
            if diff.restarted.contains(name) { details.append("its windows begin anew") }
            changes.append(Plan.Change(name, .changed, details))
        }
        changes += diff.removed.map { Plan.Change($0, .removed) }
        return changes
    }

    private static func byName(_ configuration: DaemonConfiguration) -> [String: ConfiguredProbe] {
        Dictionary(configuration.probes.map { ($0.spec.name, $0) }) { first, _ in first }
    }

    private static func differences(_ a: ProbeSpec, _ b: ProbeSpec) -> [String] {
        var lines: [String] = []
        func compare(_ what: String, _ from: String, _ to: String) {
            if from != to { lines.append("\(what): \(from) -> \(to)") }
        }
        compare("kind", a.kind, b.kind)
        compare("address", a.address, b.address)
        if a.schedule != b.schedule {
            if a.every != b.every { compare("every", a.every.short, b.every.short) } else { lines.append("schedule") }
        }
        compare("timeout", a.timeout.short, b.timeout.short)
        compare("retry_interval", a.retryInterval.short, b.retryInterval.short)
        for name in Set(a.labels.keys).union(b.labels.keys).sorted() {
            compare("label \(name)", a.labels[name] ?? "(none)", b.labels[name] ?? "(none)")
        }
        compare("depends_on", a.dependsOn.joined(separator: ", "), b.dependsOn.joined(separator: ", "))
        for rule in b.rules where !a.rules.contains(where: { $0.name == rule.name }) { lines.append("rule \(rule.name) added") }
        for rule in a.rules {
            guard let now = b.rules.first(where: { $0.name == rule.name }) else {
                lines.append("rule \(rule.name) removed")
                continue
            }
            if now != rule { lines.append("rule \(rule.name): \(rule.shown) -> \(now.shown)") }
        }
        return lines
    }

    /// What takes effect only at the next start.
    private func fixed() -> [String] {
        var lines: [String] = []
        if old.listen != next.listen { lines.append("a change of listen takes effect at the next start") }
        if old.storage != next.storage { lines.append("a change of storage takes effect at the next start") }
        return lines
    }

    // MARK: Alerts

    private func endings(_ before: Decision, _ after: AlertingState, _ decision: Decision) -> [Plan.Ending] {
        let stay = Set(after.everything().alerts.filter(\.isFiring).map(\.key))
        return before.alerts.filter { $0.isFiring && !stay.contains($0.key) }.map { alert in
            let over = decision.outbox.filter { $0.kind == .resolve && alert.incidents.contains($0.incident) }
            return Plan.Ending(
                alert: alert.key.description, level: alert.level ?? .critical,
                incidents: alert.incidents.map { title($0, decision, before) },
                told: Set(over.map(\.target)).sorted())
        }
    }

    private func title(_ id: String, _ decision: Decision, _ before: Decision) -> String {
        (decision.incidents + before.incidents).first { $0.id == id }?.title ?? id
    }

    /// What rules that are new or different say of the latest run.
    private func verdicts(_ after: AlertingState) throws -> [Plan.VerdictChange] {
        var changes: [Plan.VerdictChange] = []
        for probe in next.probes {
            let name = probe.spec.name
            guard let was = state.view(of: name), let will = after.view(of: name), was.spec != will.spec,
                was.spec.kind == will.spec.kind, was.spec.address == will.spec.address
            else { continue }
            let window = max(was.longestWindow, will.longestWindow)
            let runs = try history(name, now - window - will.spec.every * 3)
            guard let last = runs.last else { continue }
            let (old, new) = (
                was.replaying(runs, since: last.ended, asOf: true), will.replaying(runs, since: last.ended, asOf: true)
            )
            for (index, rule) in will.spec.rules.enumerated() {
                guard let verdict = new.verdicts[index] else { continue }
                let before = was.spec.rules.firstIndex { $0.name == rule.name }
                let word = before.map { old.verdicts[$0]?.judgement.name ?? "unknown" } ?? "new"
                guard word != verdict.judgement.name, !(before == nil && verdict.judgement == .good) else { continue }
                changes.append(
                    Plan.VerdictChange(
                        alert: "\(name)/\(rule.name)", before: word, after: verdict.judgement.name, reason: verdict.reason))
            }
        }
        return changes
    }
}

extension RuleSpec {
    /// As it is written, in one line.
    fileprivate var shown: String {
        var parts: [String] = []
        for (key, condition) in [("target", target), ("gate", gate), ("warning", warning), ("critical", critical)] {
            if let condition { parts.append("\(key) \(condition.description)") }
        }
        if after != After(1) {
            parts.append("after \(after.isConsecutive ? "\(after.count)" : "\(after.count) of \(after.outOf)")")
        }
        if forDuration > .zero { parts.append("for \(forDuration.short)") }
        if keepFiringFor > .zero { parts.append("keep_firing_for \(keepFiringFor.short)") }
        if downgradeFor > .zero { parts.append("downgrade_for \(downgradeFor.short)") }
        if recoverAfter != 1 { parts.append("recover_after \(recoverAfter)") }
        if minSamples != 1 { parts.append("min_samples \(minSamples)") }
        return parts.joined(separator: ", ")
    }
}

extension Daemon {
    /// What a reload would change, of this file or of the one that the daemon runs. Nothing changes by asking.
    package func plan(file: String?) async throws -> PlanReply {
        let (reread, now) = (reread, clock.now().wall)
        let read = try await onWorker {
            file.map { ConfigurationReader.read(path: $0, now: now) } ?? reread()
        }
        let next: DaemonConfiguration
        switch read {
        case .failure(let error): return .broken(error.problems.map(\.description))
        case .success(let configuration): next = configuration
        }
        let old = present.withLock { $0.configuration }
        let state = await Once<AlertingState?>.wait(atMost: Daemon.patience, else: nil) { once in
            keeper.ask { state, _ in once.answer(copy state) }
        }
        guard let state else {
            throw Failure(.saturated, "the keeper did not answer in time: it may be stuck in a write; see the daemon's log")
        }
        let reader = reader
        return try await onWorker {
            let planner = Planner(
                old: old, next: next, state: state, now: now, history: { try reader.history(probe: $0, since: $1) })
            return .planned(try planner.plan(file: file ?? old.files.first ?? ""))
        }
    }
}
