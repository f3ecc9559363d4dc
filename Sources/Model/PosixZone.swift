/// The rule that closes a zone's file, in the notation of POSIX's `TZ` with the extensions of RFC 8536: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Sendable, Hashable {
    /// A day of every year.
    enum Day: Sendable, Hashable {
        /// `M3.5.0`: a weekday (0 is Sunday) of a week of a month; week 5 is the last.
        case week(month: Int64, week: Int64, weekday: Int64)
        /// `J60`: 1 to 365, where 60 is always the first of March.
        case withoutLeapDay(Int64)
        /// `59`: 0 to 365, the leap day counted.
        case ordinal(Int64)
    }

    /// A moment of every year: a day, and seconds after its midnight by the clock until then.
    struct Change: Sendable, Hashable {
        var day: Day
        var seconds: Int64
    }

    struct Summer: Sendable, Hashable {
        var offset: Int64
        var begins: Change
        var ends: Change
    }

    /// Seconds east of UTC.
    var standard: Int64
    var summer: Summer?

    func offset(atSecond second: Int64) -> Int64 {
        guard summer != nil else { return standard }
        // A year before is enough: both changes happen in each.
        return changes(from: second - 400 * 86_400, through: second).last?.offset ?? standard
    }

    /// Every change of the offset from one second through another, in order.
    func changes(from: Int64, through: Int64) -> [TimeZoneRules.Period] {
        guard let summer else { return [] }
        let years = PosixZone.year(of: from) - 1...PosixZone.year(of: through) + 1
        var all: [TimeZoneRules.Period] = []
        for year in years {
            all.append(.init(start: PosixZone.second(summer.begins, year) - standard, offset: summer.offset))
            all.append(.init(start: PosixZone.second(summer.ends, year) - summer.offset, offset: standard))
        }
        // Where summer time never ends, one year's ends at the second at which the next one's begins: the beginning counts.
        all.sort { ($0.start, $0.offset == summer.offset ? 1 : 0) < ($1.start, $1.offset == summer.offset ? 1 : 0) }
        var kept: [TimeZoneRules.Period] = []
        for change in all where change.start >= from && change.start <= through {
            if kept.last?.start == change.start { kept.removeLast() }
            kept.append(change)
        }
        return kept
    }

    private static func year(of second: Int64) -> Int64 { CivilDate.of(daysSince1970: second.floorDivided(by: 86_400)).year }

    /// The moment in a year, as the clock shows it.
    private static func second(_ change: Change, _ year: Int64) -> Int64 {
        let newYear = CivilDate.daysSince1970(year: year, month: 1, day: 1)
        let day: Int64
        switch change.day {
        case .ordinal(let count): day = newYear + count
        case .withoutLeapDay(let count):
            let isLeap = CivilDate.days(in: 2, of: year) == 29
            day = newYear + count - (isLeap && count >= 60 ? 0 : 1)
        case .week(let month, let week, let weekday):
            let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
            let toWeekday = (weekday - LocalTime.weekday(of: first) + 7) % 7
            let found = toWeekday + (week - 1) * 7
            day = first + (found < CivilDate.days(in: month, of: year) ? found : found - 7)
        }
        return day * 86_400 + change.seconds
    }
}

extension PosixZone {
    /// Nil where the text is not in the notation.
    init?(_ text: some Sequence<UInt8>) {
        var rest = Array(text)[...]
        guard PosixZone.takeName(&rest), let west = PosixZone.takeTime(&rest, limit: 24) else { return nil }
        standard = -west
        guard !rest.isEmpty else { return }
        guard PosixZone.takeName(&rest) else { return nil }
        var offset = standard + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let west = PosixZone.takeTime(&rest, limit: 24) else { return nil }
            offset = -west
        }
        guard let begins = PosixZone.takeChange(&rest), let ends = PosixZone.takeChange(&rest), rest.isEmpty else { return nil }
        summer = Summer(offset: offset, begins: begins, ends: ends)
    }

    /// `CET`, or `<-03>`.
    private static func takeName(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if take("<", &rest) {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")), end > rest.startIndex else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let letters = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    private static func takeTime(_ rest: inout ArraySlice<UInt8>, limit: Int64) -> Int64? {
        let sign: Int64 = take("-", &rest) ? -1 : 1
        if sign == 1 { _ = take("+", &rest) }
        guard let hours = takeNumber(&rest), hours <= limit else { return nil }
        var seconds = hours * 3600
        for unit in [Int64(60), 1] where take(":", &rest) {
            guard let value = takeNumber(&rest), value < 60 else { return nil }
            seconds += value * unit
        }
        return sign * seconds
    }

    /// `,M3.5.0/2`, `,J60` or `,59`; without a time it is two in the morning.
    private static func takeChange(_ rest: inout ArraySlice<UInt8>) -> Change? {
        guard take(",", &rest) else { return nil }
        let day: Day
        if take("M", &rest) {
            guard let month = takeNumber(&rest), (1...12).contains(month), take(".", &rest), let week = takeNumber(&rest),
                (1...5).contains(week), take(".", &rest), let weekday = takeNumber(&rest), weekday < 7
            else { return nil }
            day = .week(month: month, week: week, weekday: weekday)
        } else if take("J", &rest) {
            guard let count = takeNumber(&rest), (1...365).contains(count) else { return nil }
            day = .withoutLeapDay(count)
        } else {
            guard let count = takeNumber(&rest), count <= 365 else { return nil }
            day = .ordinal(count)
        }
        guard take("/", &rest) else { return Change(day: day, seconds: 7200) }
        // RFC 8536 allows a week around the day.
        guard let seconds = takeTime(&rest, limit: 167) else { return nil }
        return Change(day: day, seconds: seconds)
    }

    private static func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}
