import Alerting
import Model

/// What is monitored and who is told: five probes, three channels, two policies. A reload changes it to another variant.
enum Scene {
    static let probeNames = ["api", "batch", "db", "mail", "web"]
    static let channelNames = ["chat", "hook", "pager"]
    static let variants = 7

    /// 0 is the usual one; the others lack a probe, a level or a channel, or count otherwise.
    static func configuration(_ variant: Int, every: Duration) -> AlertingConfiguration {
        let duration = { (limit: Double) in Condition.compare(.sample("duration"), .greater, limit, unit: .seconds) }
        let latency = { (limit: Double) in
            Condition.compare(
                .aggregate(.quantile(0.95), sample: "duration", window: every * 12), .greater, limit, unit: .seconds)
        }
        var slow = RuleSpec(name: "slow", warning: duration(2), critical: duration(5))
        var failing = RuleSpec(name: "failing", critical: .failed, after: After(2), recoverAfter: 2)
        if variant == 1 { slow.warning = nil }
        if variant == 2 { failing.after = After(2, of: 3) }
        if variant == 3 { failing.forDuration = .seconds(60) }
        if variant == 4 { slow.keepFiringFor = .seconds(120) }
        let p95 = RuleSpec(name: "p95", warning: latency(2.5), critical: latency(5.5), minSamples: 6)
        var probes = probeNames.map { name in
            ProbeSpec(
                name: name, kind: "http", address: "http://\(name).example", every: every, timeout: .seconds(10),
                labels: ["service": name == "api" || name == "web" ? "shop" : name],
                rules: name == "api" ? [failing, slow, p95] : name == "batch" ? [failing] : [failing, slow])
        }
        if variant == 5 { probes.removeAll { $0.name == "web" } }
        probes.append(.daemon)
        var configuration = AlertingConfiguration(
            node: "simulated", probes: probes, channels: channels(), policies: policies(), routes: routes())
        if variant == 6 { configuration.channels["hook"] = nil }
        return configuration
    }

    private static func channels() -> [String: any Channel] {
        [
            "chat": Slack(webhook: Secret("https://hooks.slack.example/services/T/B/C")),
            "hook": Webhook(url: Secret("https://hook.example/in")),
            "pager": PagerDuty(routingKey: Secret("0123456789abcdef0123456789abcdef")),
        ]
    }

    private static func policies() -> [String: PolicySpec] {
        let usual = [
            PolicySpec.Step(after: .zero, notify: ["chat"]),
            PolicySpec.Step(after: .seconds(30), level: .critical, notify: ["pager"]),
            PolicySpec.Step(after: .seconds(300), notify: ["hook", "pager"]),
        ]
        return [
            "usual": PolicySpec(name: "usual", steps: usual),
            "quiet": PolicySpec(name: "quiet", steps: [PolicySpec.Step(after: .zero, notify: ["chat"])], repeatAfter: .zero),
        ]
    }

    private static func routes() -> [RouteSpec] {
        [
            RouteSpec(match: ["service": "mail"], policy: "quiet", continues: true),
            RouteSpec(match: ["service": "batch"], policy: "quiet"),
            RouteSpec(policy: "usual", groupBy: ["service"], groupWait: .seconds(10)),
        ]
    }
}
