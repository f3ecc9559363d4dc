package import Alerting
import Config
import Model
import Settings

/// One figure of a rule and the values that it is tried with: `slow:threshold=1s..5s/0.5s`.
package struct Sweep: Sendable, Hashable {
    enum Figure: String, CaseIterable, Sendable {
        /// What `critical` compares with, or `warning` where there is no such critical.
        case threshold
        case warning, critical, after
        case forDuration = "for"
    }
    /// More values take longer than anybody waits, and say no more.
    static let mostValues = 100

    let probe: String?
    let rule: String
    let figure: Figure
    package let values: [Double]
    let unit: Unit

    /// - Throws: `BrokenSweep` with a sentence.
    package init(_ text: String) throws(BrokenSweep) {
        func wrong(_ sentence: String) -> BrokenSweep {
            BrokenSweep(sentence: "\(text): \(sentence); write RULE:FIGURE=FROM..TO/STEP, such as slow:threshold=1s..5s/0.5s")
        }
        guard let equal = text.firstIndex(of: "="), let colon = text[..<equal].lastIndex(of: ":") else {
            throw wrong("it has no rule, or no figure")
        }
        let name = text[..<colon].split(separator: "/", maxSplits: 1).map(String.init)
        guard let last = name.last, !last.isEmpty else { throw wrong("it has no rule") }
        probe = name.count > 1 ? name[0] : nil
        rule = last
        let word = String(text[text.index(after: colon)..<equal])
        guard let figure = Figure(rawValue: word) else {
            throw wrong("\"\(word)\" is none of \(Figure.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.figure = figure
        let range = text[text.index(after: equal)...]
        guard let dots = range.firstRange(of: ".."), let slash = range.lastIndex(of: "/"), slash > dots.upperBound else {
            throw wrong("it has no range")
        }
        func quantity(_ part: Substring) throws(BrokenSweep) -> (value: Double, unit: Unit) {
            switch QuantityParser.quantity(String(part)) {
            case .success(let quantity): return quantity
            case .failure: throw wrong("\"\(part)\" is no quantity")
            }
        }
        let from = try quantity(range[..<dots.lowerBound])
        let to = try quantity(range[dots.upperBound..<slash])
        let step = try quantity(range[range.index(after: slash)...])
        guard from.unit == to.unit, to.unit == step.unit else { throw wrong("its quantities have different units") }
        guard step.value > 0, from.value <= to.value else { throw wrong("it goes from the smaller to the greater value") }
        let count = Int(((to.value - from.value) / step.value + 1e-9).rounded(.down)) + 1
        guard count <= Sweep.mostValues else { throw wrong("it has \(count) values; at most \(Sweep.mostValues) are tried") }
        unit = from.unit
        // As products: sums of 0.1 would drift.
        values = (0..<count).map { ((from.value + Double($0) * step.value) * 1e9).rounded() / 1e9 }
    }

    package func shown(_ value: Double) -> String { Quantity.text(value, unit) }

    /// The configuration with the value in each rule that is meant, and with the probes of those rules alone.
    package func applied(_ value: Double, to configuration: AlertingConfiguration) throws(BrokenSweep) -> AlertingConfiguration
    {
        var changed = configuration
        changed.probes = []
        for var spec in configuration.probes where probe == nil || spec.name == probe {
            guard let index = spec.rules.firstIndex(where: { $0.name == rule }) else { continue }
            try set(value, in: &spec.rules[index], of: spec.name)
            if let problem = spec.rules[index].problem(kind: spec.kind, timeout: spec.timeout) {
                throw BrokenSweep(sentence: "\(spec.name)/\(rule): \(problem)")
            }
            changed.probes.append(spec)
        }
        guard !changed.probes.isEmpty else {
            let name = probe.map { "\($0)/\(rule)" } ?? rule
            throw BrokenSweep(sentence: "there is no rule \(name) in this configuration")
        }
        return changed
    }

    private func set(_ value: Double, in rule: inout RuleSpec, of probe: String) throws(BrokenSweep) {
        let place = "\(probe)/\(rule.name)"
        switch figure {
        case .threshold:
            let key = rule.critical?.operand == nil ? \RuleSpec.warning : \RuleSpec.critical
            try setThreshold(value, &rule[keyPath: key], place)
        case .warning: try setThreshold(value, &rule.warning, "\(place), warning")
        case .critical: try setThreshold(value, &rule.critical, "\(place), critical")
        case .after:
            let (count, outOf) = (shown(value), rule.after.outOf)
            let ofMore = rule.after.isConsecutive || value >= Double(outOf) ? "" : " of \(outOf)"
            switch After.read(count + ofMore) {
            case .success(let after): rule.after = after
            case .failure(let error): throw BrokenSweep(sentence: "\(place): \(error.sentence)")
            }
        case .forDuration:
            guard value >= 0, unit == .seconds || value == 0 else {
                throw BrokenSweep(
                    sentence: "\(place): for: expected a duration such as 30s, 5m or 1h30m, got \"\(shown(value))\"")
            }
            rule.forDuration = .microseconds(Int64(value * 1e6))
        }
    }

    private func setThreshold(_ value: Double, _ condition: inout Condition?, _ place: String) throws(BrokenSweep) {
        guard case .compare(let operand, let comparison, _, let written) = condition else {
            throw BrokenSweep(sentence: "\(place) compares nothing: it has no threshold to change")
        }
        guard written == unit || written == .none || unit == .none else {
            throw BrokenSweep(sentence: "\(place) compares \(written.rawValue), the sweep gives \(unit.rawValue)")
        }
        condition = .compare(operand, comparison, value, unit: unit == .none ? written : unit)
    }
}

/// Why a sweep cannot be made: a sentence.
package struct BrokenSweep: Error, Sendable, Hashable {
    package var sentence: String
    package init(sentence: String) { self.sentence = sentence }
}
