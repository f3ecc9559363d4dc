/// A date and time as a wall clock shows it, without saying where: whole seconds, counted as though the clock ran on UTC.
package struct LocalTime: Sendable, Hashable, Comparable {
    package var seconds: Int64
    package init(seconds: Int64) { self.seconds = seconds }

    /// A day of the month past its end counts on into the next month, as an hour past 23 does into the next day.
    package init(_ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64 = 0, _ minute: Int64 = 0, _ second: Int64 = 0) {
        let days = CivilDate.daysSince1970(year: year, month: month, day: 1) + day - 1
        seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    }

    package init(day: Int64, minute: Int64 = 0) { seconds = day * 86_400 + minute * 60 }

    /// Days since 1970-01-01.
    package var day: Int64 { seconds.floorDivided(by: 86_400) }
    package var secondOfDay: Int64 { seconds - day * 86_400 }
    /// 0 is Sunday.
    package var weekday: Int64 { LocalTime.weekday(of: day) }

    static func weekday(of day: Int64) -> Int64 { day + 4 - (day + 4).floorDivided(by: 7) * 7 }

    package static func < (a: LocalTime, b: LocalTime) -> Bool { a.seconds < b.seconds }
}

extension LocalTime: CustomStringConvertible {
    /// `2026-03-29T02:30:00`, with no zone.
    package var description: String { String(Timestamp(seconds: seconds).description.dropLast()) }
}
