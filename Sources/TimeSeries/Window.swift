package import Model

/// The samples of the last `duration`, `(now - duration, now]`, with exact quantiles at any moment.
///
/// Layout: a ring in the order of time, as two arrays (time and value), and one array of ring slots in the order of rank. A slot is
/// 4 bytes, so a sample takes 20: one hour at 10 s, 360 samples, takes 7.2 KB. Samples enter and leave the ranking by binary search
/// and a move of at most 4 bytes a sample; a quantile is a look-up.
///
/// Rank: observed values by size, then censored ones by their bound, whatever their size: a run that timed out is known to be slow,
/// not how slow. Where a rank falls on a censored sample the answer is "at least its bound", and says so.
///
/// Limits: `capacity` samples. When it is full the oldest goes first and `isTruncated` says that the window is shorter than asked
/// for. NaN has no rank and is not taken.
package struct Window: Sendable {
    /// 2 MB a window, and a day of a probe that runs every second.
    package static let defaultCapacity = 100_000
    /// A sample further ahead of `now` than this was stamped before the wall clock was set back.
    package static let clockStep = Duration.seconds(60)

    package let duration: Duration
    private let capacity: Int
    /// How many samples to expect: the ring grows by doubling up to this many, then by a quarter.
    private let expected: Int

    /// Microseconds since 1970 times two, plus one where the value is censored.
    private var stamps: [Int64] = []
    private var values: [Double] = []
    private var head = 0
    package private(set) var count = 0
    /// Slots of the ring in the order of rank.
    private var ranked: [UInt32] = []
    private var counters: [ExceedanceCounter]
    /// Samples that are not too old were dropped because the window was full.
    package private(set) var isTruncated = false

    /// - Parameters:
    ///   - every: the interval of the samples, to reserve no more memory than they need.
    ///   - thresholds: limits that quantiles are compared with.
    package init(
        duration: Duration, every: Duration? = nil, thresholds: [Double] = [], capacity: Int = Window.defaultCapacity
    ) {
        precondition(capacity > 0 && capacity <= Int(UInt32.max) && duration > .zero, "a window needs room and time")
        self.duration = duration
        self.capacity = capacity
        let interval = max(every?.microseconds ?? 0, 0)
        self.expected = interval == 0 ? 0 : min(capacity, Int(duration.microseconds / interval) + 1)
        self.counters = Set(thresholds).map { ExceedanceCounter(threshold: $0) }
    }

    package var isEmpty: Bool { count == 0 }

    /// Bytes of the arrays, as reserved.
    package var reservedBytes: Int { stamps.capacity * 8 + values.capacity * 8 + ranked.capacity * 4 }
}

extension Window {
    /// Takes one sample; a sample that is up to a minute earlier than the newest one finds its place in time.
    package mutating func append(time: Timestamp, value: Double, isCensored: Bool) {
        guard !value.isNaN else { return }
        followClock(to: time)
        if count == capacity {
            removeOldest()
            isTruncated = true
        }
        if count == stamps.count { grow() }
        let stamp = time.microseconds << 1 | (isCensored ? 1 : 0)
        var place = count
        while place > 0, stamps[slot(place - 1)] >> 1 > time.microseconds { place -= 1 }
        if place < count { makeRoom(at: place) }
        let free = slot(place)
        stamps[free] = stamp
        values[free] = value
        count += 1
        ranked.insert(UInt32(truncatingIfNeeded: free), at: position(value, stamp))
        for index in counters.indices { counters[index].add(value, isCensored: isCensored) }
    }

    /// Makes `now` the end of the window: what is a `duration` old leaves it.
    package mutating func advance(to now: Timestamp) {
        followClock(to: now)
        evict(through: now - duration)
    }

    /// Where the newest sample is more than a minute ahead of `time`, the wall clock was set back. All samples are then moved back
    /// with it, so that the window keeps its samples and forgets them at the usual pace.
    private mutating func followClock(to time: Timestamp) {
        guard count > 0 else { return }
        let ahead = (stamps[slot(count - 1)] >> 1) - time.microseconds
        guard ahead > Window.clockStep.microseconds else { return }
        for index in 0..<count { stamps[slot(index)] -= ahead << 1 }
    }

    /// Announces the limits that quantiles are compared with, in place of those before; counts the present samples anew.
    package mutating func watch(_ thresholds: [Double]) {
        counters = Set(thresholds).map { ExceedanceCounter(threshold: $0) }
        for place in 0..<count {
            for index in counters.indices {
                counters[index].add(values[slot(place)], isCensored: stamps[slot(place)] & 1 == 1)
            }
        }
    }

    /// Removes the samples at or before `limit`.
    package mutating func evict(through limit: Timestamp) {
        while count > 0, stamps[head] >> 1 <= limit.microseconds {
            removeOldest()
            isTruncated = false
        }
    }

