import Alerting
import Model

// A probe, its rules and their routes, as an explanation shows them.
extension Explanation.Probe {
    mutating func describe(_ view: ProbeView, at: Timestamp) {
        kind = view.spec.kind
        address = view.spec.address
        every = view.spec.every.short
        timeout = view.spec.timeout.short
        labels = view.spec.labels
        lastRun = view.latest.map(Snapshot.Run.init) ?? lastRun
        rules = view.spec.rules.indices.map { index in
            Explanation.Rule(
                view.spec.rules[index], view.alerts[index], view.verdicts[index], route: view.routes[index], at: at)
        }
    }
}

extension Explanation.Rule {
    init(_ rule: RuleSpec, _ alert: Alert, _ verdict: Verdict?, route view: RouteView, at: Timestamp) {
        self.init(alert)
        settings = rule.settingsText
        self.verdict = verdict?.judgement.name
        value = verdict?.value.flatMap { $0.isFinite ? $0 : nil }
        n = verdict?.n
        minSamples = rule.minSamples
        reason = verdict?.reason ?? "no run yet"
        (bad, critical) = alert.counts(outOf: rule.after.outOf)
        needed = rule.after.count
        outOf = rule.after.outOf
        if rule.forDuration > .zero { forOver = alert.badSince.map { $0 + rule.forDuration } }
        route = Explanation.Route(view)
        waitsFor = waiting(rule, alert, verdict, at: at)
    }

    /// Why an alert whose last result is not good does not fire.
    private func waiting(_ rule: RuleSpec, _ alert: Alert, _ verdict: Verdict?, at: Timestamp) -> String? {
        if alert.isFiring { return nil }
        if verdict?.judgement == .unknown {
            return "the last result is unknown (\(reason)); an unknown result counts neither as good nor as bad"
        }
        guard alert.phase == .pending else { return nil }
        var parts: [String] = []
        if bad < needed {
            parts.append(
                rule.after.isConsecutive
                    ? "\(bad) of \(needed) bad results in a row so far (after: \(needed))"
                    : "\(bad) of the last \(outOf) results are bad, \(needed) are needed (after: \(needed) of \(outOf))")
        }
        if let forOver, let badSince, forOver > at {
            parts.append(
                "bad for \((at - badSince).rough) of \(rule.forDuration.short) (for: \(rule.forDuration.short)), over at \(forOver.brief)"
            )
        }
        if parts.isEmpty { parts.append("its conditions are met; it fires at the next bad result") }
        return parts.joined(separator: "; ")
    }
}

extension Explanation.Route {
    init(_ view: RouteView) {
        self.init()
        passed = view.passed.enumerated().map { index, route in
            let differing = route.match.sorted { $0.key < $1.key }.filter { view.labels[$0.key, default: ""] != $0.value }
            let wants = differing.map { label in
                let own = view.labels[label.key, default: ""]
                return "wants \(label.key)=\(label.value), it is \(own.isEmpty ? "missing" : own)"
            }
            return "route \(index + 1) (policy \(route.policy)) \(wants.joined(separator: "; "))"
        }
        guard let route = view.route else { return }
        number = passed.count + 1
        match = route.match
        policy = route.policy
        steps = view.policy.steps.map(\.text)
        groupBy = route.groupBy
        groupWait = route.groupWait.short
    }
}

extension PolicySpec.Step {
    /// `after 5m: pagerduty`, `after 0s, critical only, mon-fri 09:00-17:00 UTC: pagerduty`.
    var text: String {
        let only = (level == .critical ? ["critical only"] : []) + (condition.map { ["\($0)"] } ?? [])
        return "\((["after \(after.short)"] + only).joined(separator: ", ")): \(notify.joined(separator: ", "))"
    }
}

extension RuleSpec {
    /// Its normal form; what is as it is without being written is left out.
    var settingsText: [String] {
        var lines: [String] = []
        for (key, condition) in [("critical", critical), ("warning", warning), ("target", target), ("gate", gate)] {
            if let condition { lines.append("\(key): \(condition)") }
        }
        if after.outOf > 1 {
            lines.append("after: \(after.isConsecutive ? "\(after.count)" : "\(after.count) of \(after.outOf)")")
        }
        if forDuration > .zero { lines.append("for: \(forDuration.short)") }
        if recoverAfter > 1 { lines.append("recover_after: \(recoverAfter)") }
        if keepFiringFor > .zero { lines.append("keep_firing_for: \(keepFiringFor.short)") }
        if downgradeFor > .zero { lines.append("downgrade_for: \(downgradeFor.short)") }
        if minSamples > 1 { lines.append("min_samples: \(minSamples)") }
        return lines
    }
}
