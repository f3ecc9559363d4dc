/// The same people are on call throughout `[from, until)`; with no people it is a gap.
package struct OnCallShift: Sendable, Hashable {
    /// Names of contacts, sorted, each once.
    package var people: [String]
    package var from: Timestamp
    package var until: Timestamp
    package init(people: [String], from: Timestamp, until: Timestamp) {
        self.people = people
        self.from = from
        self.until = until
    }
}

// Who is on call: the override that was created last of those that hold; else everybody whose turn it is in the layers of the highest
// priority that have somebody. A layer has nobody before its start and outside its hours, and the layers below show through.
extension OnCallSchedule {
    /// How far `shift` and `nextChange` look: two years, longer than any turn that people mean.
    package static let horizon: Duration = .seconds(732 * 86_400)

    /// Names of the contacts who are on call, sorted, each once; none in a gap. Overrides of other schedules are ignored.
    package func onCall(at now: Timestamp, overrides: [OnCallOverride] = []) -> [String] {
        let holding = overrides.filter { $0.schedule == name && $0.startsAt <= now && now < $0.endsAt }
        if let override = holding.max(by: Self.isOlder) { return [override.person] }
        let second = now.microseconds.floorDivided(by: 1_000_000)
        var clock = OnCallClock(zone, from: second, through: second)
        var priority = Int.min
        var people: Set<String> = []
        for layer in layers where layer.priority >= priority {
            guard let person = layer.person(at: second, &clock) else { continue }
            if layer.priority > priority { people = [] }
            priority = layer.priority
            people.insert(person)
        }
        return people.sorted()
    }

    /// The longest stretch around an instant with the same people on call; nil in a gap. An end that lies beyond the horizon is given
    /// as lying there.
    package func shift(at now: Timestamp, overrides: [OnCallOverride] = []) -> OnCallShift? {
        let people = onCall(at: now, overrides: overrides)
        guard !people.isEmpty else { return nil }
        let until = nextChange(after: now, overrides: overrides) ?? Self.clamped(now, +1)
        return OnCallShift(people: people, from: lastChange(before: now, people, overrides), until: until)
    }

    /// The first instant after one at which other people are on call, or nobody, or somebody again; nil where that does not happen
    /// before the horizon.
    package func nextChange(after now: Timestamp, overrides: [OnCallOverride] = []) -> Timestamp? {
        let people = onCall(at: now, overrides: overrides)
        let end = Self.clamped(now, +1)
        var (from, step) = (now, Self.firstStep)
        while from < end {
            let until = end - from > step ? from + step : end
            for shift in shifts(from: from, until: until, overrides: overrides) where shift.people != people {
                return shift.from
            }
            (from, step) = (until, step * 4)
        }
        return nil
    }

    /// The instant since which the people of `now` are on call.
    private func lastChange(before now: Timestamp, _ people: [String], _ overrides: [OnCallOverride]) -> Timestamp {
        let end = Self.clamped(now, -1)
        var (until, step) = (now, Self.firstStep)
        while end < until {
            let from = until - end > step ? until - step : end
            let shifts = shifts(from: from, until: until, overrides: overrides)
            if let other = shifts.last(where: { $0.people != people }) { return other.until }
            (until, step) = (from, step * 4)
        }
        return end
    }

    /// Most changes come within two days.
    private static let firstStep = Duration.seconds(2 * 86_400)

    /// The horizon of an instant, as far as there are instants.
    private static func clamped(_ now: Timestamp, _ sign: Int64) -> Timestamp {
        let (sum, overflows) = now.microseconds.addingReportingOverflow(sign * horizon.microseconds)
        return Timestamp(microseconds: overflows ? (sign < 0 ? .min : .max) : sum)
    }

    /// Of two overrides that hold at once the newer one counts; the id decides between those of the same microsecond.
    private static func isOlder(_ a: OnCallOverride, _ b: OnCallOverride) -> Bool { (a.createdAt, a.id) < (b.createdAt, b.id) }

    /// The gaps of `[from, until)`, in order.
    package func gaps(from: Timestamp, until: Timestamp, overrides: [OnCallOverride] = []) -> [OnCallShift] {
        shifts(from: from, until: until, overrides: overrides).filter(\.people.isEmpty)
    }

    /// Who is on call in `[from, until)`, in order. Each shift begins where the one before ends, with other people; a gap is a shift
    /// of nobody. The first and the last are cut to the stretch.
    package func shifts(from: Timestamp, until: Timestamp, overrides: [OnCallOverride] = []) -> [OnCallShift] {
        guard from < until else { return [] }
        let first = from.microseconds.floorDivided(by: 1_000_000)
        let last = (until.microseconds - 1).floorDivided(by: 1_000_000) + 1
        var clock = OnCallClock(zone, from: first, through: last)
        var layers = layers.sorted { $0.priority > $1.priority }.map { layer in
            Sweep(layer: layer, stretches: layer.stretches(from: first, until: last, &clock))
        }
        let overrides = overrides.filter {
            $0.schedule == name && $0.startsAt < $0.endsAt && $0.startsAt < until && from < $0.endsAt
        }.sorted { $0.startsAt < $1.startsAt }
        var marks = overrides.flatMap { [$0.startsAt.microseconds, $0.endsAt.microseconds] }
        for layer in layers {
            for stretch in layer.stretches { marks += [stretch.start * 1_000_000, stretch.end * 1_000_000] }
        }
        marks.removeAll { $0 <= from.microseconds || $0 >= until.microseconds }
        marks.sort()

        var shifts: [OnCallShift] = []
        var holding: [OnCallOverride] = []
        var next = 0
        /// The people from one mark to the next, between which nothing changes.
        func people(at mark: Int64) -> [String] {
            while next < overrides.count, overrides[next].startsAt.microseconds <= mark {
                holding.append(overrides[next])
                next += 1
            }
            if !holding.isEmpty { holding.removeAll { $0.endsAt.microseconds <= mark } }
            if let override = holding.max(by: Self.isOlder) { return [override.person] }
            let second = mark.floorDivided(by: 1_000_000)
            var priority: Int?
            var people: [String] = []
            for index in layers.indices where priority == nil || priority == layers[index].layer.priority {
                guard let person = layers[index].person(at: second) else { continue }
                priority = layers[index].layer.priority
                if !people.contains(person) { people.append(person) }
            }
            return people.count > 1 ? people.sorted() : people
        }
        var mark = from.microseconds
        for following in marks + [until.microseconds] where following > mark {
            let people = people(at: mark)
            if shifts.last?.people == people {
                shifts[shifts.count - 1].until = Timestamp(microseconds: following)
            } else {
                shifts.append(
                    OnCallShift(
                        people: people, from: Timestamp(microseconds: mark), until: Timestamp(microseconds: following)))
            }
            mark = following
        }
        return shifts
    }

    /// A layer's stretches, asked for in the order of time.
    private struct Sweep {
        var layer: Rotation
        var stretches: [Rotation.Turn]
        private var next = 0

        init(layer: Rotation, stretches: [Rotation.Turn]) {
            self.layer = layer
            self.stretches = stretches
        }

        mutating func person(at second: Int64) -> String? {
            while next < stretches.count, stretches[next].end <= second { next += 1 }
            return next < stretches.count && stretches[next].start <= second ? layer.people[stretches[next].index] : nil
        }
    }
}
