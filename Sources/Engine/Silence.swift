import Alerting
import Model

/// Why nobody was told, or not everybody: derived from how alerts, incidents and messages stand.
struct Silence {
    let at: Timestamp
    private var found: [String] = []
    /// Rules that had no reason to tell anybody: worth a line only where there is nothing else to say.
    private var calm: [String] = []
    /// What held messages back: the first thing that somebody who was not told wants to know.
    private var held: [String] = []
    var sentences: [String] { held.isEmpty && found.isEmpty && !hasIncidents ? calm : held + found }
    private var hasIncidents = false

    /// The same cause is told so often for one rule, newest last; then it is counted.
    private static let repeated = 3

    init(at: Timestamp) { self.at = at }

    // MARK: What was held back

    /// The last so many times of one probe are told.
    private static let toldHolds = 10

    mutating func look(at holds: [Hold], since: Timestamp) {
        let seen = holds.filter { $0.from < at && $0.until.map { $0 > since } ?? true }
        if seen.count > Silence.toldHolds {
            held.append(
                "Messages of \(seen[0].alert.probe) were held back \(seen.count) times; the last \(Silence.toldHolds):")
        }
        for hold in seen.suffix(Silence.toldHolds) {
            let reason = "(\(hold.kind.rawValue)): \(hold.reason)."
            if let until = hold.until, until <= at {
                held.append("\(hold.alert) was held back from \(hold.from.brief) to \(until.brief) \(reason)")
            } else {
                held.append("\(hold.alert) is held back since \(hold.from.brief) \(reason)")
            }
        }
    }

    // MARK: A probe that no incident speaks of

    mutating func look(
        at view: ProbeView, _ probe: Explanation.Probe, runs: [Observation], records: [Record]
    ) {
        for (index, rule) in probe.rules.enumerated() {
            let key = AlertKey(probe: probe.name, rule: rule.name)
            let spec = view.spec.rules[index]
            if spec.warning == nil, spec.critical == nil {
                found.append("\(key) tells nobody whatever happens: it has neither warning nor critical.")
                continue
            }
            if let pause = view.alerts[index].suppression, pause.kind == .paused {
                found.append("\(key) is \(pause.reason): it does not run, and nobody is told.")
                continue
            }
            endedEarly(key, spec, view.judged[index], records)
            if let waits = rule.waitsFor { found.append("\(key) does not fire: \(waits).") }
            if rule.route?.policy == nil || rule.route?.steps.isEmpty == true {
                found.append("\(key) would tell nobody: \(rule.route?.whyNobody ?? "no route matches its labels").")
            }
            let changes = records.contains { AlertChange($0) != nil && $0.rule == rule.name && $0.probe == probe.name }
            if let first = runs.first, !changes, rule.phase == .ok, rule.verdict == "good" {
                let failed = runs.count { $0.outcome == .failed || $0.outcome == .timeout }
                calm.append(
                    failed == 0
                        ? "\(key) was good in all of \(counted(runs.count, "run")) since \(first.started.brief): there was nothing to tell."
                        : "\(key) did not fire in \(counted(runs.count, "run")) since \(first.started.brief), of which \(failed) failed."
                )
            }
        }
        faults(probe.name, runs)
        gaps(view.spec, runs)
    }

    /// Times in which an alert was bad and was good again before it fired.
    private mutating func endedEarly(_ key: AlertKey, _ rule: RuleSpec, _ judged: [ProbeView.Judged], _ records: [Record]) {
        var began: Timestamp?
        var ended: [String] = []
        for record in records where record.probe == key.probe && record.rule == key.rule {
            switch AlertChange(record) {
            case .pending: began = record.at
            case .cleared:
                guard let start = began else { continue }
                began = nil
                // A run is stored with its end, its record with the moment in which it was decided, a little later.
                let bad = judged.count { verdict in
                    guard case .bad = verdict.verdict.judgement else { return false }
                    return verdict.at >= start - .seconds(1) && verdict.at < record.at
                }
                let why = rule.whyNotFired
                ended.append(
                    "\(key) was bad from \(start.brief) to \(record.at.brief) and did not fire: \(counted(bad, "bad result")), \(why)."
                )
            default: began = nil
            }
        }
        if ended.count > Silence.repeated {
            found.append("\(key) was bad and did not fire \(ended.count) times; the last \(Silence.repeated):")
        }
        found += ended.suffix(Silence.repeated)
    }

    private mutating func faults(_ name: String, _ runs: [Observation]) {
        let faults = runs.filter { $0.outcome == .monitorFault }
        guard let last = faults.last else { return }
        found.append(
            "\(faults.count) of \(counted(runs.count, "run")) of \(name) could not be measured, the last at \(last.ended.brief) "
                + "(\(last.failure?.detail ?? "no reason")): a monitor fault counts neither as good nor as bad.")
    }