    private mutating func removeOldest() {
        let stamp = stamps[head]
        let value = values[head]
        var index = position(value, stamp)
        while ranked[index] != UInt32(truncatingIfNeeded: head) { index += 1 }
        ranked.remove(at: index)
        head = head + 1 == stamps.count ? 0 : head + 1
        count -= 1
        for index in counters.indices { counters[index].remove(value, isCensored: stamp & 1 == 1) }
    }

    /// The slot of the n-th oldest sample, from 0.
    private func slot(_ index: Int) -> Int {
        let sum = head + index
        return sum < stamps.count ? sum : sum - stamps.count
    }

    /// The first place in the ranking whose sample does not come before this one. Equal values stand in the order of time, so that
    /// a constant series is searched as fast as any other.
    private func position(_ value: Double, _ stamp: Int64) -> Int {
        var low = 0
        var high = ranked.count
        while low < high {
            let middle = (low + high) / 2
            let slot = Int(ranked[middle])
            if Window.precedes(values[slot], stamps[slot], value, stamp) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func precedes(_ a: Double, _ aStamp: Int64, _ b: Double, _ bStamp: Int64) -> Bool {
        if (aStamp ^ bStamp) & 1 == 1 { return aStamp & 1 == 0 }
        return a == b ? aStamp < bStamp : a < b
    }

    /// Moves the samples from `place` on by one slot. Rare: only for samples that come out of order.
    private mutating func makeRoom(at place: Int) {
        for index in stride(from: count - 1, through: place, by: -1) {
            stamps[slot(index + 1)] = stamps[slot(index)]
            values[slot(index + 1)] = values[slot(index)]
        }
        for index in ranked.indices {
            let old = Int(ranked[index])
            let age = old >= head ? old - head : old - head + stamps.count
            if age >= place { ranked[index] = UInt32(truncatingIfNeeded: slot(age + 1)) }
        }
    }

    /// Enlarges the ring and lays it out from slot 0.
    private mutating func grow() {
        let wanted = count < expected ? min(expected, max(16, count * 2)) : count + max(16, count / 4)
        let size = min(wanted, capacity)
        let (oldStamps, oldValues, old) = (stamps, values, count)
        var newStamps = [Int64]()
        var newValues = [Double]()
        newStamps.reserveCapacity(size)
        newValues.reserveCapacity(size)
        for index in 0..<old {
            newStamps.append(oldStamps[slot(index)])
            newValues.append(oldValues[slot(index)])
        }
        var newRanked = [UInt32]()
        newRanked.reserveCapacity(size)
        for entry in ranked {
            let age = Int(entry) >= head ? Int(entry) - head : Int(entry) - head + old
            newRanked.append(UInt32(truncatingIfNeeded: age))
        }
        for _ in old..<size {
            newStamps.append(0)
            newValues.append(0)
        }
        (stamps, values, ranked, head) = (newStamps, newValues, newRanked, 0)
    }
}

extension Window {
    /// Any aggregate; nil where there is no sample. A count is never nil.
    package func value(_ aggregate: Aggregate) -> Estimate? {
        switch aggregate {
        case .quantile(let q): quantile(q)
        case .average: average
        case .minimum: minimum
        case .maximum: maximum
        case .count: Estimate(Double(count), n: count)
        }
    }

    /// The value at the nearest rank.
    package func quantile(_ q: Double) -> Estimate? {
        count == 0 ? nil : estimate(at: Rank.index(q, count) - 1)
    }

    /// Censored samples count as their bound, so with any of them the true average is greater.
    package var average: Estimate? {
        guard count > 0 else { return nil }
        var sum = 0.0
        var isCensored = false
        for slot in ranked {
            sum += values[Int(slot)]
            if stamps[Int(slot)] & 1 == 1 { isCensored = true }
        }
        return Estimate(sum / Double(count), isCensored: isCensored, n: count)
    }

    /// The lowest in rank.
    package var minimum: Estimate? { count == 0 ? nil : estimate(at: 0) }

    /// The greatest value, observed or bound; with any censored sample the true one is greater.
    package var maximum: Estimate? {
        guard count > 0 else { return nil }
        var last = estimate(at: count - 1)
        if last.isCensored, observedCount > 0 { last.value = max(last.value, estimate(at: observedCount - 1).value) }
        return last
    }

    /// Decides `aggregate OP threshold`. A quantile is decided by counting where its threshold was announced. Nil without samples
    /// and where censored samples leave it open.
    package func decides(_ aggregate: Aggregate, _ comparison: Comparison, _ threshold: Double) -> Bool? {
        if case .quantile(let q) = aggregate, let counter = counters.first(where: { $0.threshold == threshold }) {
            return counter.decides(quantile: q, comparison)
        }
        return value(aggregate).flatMap { comparison.decides($0.value, isCensored: $0.isCensored, threshold) }
    }

    private func estimate(at index: Int) -> Estimate {
        let slot = Int(ranked[index])
        return Estimate(values[slot], isCensored: stamps[slot] & 1 == 1, n: count)
    }

    /// Samples that are not censored: they stand first in the ranking.
    private var observedCount: Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if stamps[Int(ranked[middle])] & 1 == 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
