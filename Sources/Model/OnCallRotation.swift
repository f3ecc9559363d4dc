extension Rotation {
    /// One person's time between two handoffs, `[start, end)`, in seconds since 1970.
    package struct Turn: Sendable, Hashable {
        package var start: Int64
        package var end: Int64
        /// Of `people`.
        package var index: Int
    }

    /// Longer turns than these days, a hundred years, are cut to them.
    private static let longestTurn = 36_525

    /// The days of a turn; nil where nobody can ever be on call.
    private var days: Int64? {
        guard !people.isEmpty else { return nil }
        let days =
            switch handoff {
            case .days(let count): min(count, Self.longestTurn)
            case .weeks(let count): min(count, Self.longestTurn / 7) * 7
            }
        return days < 1 ? nil : Int64(days)
    }

    /// Whose turn it is, whatever the restrictions say, and from when until when; nil before `start`.
    package func shift(
        at now: Timestamp, in zone: TimeZoneRules
    ) -> (person: String, from: Timestamp, until: Timestamp)? {
        let second = now.microseconds.floorDivided(by: 1_000_000)
        var clock = OnCallClock(zone, from: second, through: second)
        guard let days, let number = lastHandoff(at: second, days, &clock) else { return nil }
        return (
            people[Int(number % Int64(people.count))], Timestamp(seconds: handoff(number, days, &clock)),
            Timestamp(seconds: handoff(number + 1, days, &clock))
        )
    }

    /// Every turn of which some second lies in `[from, until)`, in order, each whole. A turn ends where the next begins.
    /// A turn of no length, as on a day that the zone skips, is not there; the one after it goes to who would have it anyway.
    package func turns(from: Int64, until: Int64, in zone: TimeZoneRules) -> [Turn] {
        var clock = OnCallClock(zone, from: from, through: until)
        return turns(from: from, until: until, &clock)
    }

    private func turns(from: Int64, until: Int64, _ clock: inout OnCallClock) -> [Turn] {
        guard let days, from < until else { return [] }
        var number = lastHandoff(at: from, days, &clock) ?? 0
        var start = handoff(number, days, &clock)
        var turns: [Turn] = []
        while start < until {
            let end = handoff(number + 1, days, &clock)
            if start < end { turns.append(Turn(start: start, end: end, index: Int(number % Int64(people.count)))) }
            start = end
            number += 1
        }
        return turns
    }

    /// All turns of one person as one.
    private func onlyTurn(until: Int64, _ clock: inout OnCallClock) -> [Turn] {
        guard let days else { return [] }
        let start = handoff(0, days, &clock)
        return start < until ? [Turn(start: start, end: until, index: 0)] : []
    }

    /// How many handoffs have come since `start`, which is number 0: calendar days are counted, for a day has no fixed length.
    private func lastHandoff(at second: Int64, _ days: Int64, _ clock: inout OnCallClock) -> Int64? {
        // No handoff that has come stands later on the calendar than this.
        let latest = LocalTime(seconds: clock.local(at: second).seconds + clock.spread)
        let passed = latest.day - start.day - (latest.secondOfDay < start.secondOfDay ? 1 : 0)
        var number = passed.floorDivided(by: days)
        while number >= 0, handoff(number, days, &clock) > second { number -= 1 }
        return number < 0 ? nil : number
    }

    /// When a turn begins.
    private func handoff(_ number: Int64, _ days: Int64, _ clock: inout OnCallClock) -> Int64 {
        let length = days * 86_400
        let local = start.seconds + number * length
        var second = clock.second(of: local)
        // Were a clock to leap further than a turn is long, a later handoff could come first; then this turn has no length.
        var later = length
        while later < clock.spread {
            second = min(second, clock.second(of: local + later))
            later += length
        }
        return second
    }
}

extension Rotation {
    /// Who is on call at a second, restrictions heeded. The clock covers the second.
    func person(at second: Int64, _ clock: inout OnCallClock) -> String? {
        guard let days, let number = lastHandoff(at: second, days, &clock) else { return nil }
        guard restrictions.isEmpty || restrictions.contains(where: { $0.holds(at: second, &clock) }) else { return nil }
        return people[Int(number % Int64(people.count))]
    }

