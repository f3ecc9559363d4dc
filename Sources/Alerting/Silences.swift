import Model

// What silences and ad-hoc maintenance cover.
extension AlertingState {
    /// The alerts that fire and that a silence matches, by name.
    func firing(matching silence: Silence) -> [Alert] {
        var found: [Alert] = []
        for probe in probes.values {
            for alert in probe.alerts where alert.isFiring {
                let labels = AlertingConfiguration.labels(
                    ofRule: alert.key.rule, of: probe.spec, level: alert.level)
                if silence.matches(labels) { found.append(alert) }
            }
        }
        return found.sorted { $0.key < $1.key }
    }

    /// Every alert there is, firing or not, with the labels that it has at each level.
    func everyAlert() -> [(key: AlertKey, labels: [Labels])] {
        probes.values.flatMap { probe in
            probe.spec.rules.map { rule in
                (
                    AlertKey(probe: probe.spec.name, rule: rule.name),
                    Level.allCases.map { AlertingConfiguration.labels(ofRule: rule.name, of: probe.spec, level: $0) }
                )
            }
        }
    }
}

extension Silence {
    /// `silence 01K… of ada`, for records.
    var title: String { "\(kind.rawValue) \(id) of \(author)" }
}
