/// The one rank rule: alerts, status, metrics and history ask here which of the sorted values a quantile is.
package enum Rank {
    /// The nearest rank, ceil(q * n), counted from 1; 0 where there is nothing to rank.
    ///
    /// In floating point 0.07 * 100 is a little more than 7 and its ceiling would be 8. Quantiles are written with a few decimals,
    /// so `q` is taken in whole billionths and the rest is integer arithmetic: exact for every `q` of up to nine decimals.
    package static func index(_ q: Double, _ n: Int) -> Int {
        guard n > 0 else { return 0 }
        let billionths = Int(min(max(q, 0), 1) * 1e9 + 0.5)
        let (high, low) = billionths.multipliedFullWidth(by: n)
        precondition(high == 0, "a window of \(n) samples is beyond any limit here")
        return max(1, Int((low + 999_999_999) / 1_000_000_000))
    }
}
