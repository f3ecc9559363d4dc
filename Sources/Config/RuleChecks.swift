package import Model
package import Settings

// What of a rule can never be meant, whoever gives the values: a file, or who tries others.
extension RuleSpec {
    /// Why a probe of this kind with this timeout cannot have it: what is wrong with its values, after the key.
    package func problem(kind: String, timeout: Duration) -> String? {
        let keyed = [
            ("critical", critical), ("warning", warning), ("target", target), ("gate", gate), ("clear", clearCritical),
            ("clear", clearWarning),
        ]
        for (key, condition) in keyed {
            if let problem = condition?.problem(kind: kind, timeout: timeout) { return "\(key): \(problem)" }
        }
        for (clear, threshold) in [(clearCritical, critical), (clearWarning, warning)] {
            guard let clear, let threshold else { continue }
            if let problem = clear.problem(ending: threshold) { return "clear: \(problem)" }
        }
        return nil
    }

    /// Why its warning never shows; nil where it may, or where there is none.
    var neverShownWarning: String? {
        guard let warning, let critical, warning.implies(critical) else { return nil }
        var instead = "leave one of the two out"
        if case .compare(_, let comparison, let limit, let unit) = critical, let isUpward = comparison.isUpward {
            instead = "expected a warning \(isUpward ? "below" : "above") \(Quantity.text(limit, unit))"
        }
        return "\(warning) never shows, for critical (\(critical)) holds whenever it does; \(instead)"
    }
}

extension Condition {
    /// Why a probe of this kind with this timeout cannot be asked for it.
    func problem(kind: String, timeout: Duration) -> String? {
        guard case .compare(let operand, _, let value, let unit) = self else { return nil }
        let (sample, shown) = (operand.sampleName, Quantity.text(value, unit))
        if let problem = SampleNames.problem(sample, kind: kind) { return problem }
        if case .aggregate(.count, _, _) = operand {
            return unit == .none ? nil : "count(\(sample), …) is a plain number, \(shown) is not"
        }
        switch sample {
        case Sample.duration:
            guard unit == .seconds || unit == .none else { return "duration is a time such as 2s, \(shown) is not" }
            guard value > timeout.seconds else { return nil }
            return "\(Quantity.text(value, .seconds)) is above the timeout of \(timeout.short); "
                + "a timed-out run counts as longer than its timeout"
        case "score":
            guard unit == .percent || unit == .none, (0...1).contains(value) else {
                return "a score is from 0% to 100%, \(shown) is not"
            }
            return nil
        default: return nil
        }
    }

    /// Why it cannot end what the threshold began: it holds while the threshold does, or only beyond it.
    func problem(ending threshold: Condition) -> String? {
        guard case .compare(let operand, let comparison, let value, let unit) = self else {
            return "an alert does not end by a failed run: expected a comparison such as duration < 2s"
        }
        guard case .compare(let other, let towards, let limit, let limitUnit) = threshold, operand == other,
            let isUpper = towards.isUpward, let isBack = comparison.isUpward
        else { return nil }
        let shown = Quantity.text(limit, limitUnit)
        if isUpper == isBack {
            let instead = isUpper ? "<" : ">"
            return "\(self) goes the same way as \(threshold); "
                + "expected the other way, such as \(operand.written) \(instead) \(shown)"
        }
        guard isUpper ? value > limit : value < limit else { return nil }
        return "\(Quantity.text(value, unit)) lies on the wrong side of \(threshold): "
            + "expected at \(isUpper ? "most" : "least") \(shown)"
    }

    /// Whether the other one surely holds whenever this one does, by their values alone.
    fileprivate func implies(_ other: Condition) -> Bool {
        guard case .compare(let operand, let comparison, let value, _) = self,
            case .compare(operand, let otherComparison, let limit, _) = other, let isUpward = comparison.isUpward,
            isUpward == otherComparison.isUpward
        else { return self == other }
        // At the limit itself `>` does not hold, and `>=` does.
        return otherComparison.holds(value, limit) || value == limit && !comparison.holds(value, limit)
    }
}

extension After {
    /// `N`, or `N of M`.
    package static func read(_ text: String) -> Result<After, SettingsFileError> {
        let words = text.split(separator: " ")
        let numbers = [words.first, words.count == 3 && words[1] == "of" ? words[2] : words.first].map { word in
            word.flatMap { $0.allSatisfy { ("0"..."9").contains($0) } ? Int($0) : nil }
        }
        guard words.count == 1 || words.count == 3 && words[1] == "of", let count = numbers[0], let outOf = numbers[1],
            count >= 1, count <= outOf, outOf <= After.maximum
        else {
            return .failure(
                SettingsFileError(
                    "after: expected N or N of M, such as 2 or 3 of 5, at most \(After.maximum), got \"\(Shown.short(text))\""))
        }
        return .success(After(count, of: outOf))
    }
}

extension Comparison {
    /// Whether it holds for great values or for small ones; nil where it is neither.
    fileprivate var isUpward: Bool? {
        switch self {
        case .greater, .greaterOrEqual: true
        case .less, .lessOrEqual: false
        case .equal, .notEqual: nil
        }
    }
}

extension Operand {
    /// As a condition writes it.
    fileprivate var written: String {
        switch self {
        case .sample(let name): name
        case .aggregate(let aggregate, let name, let window): "\(aggregate.name)(\(name), \(window.short))"
        }
    }
}
