/// The wall clock of a zone over a stretch of time, made ready for many questions about it.
///
/// Nearly every local time lies far from a change of the offset and is one subtraction; the rest asks the zone. It answers for every
/// time, and fast for those of its stretch.
struct OnCallClock {
    let zone: TimeZoneRules
    /// How far apart the offsets of the stretch are, in seconds: an hour in most zones, a day where one was skipped.
    /// No two instants that could be meant by one local time lie further apart.
    let spread: Int64
    private let periods: [TimeZoneRules.Period]
    private let end: Int64
    /// Local times that the clock leaps over, `[from, until)`.
    private let leaps: [(from: Int64, until: Int64)]
    private let longestLeap: Int64
    /// The offset of the period that was asked for last, and the seconds that are further than the spread from both its ends.
    private var offset: Int64
    private var first: Int64
    private var last: Int64

    /// Seconds around the stretch that it also covers: two turns of two days, and what offsets can make of them.
    private static let margin: Int64 = 8 * 86_400

    /// Seconds since 1970.
    init(_ zone: TimeZoneRules, from: Int64, through: Int64) {
        self.zone = zone
        end = through + Self.margin
        periods = zone.periods(from: from - Self.margin, through: end)
        let offsets = periods.map(\.offset)
        spread = offsets.reduce(.min, max) - offsets.reduce(.max, min)
        leaps = zip(periods, periods.dropFirst()).compactMap { before, after in
            before.offset < after.offset ? (after.start + before.offset, after.start + after.offset) : nil
        }
        longestLeap = leaps.map { $0.until - $0.from }.max() ?? 0
        (offset, first, last) = (offsets[0], .max, .min)
    }

    /// The second that is meant by a local time, by the rules of `TimeZoneRules.instant(of:)`.
    mutating func second(of local: Int64) -> Int64 {
        let near = local - offset
        if near >= first && near < last { return near }
        return secondElsewhere(of: local)
    }

    private mutating func secondElsewhere(of local: Int64) -> Int64 {
        let index = index(at: local - offset)
        offset = periods[index].offset
        first = periods[index].start + spread
        last = (index + 1 < periods.count ? periods[index + 1].start : end) - spread
        let near = local - offset
        // All instants that the local time could mean lie in the period, or else the zone decides.
        if near >= first && near < last { return near }
        return zone.instant(of: LocalTime(seconds: local)).microseconds.floorDivided(by: 1_000_000)
    }

    /// What the clock shows at a second of the stretch.
    func local(at second: Int64) -> LocalTime { LocalTime(seconds: second + periods[index(at: second)].offset) }

    /// Whether the clock never shows any of these local times.
    func leaps(from: Int64, until: Int64) -> Bool {
        until - from <= longestLeap && leaps.contains { $0.from <= from && until <= $0.until }
    }

    private func index(at second: Int64) -> Int {
        var (low, high) = (0, periods.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if periods[middle].start <= second { low = middle } else { high = middle }
        }
        return low
    }
}
