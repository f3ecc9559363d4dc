import Model

/// What one condition says of one run, and its sentence.
struct Finding {
    enum Answer {
        /// The sentence of the failure; nil where the run did not fail.
        case failed(String?)
        /// Whether it holds (nil where a censored value leaves that open), and the number that was compared.
        case number(Bool?, Double, isCensored: Bool, n: Int?)
        /// Why there is nothing to compare.
        case unknown(String)
    }
    let condition: Condition
    let answer: Answer
    let n: Int?

    init(_ condition: Condition, _ answer: Answer, n: Int? = nil) {
        self.condition = condition
        self.answer = answer
        if case .number(_, _, _, let counted) = answer { self.n = counted } else { self.n = n }
    }

    /// Whether the condition holds; nil is unknown.
    var holds: Bool? {
        switch answer {
        case .failed(let detail): detail != nil
        case .number(let holds, _, _, _): holds
        case .unknown: nil
        }
    }

    var value: Double? {
        if case .number(_, let value, _, _) = answer { value } else { nil }
    }

    func verdict(_ judgement: Verdict.Judgement) -> Verdict { verdict(judgement, reason: reason) }

    /// Of a condition that tells nobody: `target` or `gate`.
    func verdict(aim: String) -> Verdict {
        guard let holds else { return verdict(.good, reason: reason) }
        let end = holds ? "met" : "missed"
        guard case .number(_, let value, let isCensored, _) = answer else { return verdict(.good, reason: "\(aim) \(end)") }
        return verdict(.good, reason: "\(subject) \(shown(value, isCensored)), \(aim) \(limit) \(end)\(samples)")
    }

    private func verdict(_ judgement: Verdict.Judgement, reason: String) -> Verdict {
        guard case .number(_, let value, let isCensored, _) = answer else { return Verdict(judgement, n: n, reason: reason) }
        return Verdict(judgement, value: value, isCensored: isCensored, n: n, reason: reason)
    }

    private var reason: String {
        switch answer {
        case .failed(let detail?): "failed: \(detail)"
        case .failed(nil): "not failed"
        case .unknown(let why): "\(subject) unknown: \(why)"
        case .number(true?, let value, let isCensored, _): "\(subject) \(shown(value, isCensored)) \(limit)\(samples)"
        case .number(false?, let value, let isCensored, _): "\(subject) \(shown(value, isCensored)), not \(limit)\(samples)"
        case .number(nil, let value, let isCensored, _):
            "\(subject) unknown: \(shown(value, isCensored)) does not decide \(limit)\(samples)"
        }
    }

    private var subject: String {
        switch condition {
        case .failed: "failed"
        case .compare(.sample(let name), _, _, _): name
        case .compare(.aggregate(let aggregate, let name, let window), _, _, _): "\(aggregate.name)(\(name), \(window.short))"
        }
    }

    private var limit: String {
        guard case .compare(_, let comparison, let threshold, let unit) = condition else { return "" }
        return "\(comparison.rawValue) \(Quantity.text(threshold, unit))"
    }

    private var samples: String { n.map { " (n = \($0))" } ?? "" }

    /// `= 1.21s`, or `≥ 5s` where the true value is greater.
    private func shown(_ value: Double, _ isCensored: Bool) -> String {
        "\(isCensored ? "≥" : "=") \(text(value))"
    }

    /// Rounded, unless rounding would make it look like the limit that it is not: then with all its digits.
    private func text(_ value: Double) -> String {
        guard case .compare(_, _, let threshold, let unit) = condition else { return "\(value)" }
        if case .compare(.aggregate(.count, _, _), _, _, _) = condition { return Quantity.text(value, .none) }
        let rounded = Quantity.text(value, unit)
        guard value != threshold, value.isFinite, rounded == Quantity.text(threshold, unit) else { return rounded }
        switch unit {
        case .none: return "\(value)"
        case .seconds: return "\(value)s"
        case .bytes: return "\(value)B"
        case .percent: return "\(value * 100)%"
        }
    }
}
