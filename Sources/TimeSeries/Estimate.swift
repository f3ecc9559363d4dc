package import Model

/// What a window answers: a number, from how many samples, and whether the true number may be greater.
package struct Estimate: Sendable, Hashable {
    package var value: Double
    /// The true value is greater than `value`: the answer rests on runs that timed out.
    package var isCensored: Bool
    package var n: Int
    package init(_ value: Double, isCensored: Bool = false, n: Int) {
        self.value = value
        self.isCensored = isCensored
        self.n = n
    }
}

extension Comparison {
    /// Compares a value that may be censored: a censored value is greater than `value`, nobody knows by how much.
    ///
    /// Nil where that does not decide: a run that gave up after 5 s says nothing about 7 s. A threshold above the timeout is a
    /// configuration error, so this happens only while a window still holds runs with an earlier, shorter timeout.
    package func decides(_ value: Double, isCensored: Bool, _ threshold: Double) -> Bool? {
        guard isCensored else { return holds(value, threshold) }
        guard value >= threshold else { return nil }
        return holdsAbove
    }

    /// Whether it holds for a value that is greater than the threshold.
    var holdsAbove: Bool {
        switch self {
        case .greater, .greaterOrEqual, .notEqual: true
        case .less, .lessOrEqual, .equal: false
        }
    }
    /// Whether it holds for a value that is less than the threshold.
    var holdsBelow: Bool {
        switch self {
        case .less, .lessOrEqual, .notEqual: true
        case .greater, .greaterOrEqual, .equal: false
        }
    }
    /// Whether it holds for a value that equals the threshold.
    var holdsAt: Bool {
        switch self {
        case .lessOrEqual, .greaterOrEqual, .equal: true
        case .less, .greater, .notEqual: false
        }
    }
}
