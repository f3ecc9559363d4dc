/// A time zone of the IANA database: which offset from UTC is in force when.
///
/// The table holds every change of the offset that the database lists; past its end the rule that closes the file goes on for ever.
/// Times before the table have the offset of its first entry.
package struct TimeZoneRules: Sendable, Hashable {
    /// The name in the database, such as `Europe/London`.
    package let name: String
    /// When each offset begins, in seconds since 1970, ascending, and the offsets in seconds east of UTC.
    let starts: [Int64]
    let offsets: [Int64]
    let initial: Int64
    let rule: PosixZone?

    init(name: String, starts: [Int64], offsets: [Int64], initial: Int64, rule: PosixZone?) {
        self.name = name
        self.starts = starts
        self.offsets = offsets
        self.initial = initial
        self.rule = rule
    }

    /// Needs no database.
    package static let utc = TimeZoneRules(name: "UTC", starts: [], offsets: [], initial: 0, rule: nil)

    /// A stretch of time with one offset; it ends where the next begins.
    struct Period: Sendable, Hashable {
        var start: Int64
        var offset: Int64
    }

    /// Offsets lie between -26 h and 26 h, so what a wall clock shows was or will be UTC within this many seconds.
    static let reach: Int64 = 26 * 3600

    /// Seconds east of UTC.
    package func offset(at instant: Timestamp) -> Int64 { offset(atSecond: instant.microseconds.floorDivided(by: 1_000_000)) }

    /// What a wall clock in the zone shows; fractions of a second are dropped.
    package func local(at instant: Timestamp) -> LocalTime {
        let second = instant.microseconds.floorDivided(by: 1_000_000)
        return LocalTime(seconds: second + offset(atSecond: second))
    }

    /// Every instant at which a wall clock in the zone shows this: none where the clock skips it, two where it shows it twice.
    package func instants(of local: LocalTime) -> [Timestamp] {
        let periods = periods(from: local.seconds - Self.reach, through: local.seconds + Self.reach)
        return periods.indices.compactMap { index in
            let second = local.seconds - periods[index].offset
            let end = index + 1 < periods.count ? periods[index + 1].start : .max
            return second >= periods[index].start && second < end ? Timestamp(seconds: second) : nil
        }
    }

    /// The instant that is meant by a local time: of two the first, and for a skipped one what the offset before the gap makes of
    /// it, so that 02:30 in a night that goes from 02:00 to 03:00 is 03:30 (RFC 5545, section 3.3.5).
    package func instant(of local: LocalTime) -> Timestamp {
        if let first = instants(of: local).first { return first }
        let periods = periods(from: local.seconds - Self.reach, through: local.seconds + Self.reach)
        for (before, after) in zip(periods, periods.dropFirst())
        where after.start + before.offset <= local.seconds && local.seconds < after.start + after.offset {
            return Timestamp(seconds: local.seconds - before.offset)
        }
        preconditionFailure("a local time that no period shows lies between two of them")
    }

    /// The first start of a local day after an instant. Where midnight is skipped, the day starts when the gap has passed.
    package func nextMidnight(after instant: Timestamp) -> Timestamp {
        var day = local(at: instant).day
        while true {
            day += 1
            let midnight = LocalTime(day: day)
            let all = instants(of: midnight)
            if let next = (all.isEmpty ? [self.instant(of: midnight)] : all).first(where: { $0 > instant }) { return next }
        }
    }

    private func offset(atSecond second: Int64) -> Int64 {
        if let rule, second >= starts.last ?? .min { return rule.offset(atSecond: second) }
        let index = starts.partitioningIndex { $0 > second }
        return index == 0 ? initial : offsets[index - 1]
    }

    /// The offsets from one second through another, in order. The first period is given as starting at `from`.
    func periods(from: Int64, through: Int64) -> [Period] {
        var periods = [Period(start: from, offset: offset(atSecond: from))]
        func add(_ start: Int64, _ offset: Int64) {
            guard start > from, start <= through, periods[periods.count - 1].offset != offset else { return }
            periods.append(Period(start: start, offset: offset))
        }
        var index = starts.partitioningIndex { $0 > from }
        while index < starts.count, starts[index] <= through {
            add(starts[index], offsets[index])
            index += 1
        }
        let last = starts.last ?? .min
        if let rule, through > last {
            for change in rule.changes(from: max(from, last), through: through) where change.start > last {
                add(change.start, change.offset)
            }
        }
        return periods
    }
}

extension Array {
    /// The first index whose element satisfies a condition that holds from some index on.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
