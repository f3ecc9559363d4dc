import Model
import Probes
import Settings

/// A rule with the places of what must be checked against its probe.
struct WrittenRule {
    var spec: RuleSpec
    var conditions: [(key: String, condition: Condition, place: Place)]
    var minSamplesPlace: Place?
}

extension Reading {
    static let maximumRules = 64

    /// The rules of a probe or of a file's defaults; nil where none are given.
    func rules(_ fields: Fields) -> [WrittenRule]? {
        guard let list = fields.list("rules") else { return nil }
        if fields.shape(of: "rules") == .list(count: 0) {
            fields.problem(
                at: "rules", "rules: the list is empty; without the key a probe has the rule {name: failing, critical: failed}")
        }
        if list.count > Reading.maximumRules {
            fields.problem(at: "rules", "rules: at most \(Reading.maximumRules), got \(list.count)")
        }
        var places: [String: Place] = [:]
        return list.compactMap { rule($0, places: &places) }
    }

    private func rule(_ fields: Fields, places: inout [String: Place]) -> WrittenRule? {
        let name = fields.string("name", required: true)
        if let name {
            let place = fields.place(of: "name")
            checkName(name, "rule", at: place)
            if name == AlertKey.noDataRule {
                problems.add(
                    place, "the name \(name) is reserved: a probe that gives no results has an alert of it, without a rule")
            }
            if let first = places[name] {
                problems.add(place, "the rule \"\(name)\" stands twice; first in line \(first.line)")
            }
            places[name] = place
        }
        var spec = RuleSpec(name: name ?? "")
        var conditions: [(key: String, condition: Condition, place: Place)] = []
        func condition(_ key: String) -> Condition? {
            let condition = fields.condition(key)
            if let condition { conditions.append((key, condition, fields.place(of: key))) }
            return condition
        }
        spec.target = condition("target")
        spec.gate = condition("gate")
        spec.warning = condition("warning")
        spec.critical = condition("critical")
        spec.after = after(fields) ?? spec.after
        spec.forDuration = fields.duration("for") ?? .zero
        spec.keepFiringFor = fields.duration("keep_firing_for") ?? .zero
        spec.downgradeFor = fields.duration("downgrade_for") ?? .zero
        if fields.has("downgrade_for"), spec.warning == nil || spec.critical == nil {
            problems.add(
                fields.keyPlace(of: "downgrade_for"),
                "downgrade_for: only a rule with both warning and critical falls from one to the other")
        }
        spec.recoverAfter = fields.integer("recover_after", in: 1...After.maximum) ?? 1
        spec.minSamples = fields.integer("min_samples", in: 1...1_000_000) ?? 1
        conditions += clear(fields, of: &spec)
        spec.flapping = flapping(fields, spec.flapping)
        refuse(["coverage"], in: fields)
        let keys = ["target", "gate", "warning", "critical"]
        if !keys.contains(where: fields.has) {
            problems.add(
                fields.place,
                "\(name.map { "the rule \"\($0)\"" } ?? "this rule") has no condition: expected warning, critical, target or gate"
            )
        }
        if fields.has("min_samples"), !conditions.isEmpty, conditions.allSatisfy({ $0.condition.operand?.window == nil }) {
            problems.add(
                fields.keyPlace(of: "min_samples"),
                "min_samples: only rules over a window, such as p95(duration, 15m), count samples")
        }
        return WrittenRule(
            spec: spec, conditions: conditions,
            minSamplesPlace: fields.has("min_samples") ? fields.place(of: "min_samples") : nil)
    }

    private func after(_ fields: Fields) -> After? {
        guard let text = fields.string("after") else { return nil }
        switch After.read(text) {
        case .success(let after): return after
        case .failure(let error):
            fields.problem(at: "after", error.sentence)
            return nil
        }
    }

    /// Whether a rule makes sense for a probe of this kind, run so often, with this timeout.
    func check(_ rule: WrittenRule, kind: any Probe.Type, every: Duration, timeout: Duration) {
        for (key, condition, place) in rule.conditions {
            if let problem = condition.problem(kind: kind.kind, timeout: timeout) { problems.add(place, "\(key): \(problem)") }
            if let window = condition.operand?.window { checkWindow(key, window, rule, at: place, every: every) }
            if key == "warning", let warning = rule.spec.neverShownWarning { warnings.add(place, "warning: \(warning)") }
        }
    }

    private func checkWindow(_ key: String, _ window: Duration, _ rule: WrittenRule, at place: Place, every: Duration) {
        let most = Int(window.seconds / every.seconds) + 1
        if rule.spec.minSamples > most {
            problems.add(
                rule.minSamplesPlace ?? place,
                "min_samples: a window of \(window.short) has at most \(most) samples of a probe that runs every \(every.short), "
                    + "never \(rule.spec.minSamples)")
        } else if window < every {
            warnings.add(
                place, "\(key): a window of \(window.short) has at most one sample of a probe that runs every \(every.short)")
        }
    }
}