    /// The parts of `[from, until)` in which somebody is on call, restrictions heeded, in order. The clock covers them.
    func stretches(from: Int64, until: Int64, _ clock: inout OnCallClock) -> [Turn] {
        var turns = people.count == 1 ? onlyTurn(until: until, &clock) : turns(from: from, until: until, &clock)
        for index in turns.indices {
            turns[index].start = max(turns[index].start, from)
            turns[index].end = min(turns[index].end, until)
        }
        guard !restrictions.isEmpty, let first = turns.first else { return turns }
        let windows = windows(from: first.start, until: until, &clock)
        var stretches: [Turn] = []
        var next = 0
        for turn in turns {
            while next < windows.count, windows[next].until <= turn.start { next += 1 }
            var index = next
            while index < windows.count, windows[index].from < turn.end {
                let (start, end) = (max(turn.start, windows[index].from), min(turn.end, windows[index].until))
                stretches.append(Turn(start: start, end: end, index: turn.index))
                index += 1
            }
        }
        return stretches
    }

    /// The hours that the restrictions allow, in order and apart from each other.
    private func windows(from: Int64, until: Int64, _ clock: inout OnCallClock) -> [(from: Int64, until: Int64)] {
        // A window begins up to two days before it ends, and offsets lie up to 52 hours apart.
        let days = clock.local(at: from).day - 4...clock.local(at: until).day + 3
        var all: [(from: Int64, until: Int64)] = []
        for restriction in restrictions {
            for day in days {
                if let window = restriction.window(of: day, &clock), from < window.until { all.append(window) }
            }
        }
        all.sort { $0.from < $1.from }
        var apart: [(from: Int64, until: Int64)] = []
        for window in all {
            if let last = apart.last, window.from <= last.until {
                apart[apart.count - 1].until = max(last.until, window.until)
            } else {
                apart.append(window)
            }
        }
        return apart
    }
}

extension Rotation.Restriction {
    /// The hours of a day, counted since 1970-01-01, in seconds since 1970. Each end is the instant that its local time means, so
    /// hours in a night with a change of the clock are one stretch. Nil on another weekday, and where the clock leaps over them.
    fileprivate func window(of day: Int64, _ clock: inout OnCallClock) -> (from: Int64, until: Int64)? {
        guard weekdays.contains(Int(LocalTime.weekday(of: day))) else { return nil }
        let first = day * 86_400 + Int64(from) * 60
        let last = day * 86_400 + Int64(until) * 60 + (until <= from ? 86_400 : 0)
        let window = (from: clock.second(of: first), until: clock.second(of: last))
        return window.from < window.until && !clock.leaps(from: first, until: last) ? window : nil
    }

    fileprivate func holds(at second: Int64, _ clock: inout OnCallClock) -> Bool {
        let local = clock.local(at: second).seconds
        let days = LocalTime(seconds: local - clock.spread).day - 1...LocalTime(seconds: local + clock.spread).day
        return days.contains { day in window(of: day, &clock).map { $0.from <= second && second < $0.until } ?? false }
    }
}

// Hours that stand by themselves.
extension Rotation.Restriction {
    /// Days in which hours begin that some week has: two weeks, should the clock leap over those of one.
    private static let lookAhead: Int64 = 15

    package func holds(at instant: Timestamp, in zone: TimeZoneRules) -> Bool {
        let second = instant.microseconds.floorDivided(by: 1_000_000)
        var clock = OnCallClock(zone, from: second, through: second)
        return holds(at: second, &clock)
    }

    /// The first instant after one at which the hours begin; nil where they do not for two weeks.
    package func nextBegin(after instant: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        let second = instant.microseconds.floorDivided(by: 1_000_000)
        var clock = OnCallClock(zone, from: second, through: second + Self.lookAhead * 86_400)
        let today = clock.local(at: second).day
        for day in today - 2...today + Self.lookAhead {
            if let window = window(of: day, &clock), window.from > second { return Timestamp(seconds: window.from) }
        }
        return nil
    }
}