    /// Times without runs, in which nothing could be noticed.
    private mutating func gaps(_ spec: ProbeSpec, _ runs: [Observation]) {
        guard spec.kind != ProbeSpec.internalKind, let first = runs.first else { return }
        let patience = spec.every * 3 + spec.timeout
        var last = first.ended
        var ended: [String] = []
        for end in runs.dropFirst().map(\.started) + [at] {
            if end - last > patience {
                ended.append(
                    "\(spec.name) did not run from \(last.brief) to \(end.brief) (\((end - last).rough)): nothing could be noticed then."
                )
            }
            last = max(last, end)
        }
        found += ended.suffix(Silence.repeated)
    }

    // MARK: An incident

    mutating func look(
        at incident: Incident, _ deliveries: [Explanation.Delivery], told: Set<String>, records: [Record]
    ) {
        hasIncidents = true
        let name = "Incident \(incident.id)"
        let steps = incident.policy.steps
        let triggers = deliveries.filter { $0.kind == .trigger }
        if steps.isEmpty {
            found.append(
                incident.policy.name == "none"
                    ? "\(name) told nobody: no route matched when it opened."
                    : "\(name) told nobody: the policy \(incident.policy.name) has no steps.")
        } else if triggers.isEmpty, told.isEmpty {
            untold(name, incident)
        }
        for (number, step) in steps.enumerated() where incident.isOpen {
            guard let level = step.level, incident.level < level, number < incident.nextStep else { continue }
            found.append(
                "\(name): step \(number + 1) was passed over: it tells \(step.notify.joined(separator: ", ")) of \(level.rawValue), "
                    + "the incident is \(incident.level.rawValue).")
        }
        let passedOver = records.filter {
            $0.kind == .step && $0.incident == incident.id && $0.text.contains("is passed over: ")
        }
        found += passedOver.suffix(Silence.repeated).map { "\(name), at \($0.at.brief): \($0.text)." }
        if incident.phase == .acked, incident.nextStep < steps.count {
            found.append(
                "\(name): \(incident.ackedBy ?? "somebody") acknowledged it, so step \(incident.nextStep + 1) "
                    + "(\(steps[incident.nextStep].notify.joined(separator: ", "))) does not run.")
        }
        for delivery in triggers where !told.contains(delivery.target) { undelivered(name, delivery) }
    }

    /// No step has told anybody yet, or none ever will.
    private mutating func untold(_ name: String, _ incident: Incident) {
        guard incident.isOpen else {
            return found.append(
                incident.isAnnounced
                    ? "\(name) told nobody: no step was meant for its level, \(incident.level.rawValue)."
                    : "\(name) told nobody: it was over before its first step (group_wait and after of step 1 end at "
                        + "\((incident.stepsFrom + (incident.policy.steps.first?.after ?? .zero)).brief)).")
        }
        if let other = incident.mergedInto {
            return found.append("\(name) tells nobody by itself: incident \(other) tells of it, too.")
        }
        guard incident.nextStep < incident.policy.steps.count else { return }
        let step = incident.policy.steps[incident.nextStep]
        found.append(
            "\(name) has told nobody yet: step \(incident.nextStep + 1) tells \(step.notify.joined(separator: ", ")) at "
                + "\((incident.stepsFrom + step.after).brief) (end of group_wait and after: \(step.after.short)).")
    }

    private mutating func undelivered(_ name: String, _ delivery: Explanation.Delivery) {
        let last = delivery.attempts.last { $0.outcome != nil }
        let said = last.map { attempt in
            let status = attempt.status > 0 ? "status \(attempt.status)" : ""
            return [status, attempt.reason].filter { !$0.isEmpty }.joined(separator: ", ")
        }
        let target = delivery.target
        switch delivery.state {
        case .dead:
            found.append("\(name): \(target) was not told, the message was given up: \(delivery.note).")
        case .superseded:
            found.append("\(name): \(target) was not told, the message became needless: \(delivery.note).")
        case .pending where delivery.attempts.isEmpty:
            found.append("\(name): \(target) is not told yet, the first attempt waits for its turn.")
        case .pending:
            found.append(
                "\(name): \(target) is not told yet, \(counted(delivery.attempts.count, "attempt")) failed"
                    + (said.map { $0.isEmpty ? "" : " (last: \($0))" } ?? "") + "; the next is at \(delivery.notBefore.brief).")
        case .inflight:
            found.append("\(name): \(target) is being told: attempt \(delivery.attempts.count) is on its way.")
        case .done:
            break
        }
    }
}

extension Timestamp {
    /// To the second: sentences are for people.
    var brief: String { Timestamp(seconds: Int64(seconds.rounded(.down))).description }
}

extension RuleSpec {
    /// What a time of bad results lacked that ended without firing.
    fileprivate var whyNotFired: String {
        var wants: [String] = []
        if after.outOf > 1 {
            wants.append(after.isConsecutive ? "after: \(after.count) in a row" : "after: \(after.count) of \(after.outOf)")
        }
        if forDuration > .zero { wants.append("for: \(forDuration.short)") }
        return wants.isEmpty ? "the rule was another one then" : wants.joined(separator: " and ") + " was not reached"
    }
}

extension Explanation.Route {
    fileprivate var whyNobody: String {
        guard let policy else {
            return passed.isEmpty ? "there are no routes" : "no route matches its labels: \(passed.joined(separator: "; "))"
        }
        return "the policy \(policy) has no steps"
    }
}
