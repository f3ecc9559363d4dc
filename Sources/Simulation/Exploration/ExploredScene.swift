import Alerting
import Model

/// The smallest world in which everything can go wrong: a service that depends on another, and two receivers, one of which keeps
/// state. Both alerts belong to one incident.
enum ExploredScene {
    static let parent = "db"
    static let child = "api"

    /// What a run can find.
    enum Result: String, CaseIterable {
        case good, warning, critical

        var measured: Measured {
            switch self {
            case .good: Measured(samples: [Sample(Sample.duration, 0.1)])
            case .warning: Measured(samples: [Sample(Sample.duration, 3)])
            case .critical: .failed(.status, "status 503, expected 200")
            }
        }
    }

    static let configuration: AlertingConfiguration = {
        let slow = Condition.compare(.sample("duration"), .greater, 2, unit: .seconds)
        func probe(_ name: String, _ rules: [RuleSpec]) -> ProbeSpec {
            ProbeSpec(
                name: name, kind: "http", address: "http://\(name)", every: .seconds(300), timeout: .seconds(10),
                labels: ["service": "shop"], rules: rules)
        }
        var api = probe(child, [RuleSpec(name: "health", warning: slow, critical: .failed)])
        api.dependsOn = [parent]
        return AlertingConfiguration(
            node: "explored", probes: [probe(parent, [.failing]), api],
            channels: ["chat": ExploredChannel(keepsState: false), "pager": ExploredChannel(keepsState: true)],
            policies: [
                "usual": PolicySpec(
                    name: "usual", steps: [PolicySpec.Step(after: .zero, notify: ["chat", "pager"])], repeatAfter: .zero)
            ],
            routes: [RouteSpec(policy: "usual", groupBy: ["service"], groupWait: .zero)])
    }()
}
