import Model

/// How late planned runs started: count, sum, greatest, and a histogram of eight buckets an octave of microseconds, so a quantile is
/// at most an eighth above the true one.
package struct Lateness: Sendable, Hashable {
    package private(set) var count = 0
    package private(set) var sum = Duration.zero
    package private(set) var greatest = Duration.zero
    /// Up to 2^40 microseconds, twelve days; later ones fall into the last bucket.
    private var buckets = [UInt32](repeating: 0, count: 8 + 38 * 8)

    package init() {}

    package mutating func add(_ late: Duration) {
        count += 1
        sum += late
        greatest = max(greatest, late)
        let index = min(Lateness.bucket(UInt64(max(0, late.microseconds))), buckets.count - 1)
        buckets[index] &+= 1
    }

    /// The upper edge of the bucket of the nearest rank, and no more than the greatest seen; zero where nothing ran.
    package func quantile(_ q: Double) -> Duration {
        let rank = max(1, UInt64((q * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, number) in buckets.enumerated() {
            seen += UInt64(number)
            if seen >= rank { return min(.microseconds(Int64(Lateness.edge(index))), greatest) }
        }
        return greatest
    }

    private static func bucket(_ micros: UInt64) -> Int {
        guard micros >= 8 else { return Int(micros) }
        let octave = 63 - micros.leadingZeroBitCount
        return 8 + (octave - 3) * 8 + Int((micros >> UInt64(octave - 3)) & 7)
    }

    /// The greatest value of a bucket.
    private static func edge(_ index: Int) -> UInt64 {
        guard index >= 8 else { return UInt64(index) }
        let octave = (index - 8) / 8
        return (UInt64(8 + (index - 8) % 8 + 1) << UInt64(octave)) - 1
    }
}
