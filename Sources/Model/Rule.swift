/// How bad it is. A missed `target` is not a level: it tells nobody.
package enum Level: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    case warning, critical
    package static func < (a: Level, b: Level) -> Bool { a == .warning && b == .critical }
}

package enum Comparison: String, Sendable, Hashable, Codable, CaseIterable {
    case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", equal = "==", notEqual = "!="

    package func holds(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .equal: a == b
        case .notEqual: a != b
        }
    }
}

/// A function over the samples of a sliding window. `quantile(q)` is by nearest rank: the k-th smallest, k = ceil(q * n).
package enum Aggregate: Sendable, Hashable {
    case quantile(Double)
    case average, minimum, maximum, count

    /// As rules write it: `p95`, `p99.9`, `avg`, `min`, `max`, `count`.
    package var name: String {
        switch self {
        case .quantile(let q):
            let percent = (q * 100_000).rounded() / 1000
            return percent == percent.rounded() ? "p\(Int(percent))" : "p\(percent)"
        case .average: return "avg"
        case .minimum: return "min"
        case .maximum: return "max"
        case .count: return "count"
        }
    }
}

/// What a condition looks at: the newest sample of a name, or an aggregate of its window.
package enum Operand: Sendable, Hashable {
    case sample(String)
    case aggregate(Aggregate, sample: String, window: Duration)

    package var sampleName: String {
        switch self {
        case .sample(let name): name
        case .aggregate(_, let name, _): name
        }
    }
    package var window: Duration? {
        switch self {
        case .sample: nil
        case .aggregate(_, _, let window): window
        }
    }
}

/// How a quantity was written, so that it is shown the same way. Values are kept in base units.
package enum Unit: String, Sendable, Hashable, Codable {
    case none, seconds, bytes, percent
}

/// `failed`, or `OPERAND OP QUANTITY`.
package enum Condition: Sendable, Hashable {
    case failed
    case compare(Operand, Comparison, Double, unit: Unit)

    package var operand: Operand? {
        switch self {
        case .failed: nil
        case .compare(let operand, _, _, _): operand
        }
    }
    package var unit: Unit {
        switch self {
        case .failed: .none
        case .compare(_, _, _, let unit): unit
        }
    }
}

extension Condition: CustomStringConvertible {
    /// The expression in its normal form, as configuration and messages show it.
    package var description: String {
        switch self {
        case .failed: "failed"
        case .compare(.sample(let name), let op, let value, let unit):
            "\(name) \(op.rawValue) \(Quantity.text(value, unit))"
        case .compare(.aggregate(let aggregate, let name, let window), let op, let value, let unit):
            "\(aggregate.name)(\(name), \(window.short)) \(op.rawValue) \(Quantity.text(value, unit))"
        }
    }
}

/// Shows numbers with their units, the same everywhere.
package enum Quantity {
    package static func text(_ value: Double, _ unit: Unit) -> String {
        guard value.isFinite else { return "\(value)" }
        switch unit {
        case .none: return number(value)
        case .percent: return number(value * 100) + "%"
        case .seconds:
            return abs(value) < 1e11 ? Duration.microseconds(Int64((value * 1e6).rounded())).short : number(value) + "s"
        case .bytes:
            for (name, size) in [("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1024.0)] where abs(value) >= size {
                return number(value / size) + name
            }
            return number(value) + "B"
        }
    }

    /// At most three decimals, no trailing zeros.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let thousandths = Int64((value * 1000).rounded())
        let whole = thousandths.magnitude / 1000
        let rest = thousandths.magnitude % 1000
        var text = (thousandths < 0 ? "-" : "") + String(whole)
        if rest > 0 {
            var fraction = String(rest + 1000).dropFirst()
            while fraction.last == "0" { fraction.removeLast() }
            text += "." + fraction
        }
        return text
    }
}

/// `after: N` is N bad results in a row (`outOf == count`), `after: N of M` is N of the last M.
package struct After: Sendable, Hashable, Codable {
    package var count: Int
    package var outOf: Int
    package init(_ count: Int, of outOf: Int? = nil) {
        self.count = count
        self.outOf = outOf ?? count
    }
    package var isConsecutive: Bool { count == outOf }
    /// Results are remembered as bits of one word.
    package static let maximum = 64
}

/// When an alert changes so often that its end is not told, in percent of what could have changed in its latest results.
package struct FlapLimits: Sendable, Hashable, Codable {
    /// It flaps from this on,
    package var start: Double
    /// and until it is down to this.
    package var stop: Double
    package init(start: Double = 30, stop: Double = 20) {
        self.start = start
        self.stop = stop
    }
}

/// A condition over a probe's samples, judged after each of its runs. Each rule of a probe is its own alert.
package struct RuleSpec: Sendable, Hashable {
    package var name: String
    package var warning: Condition?
    package var critical: Condition?
    package var target: Condition?
    package var gate: Condition?
    /// A firing alert leaves a level only when the clear condition of that level holds; without one, when its threshold does not.
    package var clearWarning: Condition?
    package var clearCritical: Condition?
    package var after: After
    package var forDuration: Duration
    package var keepFiringFor: Duration
    /// A critical alert is a warning only after no result was critical for this long.
    package var downgradeFor: Duration
    /// Good results in a row that end a firing alert.
    package var recoverAfter: Int
    /// Fewer samples in the window than this: the rule is unknown.
    package var minSamples: Int
    /// When its alert counts as flapping; nil is never.
    package var flapping: FlapLimits?

    package init(
        name: String, warning: Condition? = nil, critical: Condition? = nil, target: Condition? = nil, gate: Condition? = nil,
        clearWarning: Condition? = nil, clearCritical: Condition? = nil, after: After = After(1), forDuration: Duration = .zero,
        keepFiringFor: Duration = .zero, recoverAfter: Int = 1, minSamples: Int = 1, flapping: FlapLimits? = FlapLimits(),
        downgradeFor: Duration = .zero
    ) {
        self.downgradeFor = downgradeFor
        self.name = name
        self.warning = warning
        self.critical = critical
        self.target = target
        self.gate = gate
        self.clearWarning = clearWarning
        self.clearCritical = clearCritical
        self.after = after
        self.forDuration = forDuration
        self.keepFiringFor = keepFiringFor
        self.recoverAfter = recoverAfter
        self.minSamples = minSamples
        self.flapping = flapping
    }

    /// All that look at samples, those of levels first.
    package var conditions: [Condition] {
        [critical, warning, clearCritical, clearWarning, target, gate].compactMap { $0 }
    }

    /// The rule of a probe for which none is configured.
    package static let failing = RuleSpec(name: "failing", critical: .failed)
}

/// What a rule says of a probe now.
package struct Verdict: Sendable, Hashable {
    package enum Judgement: Sendable, Hashable {
        case good
        case bad(Level)
        /// Neither good nor bad: counted nowhere.
        case unknown
    }
    package var judgement: Judgement
    /// What was compared, in base units, and from how many samples; nil where there was nothing to compare.
    package var value: Double?
    /// The true value is at least `value`.
    package var isCensored: Bool
    package var n: Int?
    /// A sentence with value, limit and n.
    package var reason: String
    /// The levels that an alert which has them keeps: their clear conditions do not hold. A sentence each.
    package var keeps: [Level: String] = [:]
    package init(_ judgement: Judgement, value: Double? = nil, isCensored: Bool = false, n: Int? = nil, reason: String) {
        self.judgement = judgement
        self.value = value
        self.isCensored = isCensored
        self.n = n
        self.reason = reason
    }
}
