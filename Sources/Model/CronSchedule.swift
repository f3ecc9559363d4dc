/// Times by the calendar: the five fields of crontab(5), read against the wall clock of a time zone.
///
/// A day runs if its month matches and its day does: where both the day of the month and the weekday are restricted, either is
/// enough; where one of them begins with `*`, both must match, as crontab(5) has it.
///
/// Where the zone's clock is changed:
/// - A time that the clock skips runs once, at the instant that the offset before the gap makes of it: 02:30 is 03:30 when the clock
///   goes from 02:00 to 03:00. Where another time of the schedule falls on the same instant, that is one run.
/// - A time that the clock shows twice runs the first time only, if the schedule names hours. If its hour field begins with `*` it
///   runs both times: such a schedule means how often, and an hour without runs would be a hole.
package struct CronSchedule: Sendable, Hashable {
    /// As it was written.
    package let text: String
    /// Bit n stands for the value n; Sunday is 0.
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    let weekdays: UInt64
    /// Either of the day fields is enough.
    let isEitherDay: Bool
    /// The hour field begins with `*`.
    let isEveryHour: Bool

    /// How long `next` looks ahead: the 29th of February is the same weekday every 28 years, every 40 around 2100.
    static let horizonDays: Int64 = 41 * 366

    /// The first time after an instant; nil where there is none within 41 years.
    package func next(after instant: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        let from = instant.microseconds.floorDivided(by: 1_000_000) + 1
        let end = from + Self.horizonDays * 86_400
        var start = from
        while start < end {
            let stop = min(end, start + 400 * 86_400)
            if let found = next(from: start, before: stop, zone) { return Timestamp(seconds: found) }
            start = stop
        }
        return nil
    }

    /// The first time in a stretch of seconds.
    ///
    /// It goes through the zone's periods. What the clock shows in a period is a run of local times; those below the highest shown
    /// before are shown again, those between that and the first of the period are skipped.
    private func next(from: Int64, before stop: Int64, _ zone: TimeZoneRules) -> Int64? {
        // What a change up to twice the reach ago made the clock show again or skip can still lie ahead.
        let periods = zone.periods(from: from - 2 * TimeZoneRules.reach, through: stop)
        var shown = Int64.min
        var best: Int64?
        for (index, period) in periods.enumerated() {
            if let best, best < period.start { break }
            let end = min(index + 1 < periods.count ? periods[index + 1].start : .max, stop)
            let first = period.start + period.offset
            if index > 0, first > shown {
                let before = periods[index - 1].offset
                if let skipped = firstMatch(max(shown, from + before), before: first) {
                    best = min(best ?? .max, skipped - before)
                }
            }
            let again = isEveryHour ? Int64.min : shown
            if let local = firstMatch(max(first, from + period.offset, again), before: end + period.offset) {
                best = min(best ?? .max, local - period.offset)
            }
            shown = max(shown, end + period.offset)
        }
        return best.flatMap { $0 < stop ? $0 : nil }
    }

    /// The first matching local time from one second up to another, on a whole minute.
    private func firstMatch(_ from: Int64, before end: Int64) -> Int64? {
        guard from < end else { return nil }
        var day = from.floorDivided(by: 86_400)
        var minute = (from - day * 86_400 + 59) / 60
        while day * 86_400 < end {
            if minute < 1440, matches(day: day), let found = firstMinute(from: minute) {
                let local = day * 86_400 + found * 60
                return local < end ? local : nil
            }
            day += 1
            minute = 0
        }
        return nil
    }

    /// Whether the schedule runs on a day, counted since 1970-01-01.
    func matches(day: Int64) -> Bool {
        let date = CivilDate.of(daysSince1970: day)
        guard months.has(date.month) else { return false }
        let (isDay, isWeekday) = (days.has(date.day), weekdays.has(LocalTime.weekday(of: day)))
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// The first matching minute of a day that is no earlier than one.
    private func firstMinute(from: Int64) -> Int64? {
        let hour = from / 60
        if hours.has(hour), let minute = minutes.first(from: from % 60) { return hour * 60 + minute }
        guard let later = hours.first(from: hour + 1), let minute = minutes.first(from: 0) else { return nil }
        return later * 60 + minute
    }

    /// The shortest time between two runs where no clock is changed.
    package var shortestGap: Duration {
        var times: [Int64] = []
        var next = firstMinute(from: 0)
        while let time = next {
            times.append(time)
            next = time < 1439 ? firstMinute(from: time + 1) : nil
        }
        let inDay = zip(times, times.dropFirst()).map { $1 - $0 }.min() ?? .max
        let overNight = times[0] + 1440 - times[times.count - 1]
        guard overNight < inDay else { return .seconds(60 * inDay) }
        // Which days there are repeats after a week where only weekdays are restricted; else after 28 years, but for the end of most
        // centuries.
        let isWeekly = (1...31).allSatisfy(self.days.has) && (1...12).allSatisfy(months.has)
        var (last, days) = (Int64?.none, Int64.max)
        for day in Int64(0)..<(isWeekly ? 15 : 28 * 366) where matches(day: day) {
            if let last { days = min(days, day - last) }
            last = day
            if days == 1 { break }
        }
        return .seconds(60 * min(inDay, days == .max ? 28 * 366 * 1440 : (days - 1) * 1440 + overNight))
    }
}

extension UInt64 {
    func has(_ value: Int64) -> Bool { self & (1 << UInt64(value)) != 0 }
    /// The least value that is no less than one.
    fileprivate func first(from value: Int64) -> Int64? {
        guard value < 64 else { return nil }
        let rest = (self >> UInt64(value)) << UInt64(value)
        return rest == 0 ? nil : Int64(rest.trailingZeroBitCount)
    }
}
