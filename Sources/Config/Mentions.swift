import Alerting
import Model
import Settings

/// What the main file says of probes; it is checked once these are known. Used by one thread.
final class Mentions {
    /// Whether a dependency holds while it gives no results, where it does not say so itself.
    var noDataBlocks = false
    /// In conditions and groups.
    var labels: [(name: String, place: Place)] = []
    /// Labels that two alerts must have in common.
    var equalLabels: [(name: String, place: Place)] = []
    var canaries: [(name: String, place: Place)] = []
    var criticalSteps: [(policy: String, place: Place)] = []
    /// Steps for incidents of so many alerts.
    var countSteps: [(policy: String, atLeast: Int, place: Place)] = []
    /// That conditions of steps name.
    var zones: [TimeZoneRules] = []
    var quorums: [(spec: QuorumSpec, place: Place)] = []
}

extension Reading {
    /// Comparisons of routes with alerts that a reading may take; beyond it, steps are not checked.
    private static let maximumComparisons = 2_000_000

    /// - Parameter names: of all probes, also of those that are otherwise wrong.
    func checkMentions(against probes: [ConfiguredProbe], names: [String], alerting: AlertingConfiguration) {
        for (name, place) in mentions.canaries where !names.contains(name) {
            problems.add(place, "canaries: " + unknown("probe", name, names.sorted()))
        }
        guard !probes.isEmpty else { return }
        // The level is added when an alert is told; the others are every alert's.
        let known = probes.reduce(into: Set(["probe", "rule", "level"])) { $0.formUnion($1.spec.labels.keys) }
        for (name, place) in mentions.labels where !known.contains(name) {
            warnings.add(place, noProbe(hasLabel: name, known))
        }
        for (name, place) in mentions.equalLabels where !known.contains(name) {
            let suggestion = Suggestion.clause(for: name, in: known.sorted())
            warnings.add(
                place,
                "equal: no probe has the label \"\(Shown.short(name))\"\(suggestion); what is missing on both sides is equal, "
                    + "so it tells no target from another")
        }
        for (quorum, place) in mentions.quorums { checkReach(of: quorum, at: place, probes) }
        checkSteps(probes.map(\.spec), alerting)
    }

    private func noProbe(hasLabel name: String, _ known: Set<String>) -> String {
        "no probe has the label \"\(Shown.short(name))\"" + Suggestion.clause(for: name, in: known.sorted())
    }

    private func checkReach(of quorum: QuorumSpec, at place: Place, _ probes: [ConfiguredProbe]) {
        guard case .count(let count) = quorum.quorum else { return }
        let values = Set(
            probes.map(\.spec).filter { spec in
                spec.rules.contains { rule in
                    rule.levels.contains {
                        quorum.matchers.match(AlertingConfiguration.labels(ofRule: rule.name, of: spec, level: $0))
                    }
                }
            }.map { $0.labels[quorum.distinct] ?? $0.name })
        guard values.count < count else { return }
        warnings.add(
            place,
            "quorum: \(count) is never reached: the probes that match have \(values.count) "
                + "different value\(values.count == 1 ? "" : "s") of \(quorum.distinct)")
    }
}

extension RuleSpec {
    /// Those at which it can fire.
    var levels: [Level] { (warning == nil ? [] : [.warning]) + (critical == nil ? [] : [.critical]) }
}
