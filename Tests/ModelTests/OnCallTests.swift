import Model
import Testing

@Suite("Who is on call") struct OnCallTests {
    static func rotation(
        _ people: String, from start: String, _ handoff: Rotation.Handoff = .days(1), hours: [Rotation.Restriction] = [],
        priority: Int = 0
    ) -> Rotation {
        Rotation(
            name: people, people: people.split(separator: " ").map(String.init), start: local(start), handoff: handoff,
            restrictions: hours, priority: priority)
    }

    static func schedule(_ zone: String, _ layers: Rotation...) throws -> OnCallSchedule {
        OnCallSchedule(name: "platform", zone: try Zones.named(zone), layers: layers)
    }

    static func override(
        _ person: String, _ from: String, _ until: String, created: Int64 = 0, id: String = "1", schedule: String = "platform"
    ) -> OnCallOverride {
        OnCallOverride(
            id: id, schedule: schedule, person: person, startsAt: Timestamp(from)!, endsAt: Timestamp(until)!, author: "eve",
            createdAt: Timestamp(seconds: created))
    }

    /// `ada+bob 07-01 07:00`: who, and since when in UTC.
    static func text(_ shifts: [OnCallShift]) -> [String] {
        shifts.map { shift in
            let since = shift.from.description.dropFirst(5).dropLast(4).replacing("T", with: " ")
            return "\(shift.people.isEmpty ? "nobody" : shift.people.joined(separator: "+")) \(since)"
        }
    }

    static let everyDay = Set(0...6)
    static let night = Rotation.Restriction(from: 22 * 60, until: 6 * 60)

    @Test(
        "A turn is as long as the zone's clock makes it",
        arguments: [
            ("Europe/Berlin", "2026-03-28 09:00", "2026-03-29 09:00", 23),
            ("Europe/Berlin", "2026-10-24 09:00", "2026-10-25 09:00", 25),
            ("America/New_York", "2026-03-07 09:00", "2026-03-08 09:00", 23),
            ("America/New_York", "2026-10-31 09:00", "2026-11-01 09:00", 25),
            ("Australia/Lord_Howe", "2026-04-04 09:00", "2026-04-05 09:00", 24.5),
            ("Australia/Lord_Howe", "2026-10-03 09:00", "2026-10-04 09:00", 23.5),
            ("Africa/Casablanca", "2026-02-14 09:00", "2026-02-15 09:00", 25),
            ("Africa/Casablanca", "2026-03-21 09:00", "2026-03-22 09:00", 23),
            ("America/Nuuk", "2026-03-28 09:00", "2026-03-29 09:00", 23),
            ("Asia/Kolkata", "2026-03-28 09:00", "2026-03-29 09:00", 24),
            ("Pacific/Apia", "2011-12-29 09:00", "2011-12-31 09:00", 24),
            ("Pacific/Kwajalein", "1993-08-20 09:00", "1993-08-22 09:00", 24),
            ("Europe/Berlin", "2026-03-23 09:00", "2026-03-30 09:00", 6 * 24 + 23),
            ("Europe/Berlin", "2026-10-19 09:00", "2026-10-26 09:00", 7 * 24 + 1),
        ] as [(String, String, String, Double)])
    func length(zone: String, from: String, to: String, hours: Double) throws {
        let zone = try Zones.named(zone)
        let isWeek = hours > 100
        let rotation = Self.rotation(
            "ada bob cyd", from: isWeek ? "2026-01-05 09:00" : "1993-01-01 09:00", isWeek ? .weeks(1) : .days(1))
        let (start, end) = (zone.instant(of: local(from)), zone.instant(of: local(to)))
        let shift = try #require(rotation.shift(at: start, in: zone))
        #expect(shift.from == start && shift.until == end && (end - start).seconds == hours * 3600)
        // Whoever has the turn is counted in days and weeks of the calendar, those that the zone skips too.
        for (instant, date) in [(start, from), (end - .seconds(1), from), (end, to)] {
            let turns = (local(date).day - rotation.start.day) / (isWeek ? 7 : 1)
            #expect(rotation.shift(at: instant, in: zone)?.person == rotation.people[Int(turns % 3)], "\(instant)")
        }
        let schedule = OnCallSchedule(name: "platform", zone: zone, layers: [rotation])
        #expect(schedule.shift(at: end - .seconds(1)) == OnCallShift(people: [shift.person], from: start, until: end))
    }

