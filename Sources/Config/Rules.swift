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

    /// `N`, or `N of M`.
    private func after(_ fields: Fields) -> After? {
        guard let text = fields.string("after") else { return nil }
        let words = text.split(separator: " ")
        let numbers = [words.first, words.count == 3 && words[1] == "of" ? words[2] : words.first].map { word in
            word.flatMap { $0.allSatisfy { ("0"..."9").contains($0) } ? Int($0) : nil }
        }
        guard words.count == 1 || words.count == 3 && words[1] == "of", let count = numbers[0], let outOf = numbers[1],
            count >= 1, count <= outOf, outOf <= After.maximum
        else {
            fields.problem(
                at: "after",
                "after: expected N or N of M, such as 2 or 3 of 5, at most \(After.maximum), got \"\(Shown.short(text))\"")
            return nil
        }
        return After(count, of: outOf)
    }

    /// Whether a rule makes sense for a probe of this kind, run so often, with this timeout.
    func check(_ rule: WrittenRule, kind: any Probe.Type, every: Duration, timeout: Duration) {
        for (key, condition, place) in rule.conditions {
            guard case .compare(let operand, _, let value, let unit) = condition else { continue }
            if let problem = SampleNames.problem(operand.sampleName, kind: kind.kind) {
                problems.add(place, "\(key): \(problem)")
                continue
            }
            checkDuration(key, operand, value, unit, at: place, timeout: timeout)
            checkWindow(key, operand, rule, at: place, every: every)
        }
    }

    private func checkDuration(
        _ key: String, _ operand: Operand, _ value: Double, _ unit: Unit, at place: Place, timeout: Duration
    ) {
        if case .aggregate(.count, _, _) = operand {
            if unit != .none {
                problems.add(
                    place, "\(key): count(\(operand.sampleName), …) is a plain number, \(Quantity.text(value, unit)) is not")
            }
            return
        }
        guard operand.sampleName == Sample.duration else { return }
        guard unit == .seconds || unit == .none else {
            problems.add(place, "\(key): duration is a time such as 2s, \(Quantity.text(value, unit)) is not")
            return
        }
        if value > timeout.seconds {
            problems.add(
                place,
                "\(key): \(Quantity.text(value, .seconds)) is above the timeout of \(timeout.short); "
                    + "a timed-out run counts as longer than its timeout")
        }
    }

    private func checkWindow(_ key: String, _ operand: Operand, _ rule: WrittenRule, at place: Place, every: Duration) {
        guard let window = operand.window else { return }
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
