import Alerting
import Model

/// What is monitored and who is told. A reload changes it to another variant.
package enum Scene: String, Sendable, Hashable, CaseIterable {
    /// Five services and two channels, which the steps name.
    case plain
    /// All that alerting can do: see `WholeScene`.
    case whole

    var probeNames: [String] {
        switch self {
        case .plain: ["api", "batch", "db", "mail", "web"]
        case .whole: WholeScene.probeNames
        }
    }
    var channelNames: [String] {
        switch self {
        case .plain: ["chat", "pager"]
        case .whole: WholeScene.channelNames
        }
    }
    /// 0 is the usual one; the others lack a probe, a level or a channel, or count otherwise.
    var variants: Int {
        switch self {
        case .plain: 7
        case .whole: WholeScene.variants
        }
    }

    /// Wall times at which a simulation begins: in the scene that goes by the calendar, so that clocks are changed, or a shift or a
    /// digest comes, within `length`.
    func starts(_ length: Duration) -> [Timestamp] {
        switch self {
        case .plain: [Timestamp(seconds: 1_760_000_000)]
        case .whole:
            (length < .seconds(86_400)
                ? [
                    "2025-10-26T00:20:00Z", "2025-10-26T00:50:00Z", "2026-03-29T00:55:00Z", "2026-03-29T01:20:00Z",
                    "2026-06-10T05:50:00Z", "2026-02-28T07:20:00Z",
                ]
                : ["2025-10-24T10:00:00Z", "2026-03-26T22:00:00Z", "2028-02-27T05:00:00Z", "2026-12-29T12:00:00Z"])
                .compactMap { Timestamp($0) }
        }
    }

    func configuration(_ variant: Int, every: Duration) -> AlertingConfiguration {
        switch self {
        case .plain:
            var configuration = Scene.services(probeNames, variant, every: every)
            if variant == 6 { configuration.channels["chat"] = nil }
            return configuration
        case .whole: return WholeScene.configuration(variant, every: every)
        }
    }

    /// Services whose names the steps' policies know, two channels, two policies.
    static func services(_ names: [String], _ variant: Int, every: Duration) -> AlertingConfiguration {
        let duration = { (limit: Double) in Condition.compare(.sample("duration"), .greater, limit, unit: .seconds) }
        let latency = { (limit: Double) in
            Condition.compare(
                .aggregate(.quantile(0.95), sample: "duration", window: every * 12), .greater, limit, unit: .seconds)
        }
        var slow = RuleSpec(name: "slow", warning: duration(2), critical: duration(5))
        var failing = RuleSpec(name: WholeScene.failing, critical: .failed, after: After(2), recoverAfter: 2)
        if variant == 1 { slow.warning = nil }
        if variant == 2 { failing.after = After(2, of: 3) }
        if variant == 3 { failing.forDuration = .seconds(60) }
        if variant == 4 { slow.keepFiringFor = .seconds(120) }
        let p95 = RuleSpec(name: "p95", warning: latency(2.5), critical: latency(5.5), minSamples: 6)
        var probes = names.map { name in
            ProbeSpec(
                name: name, kind: "http", address: "http://\(name).example", every: every, timeout: .seconds(10),
                labels: ["service": name == "api" || name == "web" ? "shop" : name],
                rules: name == "api" ? [failing, slow, p95] : name == "batch" ? [failing] : [failing, slow])
        }
        if variant == 5 { probes.removeAll { $0.name == "web" } }
        probes.append(.daemon)
        return AlertingConfiguration(
            node: "simulated", probes: probes,
            channels: [
                "chat": Slack(webhook: Secret("https://hooks.slack.example/services/T/B/C")),
                "pager": PagerDuty(routingKey: Secret("0123456789abcdef0123456789abcdef")),
            ], policies: policies, routes: routes)
    }

    private static let policies = [
        "usual": PolicySpec(
            name: "usual",
            steps: [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .seconds(30), level: .critical, notify: ["pager"]),
                PolicySpec.Step(after: .seconds(300), notify: ["chat", "pager"]),
            ]),
        "quiet": PolicySpec(name: "quiet", steps: [PolicySpec.Step(after: .zero, notify: ["chat"])], repeatAfter: .zero),
    ]

    private static let routes = [
        RouteSpec(match: ["service": "mail"], policy: "quiet", continues: true),
        RouteSpec(match: ["service": "batch"], policy: "quiet"),
        RouteSpec(policy: "usual", groupBy: ["service"], groupWait: .seconds(10)),
    ]
}