    @Test(
        "A handoff at a local time that does not exist has the offset before the gap; one that comes twice is the first",
        arguments: [
            ("2026-03-29T01:29:59Z", "ada"), ("2026-03-29T01:30:00Z", "bob"), ("2026-03-30T00:29:59Z", "bob"),
            ("2026-03-30T00:30:00Z", "ada"), ("2026-10-25T00:29:59Z", "ada"), ("2026-10-25T00:30:00Z", "bob"),
            ("2026-10-25T01:00:00Z", "bob"), ("2026-10-25T01:29:59Z", "bob"), ("2026-10-25T01:30:00Z", "bob"),
            ("2026-10-26T01:29:59Z", "bob"), ("2026-10-26T01:30:00Z", "ada"),
        ])
    func changedClock(instant: String, person: String) throws {
        let schedule = try Self.schedule("Europe/Berlin", Self.rotation("ada bob", from: "2026-03-28 02:30"))
        #expect(schedule.onCall(at: Timestamp(instant)!) == [person])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var layers: [Rotation]
        var overrides: [OnCallOverride] = []
        var zone = "Europe/Berlin"
        /// UTC.
        var stretch = ("2026-07-01T00:00:00Z", "2026-07-03T00:00:00Z")
        var expected: [String]
    }

    static let cases = [
        Case(
            testDescription: "nobody is on call before the start", layers: [rotation("ada", from: "2026-07-02 09:00")],
            expected: ["nobody 07-01 00:00", "ada 07-02 07:00"]),
        Case(
            testDescription: "no layers are a gap", layers: [], expected: ["nobody 07-01 00:00"]),
        Case(
            testDescription: "no people are a gap", layers: [rotation("", from: "2026-01-01 09:00")],
            expected: ["nobody 07-01 00:00"]),
        Case(
            testDescription: "a turn of no days is a gap", layers: [rotation("ada", from: "2026-01-01 09:00", .days(0))],
            expected: ["nobody 07-01 00:00"]),
        Case(
            testDescription: "a turn longer than time itself",
            layers: [rotation("ada bob", from: "2026-01-01 09:00", .weeks(.max))],
            expected: ["ada 07-01 00:00"]),
        Case(
            testDescription: "who follows himself has one shift", layers: [rotation("ada ada bob", from: "2026-06-30 09:00")],
            expected: ["ada 07-01 00:00", "bob 07-02 07:00"]),
        Case(
            testDescription: "two weeks are two weeks", layers: [rotation("ada bob", from: "2026-06-18 09:00", .weeks(2))],
            expected: ["ada 07-01 00:00", "bob 07-02 07:00"]),
        Case(
            testDescription: "three days are three days", layers: [rotation("ada bob", from: "2026-06-29 09:00", .days(3))],
            expected: ["ada 07-01 00:00", "bob 07-02 07:00"]),
        Case(
            testDescription: "a higher layer splits a lower one",
            layers: [
                rotation("ada", from: "2026-01-01 00:00"),
                rotation("bob", from: "2026-01-01 00:00", hours: [.init(from: 9 * 60, until: 17 * 60)], priority: 1),
            ],
            expected: [
                "ada 07-01 00:00", "bob 07-01 07:00", "ada 07-01 15:00", "bob 07-02 07:00", "ada 07-02 15:00",
            ]),
        Case(
            testDescription: "the order in which layers are written means nothing",
            layers: [
                rotation("bob", from: "2026-01-01 00:00", hours: [.init(from: 9 * 60, until: 17 * 60)], priority: -1),
                rotation("ada", from: "2026-01-01 00:00", hours: [.init(from: 12 * 60, until: 24 * 60)], priority: 2),
            ],
            expected: [
                "nobody 07-01 00:00", "bob 07-01 07:00", "ada 07-01 10:00", "nobody 07-01 22:00", "bob 07-02 07:00",
                "ada 07-02 10:00", "nobody 07-02 22:00",
            ]),
        Case(
            testDescription: "layers of equal priority are on call together, each person once",
            layers: [
                rotation("eve ada", from: "2026-07-01 09:00"), rotation("bob ada", from: "2026-07-01 09:00", .days(1)),
                rotation("cyd", from: "2026-01-01 00:00", priority: -1),
            ],
            expected: ["cyd 07-01 00:00", "bob+eve 07-01 07:00", "ada 07-02 07:00"]),
        Case(
            testDescription: "hours over midnight belong to the weekday on which they begin",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(weekdays: [3], from: 22 * 60, until: 6 * 60)])],
            expected: ["nobody 07-01 00:00", "ada 07-01 20:00", "nobody 07-02 04:00"]),
        Case(
            testDescription: "hours that end where they begin are a whole day",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(weekdays: [3], from: 540, until: 540)])],
            expected: ["nobody 07-01 00:00", "ada 07-01 07:00", "nobody 07-02 07:00"]),
        Case(
            testDescription: "hours that overlap or touch are one stretch",
            layers: [
                rotation(
                    "ada", from: "2026-01-01 00:00",
                    hours: [
                        .init(weekdays: [3], from: 12 * 60, until: 15 * 60), .init(weekdays: [3], from: 9 * 60, until: 13 * 60),
                        .init(weekdays: [3], from: 15 * 60, until: 16 * 60),
                    ])
            ],
            expected: ["nobody 07-01 00:00", "ada 07-01 07:00", "nobody 07-01 14:00"]),
        Case(
            testDescription: "a handoff inside the hours",
            layers: [rotation("ada bob", from: "2026-06-30 23:00", hours: [night])],
            expected: [
                "ada 07-01 00:00", "nobody 07-01 04:00", "ada 07-01 20:00", "bob 07-01 21:00", "nobody 07-02 04:00",
                "bob 07-02 20:00", "ada 07-02 21:00",
            ]),
        Case(
            testDescription: "a night in which the clock goes forward is seven hours long",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [night])],
            stretch: ("2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z"),
            expected: ["nobody 03-28 12:00", "ada 03-28 21:00", "nobody 03-29 04:00", "ada 03-29 20:00"]),
        Case(
            testDescription: "a night in which the clock goes back is nine hours long",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [night])],
            stretch: ("2026-10-24T12:00:00Z", "2026-10-26T00:00:00Z"),
            expected: ["nobody 10-24 12:00", "ada 10-24 20:00", "nobody 10-25 05:00", "ada 10-25 21:00"]),
        Case(
            testDescription: "hours that begin in a doubled hour begin once",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(from: 150, until: 240)])],
            stretch: ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
            expected: ["nobody 10-24 12:00", "ada 10-25 00:30", "nobody 10-25 03:00"]),
        Case(
            testDescription: "hours that end in a doubled hour end once",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(from: 60, until: 150)])],
            stretch: ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
            expected: ["nobody 10-24 12:00", "ada 10-24 23:00", "nobody 10-25 00:30"]),
        Case(
            testDescription: "hours that begin in a skipped hour have the offset before",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(from: 150, until: 240)])],
            stretch: ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            expected: ["nobody 03-28 12:00", "ada 03-29 01:30", "nobody 03-29 02:00"]),
        Case(
            testDescription: "hours that the clock leaps over do not come",
            layers: [rotation("ada", from: "2026-01-01 00:00", hours: [.init(from: 135, until: 165)])],
            stretch: ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
            expected: ["nobody 03-28 12:00", "ada 03-30 00:15", "nobody 03-30 00:45"]),
        Case(
            testDescription: "hours of a day that the zone skips do not come",
            layers: [rotation("ada", from: "2011-01-01 00:00", hours: [.init(weekdays: [5, 6], from: 540, until: 600)])],
            zone: "Pacific/Apia", stretch: ("2011-12-30T00:00:00Z", "2012-01-01T00:00:00Z"),
            expected: ["nobody 12-30 00:00", "ada 12-30 19:00", "nobody 12-30 20:00"]),
        Case(
            testDescription: "on a day that the zone skips nobody has the turn",
            layers: [rotation("ada bob cyd", from: "2011-12-29 09:00")], zone: "Pacific/Apia",
            stretch: ("2011-12-29T19:00:00Z", "2012-01-01T00:00:00Z"),
            expected: ["ada 12-29 19:00", "cyd 12-30 19:00", "ada 12-31 19:00"]),
        Case(
            testDescription: "an override stands in for whoever is on call",
            layers: [rotation("ada", from: "2026-01-01 00:00"), rotation("bob", from: "2026-01-01 00:00")],
            overrides: [override("eve", "2026-07-01T10:00:00Z", "2026-07-01T12:00:00Z")],
            expected: ["ada+bob 07-01 00:00", "eve 07-01 10:00", "ada+bob 07-01 12:00"]),
        Case(
            testDescription: "an override fills a gap", layers: [],
            overrides: [override("eve", "2026-07-01T10:00:00Z", "2026-07-01T12:00:00Z")],
            expected: ["nobody 07-01 00:00", "eve 07-01 10:00", "nobody 07-01 12:00"]),
        Case(
            testDescription: "of overrides that overlap the one created last holds, wherever it begins",
            layers: [rotation("ada", from: "2026-01-01 00:00")],
            overrides: [
                override("eve", "2026-07-01T10:00:00Z", "2026-07-01T20:00:00Z", created: 3),
                override("bob", "2026-07-01T08:00:00Z", "2026-07-01T12:00:00Z", created: 4),
                override("cyd", "2026-07-01T18:00:00Z", "2026-07-01T22:00:00Z", created: 2),
            ],
            expected: [
                "ada 07-01 00:00", "bob 07-01 08:00", "eve 07-01 12:00", "cyd 07-01 20:00", "ada 07-01 22:00",
            ]),
        Case(
            testDescription: "of overrides created together the one with the later id holds",
            layers: [rotation("ada", from: "2026-01-01 00:00")],
            overrides: [
                override("eve", "2026-07-01T10:00:00Z", "2026-07-01T12:00:00Z", id: "2"),
                override("bob", "2026-07-01T08:00:00Z", "2026-07-01T14:00:00Z", id: "1"),
            ],
            expected: ["ada 07-01 00:00", "bob 07-01 08:00", "eve 07-01 10:00", "bob 07-01 12:00", "ada 07-01 14:00"]),
        Case(
            testDescription: "overrides of other schedules and those of no length mean nothing",
            layers: [rotation("ada", from: "2026-01-01 00:00")],
            overrides: [
                override("eve", "2026-07-01T10:00:00Z", "2026-07-01T12:00:00Z", schedule: "data"),
                override("bob", "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"),
                override("cyd", "2026-07-01T09:00:00Z", "2026-07-01T08:00:00Z"),
            ],
            expected: ["ada 07-01 00:00"]),
    ]

    @Test("Layers and overrides", arguments: cases) func shifts(row: Case) throws {
        let schedule = OnCallSchedule(name: "platform", zone: try Zones.named(row.zone), layers: row.layers)
        let (from, until) = (Timestamp(row.stretch.0)!, Timestamp(row.stretch.1)!)
        let shifts = schedule.shifts(from: from, until: until, overrides: row.overrides)
        #expect(Self.text(shifts) == row.expected)
        #expect(shifts.first?.from == from && shifts.last?.until == until)
        #expect(schedule.gaps(from: from, until: until, overrides: row.overrides) == shifts.filter(\.people.isEmpty))
        for shift in shifts {
            for instant in [shift.from, shift.until - .microseconds(1)] {
                #expect(schedule.onCall(at: instant, overrides: row.overrides) == shift.people, "\(instant)")
            }
            let isLast = shift == shifts.last
            let change = schedule.nextChange(after: shift.from, overrides: row.overrides)
            #expect(isLast ? change.map { $0 >= until } != false : change == shift.until, "\(shift.from)")
            let whole = schedule.shift(at: shift.from, overrides: row.overrides)
            #expect(whole?.people ?? [] == shift.people && (isLast || whole == nil || whole?.until == shift.until))
            #expect(shift == shifts.first || whole == nil || whole?.from == shift.from)
        }
        #expect(schedule.shifts(from: from, until: from).isEmpty)
        #expect(schedule.shifts(from: until, until: from).isEmpty)
    }

    @Test("A shift that does not end is given two years; where nobody is on call there is none") func horizon() throws {
        let schedule = try Self.schedule("Europe/Berlin", Self.rotation("ada", from: "2026-07-01 09:00"))
        let start = Timestamp("2026-07-01T07:00:00Z")!
        #expect(schedule.shift(at: start - .seconds(1)) == nil)
        #expect(schedule.nextChange(after: start - .seconds(1)) == start)
        #expect(schedule.nextChange(after: start) == nil)
        let now = start + .seconds(3600)
        #expect(
            schedule.shift(at: now) == OnCallShift(people: ["ada"], from: start, until: now + OnCallSchedule.horizon))
        let later = now + .seconds(2000 * 86_400)
        let horizon = OnCallSchedule.horizon
        #expect(schedule.shift(at: later) == OnCallShift(people: ["ada"], from: later - horizon, until: later + horizon))
        #expect(schedule.onCall(at: .distantPast) == [] && schedule.onCall(at: .distantFuture) == ["ada"])
    }

    @Test("A newer database that changes later clocks moves no earlier handoff and nobody's turn") func newerDatabase() throws {
        let bytes = try Zones.bytes("Europe/Berlin")
        let rule = Array("CET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
        #expect(bytes.suffix(rule.count) == rule[...])
        let before = try TimeZoneRules.read(bytes, name: "before").get()
        let after = try TimeZoneRules.read(bytes.dropLast(rule.count) + Array("CEST-2\n".utf8), name: "after").get()
        let rotation = Self.rotation("ada bob cyd", from: "2036-01-01 09:00")
        let (from, until) = (Timestamp("2036-01-02T00:00:00Z")!, Timestamp("2040-01-01T00:00:00Z")!)
        let old = OnCallSchedule(name: "platform", zone: before, layers: [rotation]).shifts(from: from, until: until)
        let new = OnCallSchedule(name: "platform", zone: after, layers: [rotation]).shifts(from: from, until: until)
        #expect(old.map(\.people) == new.map(\.people))
        let days = (0..<1400).map { from + .seconds(86_400 * $0) }
        let change = try #require(days.first { before.offset(at: $0) != after.offset(at: $0) })
        let past = old.filter { $0.until <= change }
        #expect(past.count > 600 && past == new.filter { $0.until <= change } && old != new)
    }

    @Test("A turn of twenty weeks begins and ends on its weekday at its hour") func longTurn() throws {
        let zone = try Zones.named("Europe/London")
        let rotation = Self.rotation("ada bob", from: "2026-01-05 09:00", .weeks(20))
        let shift = try #require(rotation.shift(at: Timestamp("2026-07-01T12:00:00Z")!, in: zone))
        #expect(shift.person == "bob")
        #expect(zone.local(at: shift.from) == local("2026-05-25 09:00"))
        #expect(zone.local(at: shift.until) == local("2026-10-12 09:00"))
        #expect(rotation.shift(at: Timestamp("2026-01-05T08:59:59Z")!, in: zone) == nil)
    }
}
