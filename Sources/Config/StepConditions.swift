import Alerting
import Model
import Settings

enum StepConditionSettings {
    /// One is what every incident has; more than this are never one incident.
    static let counts = 2...10_000
}

extension Reading {
    /// What a step asks for: `level`, and `if: {level, hours, weekdays, zone, count}`.
    func condition(of step: Fields, in policy: String) -> (level: Level?, condition: StepCondition?) {
        var level = step.choice("level", Level.self)
        var levelPlace = step.place(of: "level")
        guard let written = step.has("if") ? step.fields("if") : nil else {
            step.expect(["if"])
            if level == .critical { mentions.criticalSteps.append((policy, levelPlace)) }
            return (level, nil)
        }
        if step.has("level"), written.has("level") {
            problems.add(written.keyPlace(of: "level"), "level: the step has it too; it takes one of them")
            written.skip("level")
        } else if let other = written.choice("level", Level.self) {
            level = other
            levelPlace = written.place(of: "level")
        }
        if level == .critical { mentions.criticalSteps.append((policy, levelPlace)) }
        let hours = hours(written)
        let atLeast = count(written)
        if let atLeast { mentions.countSteps.append((policy, atLeast, written.place(of: "count"))) }
        if written.remainingKeys.isEmpty, !["level", "hours", "weekdays", "zone", "count"].contains(where: written.has) {
            problems.add(written.place, "if: expected level, hours, weekdays or count")
        }
        let condition = hours != nil || atLeast != nil ? StepCondition(hours: hours, atLeast: atLeast) : nil
        return (level, condition)
    }

    private func hours(_ fields: Fields) -> StepCondition.Hours? {
        let restriction = restriction(fields)
        fields.expect(["hours", "weekdays"])
        let zone = zone(fields)
        guard fields.has("hours") || fields.has("weekdays") else {
            if fields.has("zone") {
                problems.add(
                    fields.keyPlace(of: "zone"), "zone: there are neither hours nor weekdays of which it could be the zone")
            }
            return nil
        }
        guard let restriction, let zone else { return nil }
        mentions.zones.append(zone)
        return StepCondition.Hours(restriction, zone: zone.name)
    }

    /// `">= 3"`
    private func count(_ fields: Fields) -> Int? {
        guard let text = fields.string("count") else { return nil }
        let number = text.hasPrefix(">=") ? Int(text.dropFirst(2).filter { $0 != " " }) : nil
        guard let number, StepConditionSettings.counts.contains(number) else {
            let counts = StepConditionSettings.counts
            fields.problem(
                at: "count",
                "count: expected \">= N\" with N from \(counts.lowerBound) to \(counts.upperBound), got \"\(Shown.short(text))\""
            )
            return nil
        }
        return number
    }
}

// MARK: - Steps that never run

extension Reading {
    /// Comparisons of routes with alerts that a reading may take; beyond it, steps are not checked.
    private static let maximumComparisons = 2_000_000

    /// What comes to a policy.
    private struct Arrivals {
        var isCritical = false
        var alerts: Set<AlertKey> = []
        /// By the values that they are grouped by.
        var groups: [[String]: Set<AlertKey>] = [:]
        var largestGroup: Int { groups.values.map(\.count).max() ?? 0 }
    }

    /// A step for critical incidents of a policy to which only warnings come never runs, nor does one for more alerts than come.
    func checkSteps(_ probes: [ProbeSpec], _ alerting: AlertingConfiguration) {
        guard !mentions.criticalSteps.isEmpty || !mentions.countSteps.isEmpty, problems.isEmpty else { return }
        let alerts = probes.reduce(2) { $0 + 2 * $1.rules.count + 1 }
        guard alerts * max(1, alerting.routes.count) <= Reading.maximumComparisons else { return }
        let arrivals = arrivals(probes, alerting)
        let gathering = Set(alerting.quorums.map(\.policy) + [alerting.systemPolicy].compactMap(\.self))
        for (policy, place) in mentions.criticalSteps {
            guard let came = arrivals[policy], !came.isCritical, !gathering.contains(policy) else { continue }
            warnings.add(place, "level: no alert that comes to the policy \(policy) is ever critical: this step never runs")
        }
        for (policy, atLeast, place) in mentions.countSteps {
            guard let came = arrivals[policy], came.largestGroup < atLeast, !gathering.contains(policy) else { continue }
            let (all, largest) = (came.alerts.count, came.largestGroup)
            warnings.add(
                place,
                all < atLeast
                    ? "count: the policy \(policy) has \(all) alert\(all == 1 ? "" : "s") at most: this step never runs"
                    : "count: no group of the policy \(policy) has more than \(largest) alert\(largest == 1 ? "" : "s"): "
                        + "this step runs only where many incidents become one, in a storm; see group_by")
        }
    }

    private func arrivals(_ probes: [ProbeSpec], _ alerting: AlertingConfiguration) -> [String: Arrivals] {
        var arrivals: [String: Arrivals] = [:]
        func add(_ rule: String, _ level: Level, mayRise: Bool, of spec: ProbeSpec) {
            let labels = AlertingConfiguration.labels(ofRule: rule, of: spec, level: level)
            let key = AlertKey(probe: spec.name, rule: rule)
            for route in alerting.routes.taking(labels) {
                let group = AlertingConfiguration.group(labels, by: route).map { "\($0.name)=\($0.value)" }
                arrivals[route.policy, default: Arrivals()].alerts.insert(key)
                arrivals[route.policy]?.groups[group, default: []].insert(key)
                if level == .critical || mayRise { arrivals[route.policy]?.isCritical = true }
            }
        }
        for spec in probes + [.daemon] {
            for rule in spec.rules {
                for level in rule.levels { add(rule.name, level, mayRise: rule.critical != nil, of: spec) }
            }
            // Those that no rule judges.
            if spec.kind != ProbeSpec.internalKind { add(AlertKey.noDataRule, .warning, mayRise: false, of: spec) }
        }
        for key in [AlertKey.blind, .isolated] {
            add(key.rule, .critical, mayRise: false, of: .daemon)
        }
        return arrivals
    }
}
