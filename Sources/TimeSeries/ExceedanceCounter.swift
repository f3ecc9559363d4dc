package import Model

/// Decides `quantile(q) OP threshold` exactly, without a sort: it only counts on which side of the threshold values lie.
///
/// By nearest rank the k-th smallest value is above T just when fewer than k values are at most T. So counts of less, equal and
/// greater, kept as samples come and go, answer for every quantile and every comparison. Censored samples rank above all observed
/// ones and are counted apart, those whose bound is below the threshold once more: they cannot be placed (see `decides`).
package struct ExceedanceCounter: Sendable, Hashable {
    package let threshold: Double
    private var less: UInt32 = 0
    private var equal: UInt32 = 0
    private var observed: UInt32 = 0
    private var censored: UInt32 = 0
    private var censoredBelow: UInt32 = 0

    package init(threshold: Double) { self.threshold = threshold }

    package mutating func add(_ value: Double, isCensored: Bool) {
        if isCensored {
            censored += 1
            if value < threshold { censoredBelow += 1 }
        } else {
            observed += 1
            if value < threshold { less += 1 } else if value == threshold { equal += 1 }
        }
    }

    /// Takes back a sample that was added.
    package mutating func remove(_ value: Double, isCensored: Bool) {
        if isCensored {
            censored -= 1
            if value < threshold { censoredBelow -= 1 }
        } else {
            observed -= 1
            if value < threshold { less -= 1 } else if value == threshold { equal -= 1 }
        }
    }

    package var n: Int { Int(observed + censored) }

    /// Nil without samples, and where the rank falls on a censored sample whose bound is below the threshold.
    package func decides(quantile q: Double, _ comparison: Comparison) -> Bool? {
        guard n > 0 else { return nil }
        let rank = UInt32(Rank.index(q, n))
        if rank > observed { return rank - observed <= censoredBelow ? nil : comparison.holdsAbove }
        if rank <= less { return comparison.holdsBelow }
        if rank <= less + equal { return comparison.holdsAt }
        return comparison.holdsAbove
    }
}
