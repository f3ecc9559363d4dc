import Model
import Testing

private func cron(_ text: String) throws -> CronSchedule { try CronSchedule.parse(text).get() }

/// The next runs, in UTC.
private func runs(_ text: String, _ zone: String, from: String, _ count: Int) throws -> [String] {
    let (schedule, zone) = (try cron(text), try Zones.named(zone))
    var instant = Timestamp(from)!
    var all: [String] = []
    while all.count < count, let next = schedule.next(after: instant, in: zone) {
        all.append(next.description)
        instant = next
    }
    return all
}

@Suite("Cron schedules") struct CronTests {
    @Test(
        "run when crontab(5) says",
        arguments: [
            ("every minute", "* * * * *", ["2026-03-02T12:01:00Z", "2026-03-02T12:02:00Z"]),
            ("a step", "*/20 * * * *", ["2026-03-02T12:20:00Z", "2026-03-02T12:40:00Z", "2026-03-02T13:00:00Z"]),
            (
                "a step within a range", "0 14-18/3 * * *",
                ["2026-03-02T14:00:00Z", "2026-03-02T17:00:00Z", "2026-03-03T14:00:00Z"]
            ),
            ("a list of ranges", "5,10-11 13 * * *", ["2026-03-02T13:05:00Z", "2026-03-02T13:10:00Z", "2026-03-02T13:11:00Z"]),
            ("weekdays by number", "0 9 * * 1-5", ["2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z"]),
            ("weekdays by name", "0 9 * * Fri,mon", ["2026-03-06T09:00:00Z", "2026-03-09T09:00:00Z"]),
            ("seven is a Sunday", "0 9 * * 7", ["2026-03-08T09:00:00Z", "2026-03-15T09:00:00Z"]),
            ("a range to Sunday", "0 9 * * sat-sun", ["2026-03-07T09:00:00Z", "2026-03-08T09:00:00Z", "2026-03-14T09:00:00Z"]),
            ("every weekday is a star", "0 9 2 * 0-7", ["2026-03-03T09:00:00Z"]),
            ("months by name", "0 0 1 jan,Jul *", ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
            (
                "both days restricted: either", "0 0 13 * fri",
                ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"]
            ),
            ("a star with a step: both", "0 0 */2 * fri", ["2026-03-13T00:00:00Z", "2026-03-27T00:00:00Z"]),
            ("months without a 31st", "0 0 31 * *", ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z"]),
            ("leap days", "0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
            ("leap days that are Sundays", "0 0 29 2 */7", ["2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z"]),
            ("@hourly", "@hourly", ["2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z"]),
            ("@daily", "@Daily", ["2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"]),
            ("@weekly", "@weekly", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
            ("@monthly", " @monthly ", ["2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"]),
        ])
    func calendar(what: String, text: String, expected: [String]) throws {
        #expect(try runs(text, "UTC", from: "2026-03-02T12:00:00Z", expected.count) == expected, "\(what)")
    }

    @Test(
        "run by the wall clock of their zone, also where it is changed",
        arguments: [
            (
                "in summer an hour earlier", "0 9 * * *", "Europe/London", "2026-03-28T00:00:00Z",
                ["2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z", "2026-03-30T08:00:00Z"]
            ),
            (
                "a skipped time, once", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
                ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
            ),
            (
                "two times that meet after the gap are one", "0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
                ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z"]
            ),
            (
                "every quarter over the gap", "*/15 * * * *", "Europe/Berlin", "2026-03-29T00:40:00Z",
                ["2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"]
            ),
            (
                "every other hour over the gap", "0 */2 * * *", "Europe/Berlin", "2026-03-28T22:00:00Z",
                ["2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T04:00:00Z"]
            ),
            (
                "a doubled time, the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
                ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
            ),
            ("between the two, the next day", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", ["2026-10-26T01:30:00Z"]),
            (
                "every half hour, both times", "*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z",
                ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"]
            ),
            (
                "a range of hours, once each", "0 1-3 * * *", "Europe/Berlin", "2026-10-24T22:00:00Z",
                ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-26T00:00:00Z"]
            ),
            ("a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", ["2026-10-03T15:45:00Z"]),
            (
                "a skipped day", "0 9 30 * *", "Pacific/Apia", "2011-12-29T00:00:00Z",
                ["2011-12-30T19:00:00Z", "2012-01-29T19:00:00Z"]
            ),
            ("past the table", "0 9 1 7 *", "Europe/Berlin", "2100-01-01T00:00:00Z", ["2100-07-01T07:00:00Z"]),
        ] as [(String, String, String, String, [String])])
    func zones(what: String, text: String, zone: String, from: String, expected: [String]) throws {
        #expect(try runs(text, zone, from: from, expected.count) == expected, "\(what)")
    }

    @Test(
        "that are wrong say where and what to write instead",
        arguments: [
            ("", 0, #"expected five fields, minute hour day month weekday, such as "0 9 * * mon-fri", got nothing"#),
            ("0 9 * *", 0, #"expected five fields, minute hour day month weekday, such as "0 9 * * mon-fri", got 4 fields"#),
            (
                "0 0 9 * * *", 10,
                #"expected five fields, minute hour day month weekday, such as "0 9 * * mon-fri", got 6 fields; "#
                    + "there is no field for seconds or the year"
            ),
            ("@reboot", 0, #""@reboot" is no schedule: expected @hourly, @daily, @weekly, @monthly or five fields"#),
            ("@daily 5", 0, #""@daily 5" is no schedule: expected @hourly, @daily, @weekly, @monthly or five fields"#),
            ("60 * * * *", 0, #""60" does not fit the minute field: expected 0 to 59"#),
            ("0 24 * * *", 2, #""24" does not fit the hour field: expected 0 to 23"#),
            ("0 9 0 * *", 4, #""0" does not fit the day field: expected 1 to 31"#),
            ("0 9 L * *", 4, #""L" does not fit the day field: expected 1 to 31"#),
            ("0 9 * 13 *", 6, #""13" does not fit the month field: expected 1 to 12 or jan to dec"#),
            ("0 9 * * monday", 8, #""monday" does not fit the weekday field: expected 0 to 7 or sun to sat"#),
            ("0 9 * * 1,8", 10, #""8" does not fit the weekday field: expected 0 to 7 or sun to sat"#),
            ("0 9,, * * *", 4, "a value is missing in the hour field: expected 0 to 23"),
            ("0 9- * * *", 4, "a value is missing in the hour field: expected 0 to 23"),
            ("0 17-9 * * *", 2, "the range 17-9 runs backwards; write 17-23,0-9"),
            ("0 9 * * fri-mon", 8, "the range fri-mon runs backwards; write fri-sat,sun-mon"),
            ("5/10 * * * *", 0, "a step needs a range: write 5-59/10"),
            ("*/0 * * * *", 2, #""0" is no step of the minute field: expected 1 to 59"#),
            ("*/90 * * * *", 2, #""90" is no step of the minute field: expected 1 to 59"#),
            ("0 9-17/x * * *", 7, #""x" is no step of the hour field: expected 1 to 23"#),
            ("0 9 30 2 *", 4, #"no month of "2" has a day 30: it would never run"#),
            ("0 9 31 apr,jun *", 4, #"no month of "apr,jun" has a day 31: it would never run"#),
        ])
    func mistakes(text: String, offset: Int, message: String) {
        #expect(throws: CronError(offset: offset, message: message)) { try cron(text) }
    }

    @Test(
        "tell the shortest time between two runs",
        arguments: [
            ("* * * * *", "1m"), ("*/7 * * * *", "4m"), ("0 9-17 * * 1-5", "1h"), ("0 2 * * *", "1d"), ("0 0,23 * * *", "1h"),
            ("0 2 * * mon", "7d"), ("0 0,23 * * mon", "23h"), ("0 0 1 * *", "28d"), ("30 9 1 jan *", "365d"),
        ])
    func gaps(text: String, gap: String) throws { #expect(try cron(text).shortestGap.short == gap) }

    /// A random field with the values it means.
    private static func field(_ range: ClosedRange<Int>, _ draws: inout Draws) -> (text: String, values: Set<Int>) {
        switch Int.random(in: 0...5, using: &draws) {
        case 0, 1: return ("*", Set(range))
        case 2:
            let step = Int.random(in: 1...min(range.upperBound, 9), using: &draws)
            return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
        case 3:
            let (a, b) = (Int.random(in: range, using: &draws), Int.random(in: range, using: &draws))
            let step = Int.random(in: 1...3, using: &draws)
            return ("\(min(a, b))-\(max(a, b))/\(step)", Set(stride(from: min(a, b), through: max(a, b), by: step)))
        default:
            let values = (0...Int.random(in: 0...4, using: &draws)).map { _ in Int.random(in: range, using: &draws) }
            return (values.map(String.init).joined(separator: ","), Set(values))
        }
    }

    private static let changes = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"), ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"), ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:00:00Z"), ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
        ("America/Havana", "2026-11-01T05:00:00Z"), ("Asia/Beirut", "2026-03-28T22:00:00Z"),
        ("Antarctica/Troll", "2026-03-29T01:00:00Z"), ("Antarctica/Troll", "2026-10-25T01:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"), ("Asia/Kolkata", "2026-03-01T00:00:00Z"), ("UTC", "2026-02-28T00:00:00Z"),
        ("Europe/Berlin", "2060-03-28T01:00:00Z"),
    ]

    @Test("agree with a walk over every minute around changes of the clock") func walk() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var draws = Draws(seed: seed)
        var found = 0
        for round in 0..<160 {
            let (name, change) = Self.changes[round % Self.changes.count]
            let zone = try Zones.named(name)
            let (minute, hour) = (Self.field(0...59, &draws), Self.field(0...23, &draws))
            let (day, month) = (Self.field(1...31, &draws), Self.field(1...12, &draws))
            let weekday = Self.field(0...6, &draws)
            let text = [minute, hour, day, month, weekday].map(\.text).joined(separator: " ")
            // One that could never run is refused.
            guard case .success(let schedule) = CronSchedule.parse(text) else { continue }
            func matches(_ local: LocalTime) -> Bool {
                let minuteOfDay = Int(local.secondOfDay / 60)
                guard minute.values.contains(minuteOfDay % 60), hour.values.contains(minuteOfDay / 60) else { return false }
                let date = CivilDate.of(daysSince1970: local.day)
                guard month.values.contains(Int(date.month)) else { return false }
                let (isDay, isWeekday) = (day.values.contains(Int(date.day)), weekday.values.contains(Int(local.weekday)))
                let isEither = !day.text.hasPrefix("*") && !weekday.text.hasPrefix("*")
                return isEither ? isDay || isWeekday : isDay && isWeekday
            }
            let middle = Timestamp(change)!.microseconds / 60_000_000
            let start = middle - Int64.random(in: 60...2000, using: &draws)
            let end = middle + 1600
            var expected: [Timestamp] = []
            for minute in (start + 1)..<end {
                let instant = Timestamp(seconds: minute * 60)
                let local = zone.local(at: instant)
                // Shown now; or skipped, and meant by the offset before.
                let before = LocalTime(seconds: minute * 60 + zone.offset(at: instant - .seconds(86_400)))
                let isShown = matches(local) && (hour.text.hasPrefix("*") || zone.instant(of: local) == instant)
                let isSkipped =
                    before != local && matches(before) && zone.instants(of: before).isEmpty
                    && zone.instant(of: before) == instant
                if isShown || isSkipped { expected.append(instant) }
            }
            var actual: [Timestamp] = []
            var instant = Timestamp(seconds: start * 60)
            while let next = schedule.next(after: instant, in: zone), next < Timestamp(seconds: end * 60) {
                actual.append(next)
                instant = next
            }
            found += expected.count
            #expect(actual == expected, "\(text) in \(name) from \(Timestamp(seconds: start * 60))")
        }
        print("\(found) runs")
        #expect(found > 1000)
    }
}
