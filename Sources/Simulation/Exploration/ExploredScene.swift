import Alerting
import Model

/// The smallest world in which everything can go wrong: a service that depends on another, and two receivers, one of which keeps
/// state. Both alerts belong to one incident.
enum ExploredScene {
    static let parent = "db"
    static let child = "api"
    /// The receiver that keeps state.
    static let pager = "pager"
    /// Longer than a resolve is held and a request is late, shorter than a message is said again.
    static let silenced = Duration.seconds(200)
    /// The second step's turn, where there are two.
    static let escalatesAfter = Duration.seconds(150)

    /// What a run can find.
    enum Result: String, CaseIterable, Sendable {
        case good, warning, critical

        var measured: Measured {
            switch self {
            case .good: Measured(samples: [Sample(Sample.duration, 0.1)])
            case .warning: Measured(samples: [Sample(Sample.duration, 3)])
            case .critical: .failed(.status, "status 503, expected 200")
            }
        }
    }

    static func configuration(_ policy: Exploration.Policy) -> AlertingConfiguration {
        switch policy {
        case .together: together
        case .escalating: escalating
        }
    }

    private static let together = configuration([PolicySpec.Step(after: .zero, notify: ["chat", pager])])
    private static let escalating = configuration([
        PolicySpec.Step(after: .zero, notify: [pager]), PolicySpec.Step(after: escalatesAfter, notify: ["chat"]),
    ])

    private static func configuration(_ steps: [PolicySpec.Step]) -> AlertingConfiguration {
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
            channels: ["chat": ExploredChannel(keepsState: false), pager: ExploredChannel(keepsState: true)],
            policies: ["usual": PolicySpec(name: "usual", steps: steps, repeatAfter: .zero)],
            routes: [RouteSpec(policy: "usual", groupBy: ["service"], groupWait: .zero)])
    }
}
