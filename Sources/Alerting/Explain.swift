package import Model

/// One probe as deciding sees it, for people who ask why.
package struct ProbeView: Sendable {
    package var spec: ProbeSpec
    /// One entry a rule in each of these.
    package var alerts: [Alert]
    package var verdicts: [Verdict?]
    package var routes: [RouteView]
    package var latest: Observation?
    /// What a replay judged of each run, oldest first; empty without one.
    package var judged: [[Judged]]

    package struct Judged: Sendable {
        package var at: Timestamp
        package var verdict: Verdict
    }
}

/// Which route an alert takes, and which it passed.
package struct RouteView: Sendable {
    package var labels: Labels
    package var passed: [RouteSpec]
    /// nil: none matches, so nobody is told.
    package var route: RouteSpec?
    package var policy: PolicySpec
}

extension AlertingConfiguration {
    /// The labels that matchers look at.
    package static func labels(ofRule rule: String, of spec: ProbeSpec, level: Level? = nil) -> Labels {
        var labels = spec.labels.merging(["probe": spec.name, "rule": rule]) { own, _ in own }
        if let level, labels["level"] == nil { labels["level"] = level.rawValue }
        return labels
    }

    /// The labels and values that an alert is grouped by, as the route says.
    package static func group(_ labels: Labels, by route: RouteSpec?) -> [(name: String, value: String)] {
        let names = route?.groupBy ?? ["probe"]
        // The level moves while the group stays.
        let all = names.contains(RouteSpec.groupByAll)
        return (all ? labels.keys.filter { $0 != "level" }.sorted() : names).map { ($0, labels[$0, default: ""]) }
    }

    /// The policy of a route; without one, a policy without steps.
    func policy(of route: RouteSpec?) -> PolicySpec {
        route.flatMap { policies[$0.policy] } ?? PolicySpec(name: "none", steps: [], repeatAfter: .zero)
    }

    func routeView(ofRule rule: String, of spec: ProbeSpec) -> RouteView {
        let labels = AlertingConfiguration.labels(ofRule: rule, of: spec)
        let index = routes.firstIndex { $0.matches(labels) }
        let route = index.map { routes[$0] }
        return RouteView(
            labels: labels, passed: Array(routes[..<(index ?? routes.count)]), route: route, policy: policy(of: route))
    }
}

extension AlertingState {
    /// How a probe stands; nil where none of that name is configured.
    package func view(of name: String) -> ProbeView? {
        guard let probe = probes[name] else { return nil }
        return ProbeView(
            spec: probe.spec, alerts: probe.alerts, verdicts: probe.verdicts,
            routes: probe.spec.rules.map { configuration.routeView(ofRule: $0.name, of: probe.spec) }, latest: probe.latest,
            judged: [])
    }

    /// All that is due at a time.
    package var plannedTimers: [TimerRow] { timers.values.sorted { ($0.due, $0.key.owner) < ($1.due, $1.key.owner) } }
}

extension ProbeView {
    /// How far back the windows of its rules reach.
    package var longestWindow: Duration {
        spec.rules.flatMap(\.conditions).compactMap { $0.operand?.window }.max() ?? .zero
    }

    /// Judges stored runs again, by the present rules: those before `since` only fill the windows.
    /// - Parameter asOf: replaces the alerts and verdicts by those after the last run; otherwise they stay as they are, except
    ///   that a verdict not known since the last start is the replayed one.
    package func replaying(_ runs: [Observation], since: Timestamp, asOf: Bool) -> ProbeView {
        var view = self
        view.judged = spec.rules.map { _ in [] }
        for (index, rule) in spec.rules.enumerated() {
            var state = RuleState(rule, every: spec.every)
            var alert = Alert(key: AlertKey(probe: spec.name, rule: rule.name), since: runs.first?.ended ?? since)
            for run in runs {
                guard run.ended >= since else {
                    state.restore(run)
                    continue
                }
                let verdict = state.observe(run)
                _ = alert.step(verdict, rule: rule, at: run.ended)
                view.judged[index].append(Judged(at: run.ended, verdict: verdict))
            }
            let last = view.judged[index].last?.verdict
            if asOf {
                view.alerts[index] = alert
                view.verdicts[index] = last
            } else if view.verdicts[index] == nil {
                view.verdicts[index] = last
            }
        }
        if asOf { view.latest = runs.last }
        return view
    }
}

extension Verdict.Judgement {
    /// `good`, `warning`, `critical` or `unknown`.
    package var name: String { word }
}

extension Alert {
    /// Bad results, and those bad enough for critical, among the last `outOf`.
    package func counts(outOf: Int) -> (bad: Int, critical: Int) {
        let mask: UInt64 = outOf >= 64 ? .max : (1 << UInt64(outOf)) - 1
        return ((badBits & mask).nonzeroBitCount, (criticalBits & mask).nonzeroBitCount)
    }
}

extension AlertChange {
    /// The change that a stored record tells of; nil where it tells of something else.
    package init?(_ record: Record) {
        guard let found = AlertChange.read(record) else { return nil }
        self = found.change
    }

    /// The same, with the level that the alert has since, where it fires: `api/slow fired (warning): duration = 2s > 1s`.
    package static func read(_ record: Record) -> (change: AlertChange, level: Level?)? {
        guard record.kind == .alert, let probe = record.probe, let rule = record.rule else { return nil }
        let prefix = "\(AlertKey(probe: probe, rule: rule)) "
        guard record.text.hasPrefix(prefix) else { return nil }
        let words = record.text.dropFirst(prefix.count).prefix { $0 != ":" }.split(separator: " ")
        guard let change = words.first.flatMap({ AlertChange(rawValue: String($0)) }) else { return nil }
        return (change, words.count > 1 ? Level(rawValue: String(words[1].dropFirst().dropLast())) : nil)
    }
}
