import Model
import Testing

@Suite("Who is on call, of random schedules") struct OnCallPropertyTests {
    /// Seasons around changes of the clock, two of them skipped days.
    private static let seasons = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"), ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:00:00Z"), ("America/Havana", "2026-11-01T05:00:00Z"),
        ("Asia/Beirut", "2026-03-28T22:00:00Z"), ("Antarctica/Troll", "2026-03-29T01:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"), ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
        ("America/Nuuk", "2026-03-29T01:00:00Z"), ("UTC", "2026-02-28T00:00:00Z"), ("Europe/Berlin", "2060-03-28T01:00:00Z"),
    ]

    /// A layer as a list of everything that happens in it, found by asking the zone about each day on its own.
    private struct Listed {
        var layer: Rotation
        var handoffs: [Timestamp] = []
        var windows: [(from: Timestamp, until: Timestamp)] = []

        init(_ layer: Rotation, _ zone: TimeZoneRules, through last: Int64) {
            self.layer = layer
            let days: Int64 = if case .days(let count) = layer.handoff { Int64(count) } else { 7 }
            var day = layer.start.day
            while day < last {
                handoffs.append(zone.instant(of: LocalTime(seconds: day * 86_400 + layer.start.secondOfDay)))
                day += days
            }
            for day in (layer.start.day - 3)..<last {
                let midnight = LocalTime(day: day)
                for hours in layer.restrictions where hours.weekdays.contains(Int(midnight.weekday)) {
                    let until = hours.until <= hours.from ? hours.until + 1440 : hours.until
                    func local(_ minute: Int) -> LocalTime { LocalTime(day: day, minute: Int64(minute)) }
                    let isShown =
                        !zone.instants(of: local(hours.from)).isEmpty
                        || (hours.from..<until).contains { !zone.instants(of: local($0)).isEmpty }
                    if isShown { windows.append((zone.instant(of: local(hours.from)), zone.instant(of: local(until)))) }
                }
            }
        }

        func person(at now: Timestamp) -> String? {
            guard let number = handoffs.lastIndex(where: { $0 <= now }) else { return nil }
            let isHour = layer.restrictions.isEmpty || windows.contains { $0.from <= now && now < $0.until }
            return isHour ? layer.people[number % layer.people.count] : nil
        }
    }

    private static func people(_ layers: [Listed], _ overrides: [OnCallOverride], at now: Timestamp) -> [String] {
        let holding = overrides.filter { $0.schedule == "platform" && $0.startsAt <= now && now < $0.endsAt }
        if let newest = holding.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }).last { return [newest.person] }
        let present = layers.compactMap { layer in layer.person(at: now).map { (layer.layer.priority, $0) } }
        return Set(present.filter { $0.0 == present.map(\.0).max() }.map(\.1)).sorted()
    }

    @Test(
        "Shifts cover the time without gap or overlap, and agree with onCall and a list of every handoff around each boundary")
    func partition() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var draws = Draws(seed: seed)
        var (boundaries, together, gaps) = (0, 0, 0)
        for round in 0..<104 {
            let (name, change) = Self.seasons[round % Self.seasons.count]
            let zone = try Zones.named(name)
            let middle = Timestamp(change)!
            let day = zone.local(at: middle).day
            let layers = (0..<Int.random(in: 1...4, using: &draws)).map { _ in Self.layer(around: day, &draws) }
            let schedule = OnCallSchedule(name: "platform", zone: zone, layers: layers)
            let from = middle - .seconds(Int64.random(in: 0...2_000_000, using: &draws))
            let until = middle + .milliseconds(Int64.random(in: 1...1_000_000_000, using: &draws))
            let overrides = (0..<Int.random(in: 0...3, using: &draws)).map { Self.override($0, around: middle, &draws) }
            let shifts = schedule.shifts(from: from, until: until, overrides: overrides)
            let listed = layers.map { Listed($0, zone, through: day + 20) }

            let what: Comment = "round \(round) of seed \(seed)"
            #expect(shifts.first?.from == from && shifts.last?.until == until, what)
            #expect(shifts.allSatisfy { $0.from < $0.until }, what)
            for (shift, next) in zip(shifts, shifts.dropFirst()) {
                #expect(shift.until == next.from && shift.people != next.people, what)
                #expect(schedule.nextChange(after: shift.from, overrides: overrides) == shift.until, what)
            }
            for shift in shifts.dropFirst().dropLast() {
                let last = shift.until - .microseconds(1)
                #expect(schedule.shift(at: last, overrides: overrides) == (shift.people.isEmpty ? nil : shift), what)
            }
            let near = (0..<6).map { _ in middle + .seconds(Int64.random(in: -7200...7200, using: &draws)) }
            let probes =
                near
                + shifts.flatMap { shift in
                    [.seconds(-1), .microseconds(-1), .zero, .seconds(1)].map { shift.from + $0 }
                }
            for probe in probes + [until - .microseconds(1)] where probe >= from && probe < until {
                let people = shifts.first { $0.from <= probe && probe < $0.until }?.people
                let now = schedule.onCall(at: probe, overrides: overrides)
                let expected = Self.people(listed, overrides, at: probe)
                #expect(people == now && now == expected, "\(name) at \(probe), \(what)")
                boundaries += 1
            }
            together += shifts.filter { $0.people.count > 1 }.count
            gaps += shifts.filter(\.people.isEmpty).count
        }
        print("\(boundaries) instants, \(together) shifts of several people, \(gaps) gaps")
        #expect(boundaries > 1000 && together > 20 && gaps > 50)
    }

    private static func layer(around day: Int64, _ draws: inout Draws) -> Rotation {
        let minutes = [0, 30, 90, 120, 135, 150, 180, 540, 1020, 1320, 1380, 1439]
        func minute() -> Int { minutes.randomElement(using: &draws)! }
        let people = (0..<Int.random(in: 1...4, using: &draws)).map { _ in
            ["ada", "bob", "cyd", "dan"].randomElement(using: &draws)!
        }
        let handoffs = [Rotation.Handoff.days(1), .days(1), .days(2), .days(5), .weeks(1)]
        let restrictions = (0..<[0, 0, 1, 2].randomElement(using: &draws)!).map { _ in
            Rotation.Restriction(
                weekdays: Set((0...6).filter { _ in Int.random(in: 0...3, using: &draws) > 0 }), from: minute(),
                until: Bool.random(using: &draws) ? 1440 : minute())
        }
        let start = LocalTime(day: day - Int64.random(in: -5...50, using: &draws), minute: Int64(minute()))
        return Rotation(
            name: "layer", people: people, start: start, handoff: handoffs.randomElement(using: &draws)!,
            restrictions: restrictions, priority: Int.random(in: -1...1, using: &draws))
    }

    private static func override(_ number: Int, around middle: Timestamp, _ draws: inout Draws) -> OnCallOverride {
        let start = middle + .milliseconds(Int64.random(in: -900_000_000...900_000_000, using: &draws))
        return OnCallOverride(
            id: "\(number)", schedule: Int.random(in: 0...4, using: &draws) == 0 ? "data" : "platform",
            person: ["eve", "ada"].randomElement(using: &draws)!, startsAt: start,
            endsAt: start + .milliseconds(Int64.random(in: 0...200_000_000, using: &draws)), author: "eve",
            createdAt: Timestamp(seconds: Int64.random(in: 0...2, using: &draws)))
    }
}
