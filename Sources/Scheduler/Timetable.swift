internal import HeapModule
package import Model

/// When each probe runs next. A pure value. Probes with an interval live on the monotonic clock: a step of the wall clock moves no
/// run of theirs. Probes with a calendar live on the wall clock: `CalendarPlan` says what a step of it does to them.
///
/// Every probe with an interval has a grid of planned times, `start + phase + k * every`, where `start` is when the timetable was made
/// and `phase` a stable hash of the name, spread over the interval. So probes do not start together, and a reload finds each where it
/// was.
///
/// A new probe runs first within `settleIn` (or its interval, if that is shorter), so that a fresh daemon soon shows results, and
/// then on its grid from the first point that is at least half an interval later.
///
/// A late run starts at once; the points that passed meanwhile are counted, never made up for. After a stop longer than `settleIn`,
/// as when the machine slept, probes come back spread as at the start.
package struct Timetable: Sendable {
    /// The spread of first runs, and of all runs after a long stop.
    package static let settleIn = Duration.seconds(10)
    /// Phases stand on a raster of this: what is due in the same slot starts in one turn of the loop, for a wake-up costs as much
    /// as a good part of a run. A thousand probes a second are then twenty at a time.
    package static let slot = Duration.milliseconds(20)
    /// The shortest interval: below it the grid would cost more than the runs.
    package static let shortestInterval = Duration.milliseconds(10)

    /// How often the wall clock is looked at while a calendar waits for it: so late a run is at most after a step forward.
    package static let look = Duration.seconds(15)
    /// A change of the wall clock against the monotonic one that is worth planning anew. Readings of both differ by less.
    static let smallestStep: Int64 = 1_000_000

    package struct Plan: Sendable, Hashable {
        package var name: String
        package var schedule: Schedule
        package init(name: String, schedule: Schedule) {
            self.name = name
            self.schedule = schedule
        }
        package init(name: String, every: Duration) { self.init(name: name, schedule: .every(every)) }
    }

    /// A run to start now.
    package struct Due: Sendable, Hashable {
        package var name: String
        package var planned: Uptime
        package var isExtra: Bool
        /// The planned time of a calendar, which is a wall time.
        package var wall: Timestamp?
    }

    private struct Entry: Sendable {
        var name: String
        var every: Int64
        var phase: Int64
        /// The next planned run.
        var next: Int64
        /// `next` lies on the grid; a first run need not.
        var isOnGrid: Bool
        /// A run that was asked for beside the planned ones.
        var extra: Int64?
        /// What `next` follows in place of the grid.
        var calendar: CalendarPlan?
    }

    /// An entry's time in the queue. It counts only while the entry still wants that time.
    private struct Item: Sendable, Comparable {
        var due: Int64
        var index: Int
        static func < (a: Item, b: Item) -> Bool { (a.due, a.index) < (b.due, b.index) }
    }

    private let start: Int64
    private var entries: [Entry] = []
    private var indices: [String: Int] = [:]
    private var queue = Heap<Item>()
    /// Entries with a calendar.
    private var calendars: [Int] = []
    /// The last time that the wall clock was looked at, and what it was ahead of the monotonic one, in nanoseconds.
    private var looked: Int64
    private var lead: Int64?
    /// Planned times that passed while nobody asked: the machine slept, or this thread did not get its turn.
    package private(set) var missed = 0

    package init(start: Uptime) {
        self.start = start.nanoseconds
        looked = start.nanoseconds
    }

    /// Takes the plans of a configuration in place of those before. A name that keeps its schedule keeps its next run.
    package mutating func replace(with plans: [Plan], now: Moment) {
        let old = entries
        let oldIndices = indices
        entries = []
        entries.reserveCapacity(plans.count)
        indices = [:]
        indices.reserveCapacity(plans.count)
        calendars = []
        for plan in plans {
            let known = oldIndices[plan.name].map { old[$0] }
            precondition(indices.updateValue(entries.count, forKey: plan.name) == nil, "two plans named \(plan.name)")
            if case .cron = plan.schedule { calendars.append(entries.count) }
            entries.append(entry(plan, known, now: now))
        }
        rebuildQueue()
        look(now, always: true)
    }

    private func entry(_ plan: Plan, _ known: Entry?, now: Moment) -> Entry {
        let uptime = now.uptime.nanoseconds
        switch plan.schedule {
        case .every(let every):
            let every = max(every, Timetable.shortestInterval).nanoseconds
            if let known, known.calendar == nil, known.every == every { return known }
            let phase = Timetable.phase(plan.name, over: every)
            var entry = Entry(name: plan.name, every: every, phase: phase, next: 0, isOnGrid: true, extra: known?.extra)
            if known == nil {
                settle(&entry, from: uptime)
            } else {
                entry.next = grid(entry, after: uptime)
            }
            return entry
        case .cron(let schedule, let zone):
            if let known, let calendar = known.calendar, calendar.schedule == schedule, calendar.zone == zone { return known }
            let calendar = CalendarPlan(schedule, zone, now: now.wall)
            return Entry(
                name: plan.name, every: .max, phase: 0, next: calendar.uptime(now), isOnGrid: true, extra: known?.extra,
                calendar: calendar)
        }
    }

    /// Takes what is due: at most one planned and one extra run a probe.
    package mutating func due(now moment: Moment) -> [Due] {
        let now = moment.uptime.nanoseconds
        look(moment)
        var taken: [Due] = []
        while let item = queue.min, item.due <= now {
            queue.removeMin()
            var entry = entries[item.index]
            if entry.extra == item.due {
                taken.append(Due(name: entry.name, planned: Uptime(nanoseconds: item.due), isExtra: true))
                entry.extra = nil
            }
            if entry.next == item.due {
                if let due = entry.calendar == nil ? advance(&entry, now: now) : advanceCalendar(&entry, now: moment) {
                    taken.append(due)
                }
                queue.insert(Item(due: entry.next, index: item.index))
            }
            entries[item.index] = entry
        }
        return taken
    }

    /// Plans the calendars anew where the wall clock was set since the last look.
    private mutating func look(_ now: Moment, always: Bool = false) {
        looked = now.uptime.nanoseconds
        let lead = now.wall.microseconds * 1000 - looked
        if !always, let before = self.lead, abs(lead - before) < Timetable.smallestStep { return }
        self.lead = lead
        for index in calendars {
            entries[index].calendar?.replan(now: now.wall)
            guard let next = entries[index].calendar?.uptime(now), next != entries[index].next else { continue }
            // What a step made due is not late: it is due since the step.
            entries[index].next = max(next, min(looked, entries[index].next))
            queue.insert(Item(due: entries[index].next, index: index))
        }
    }

    /// Asks for a run beside the planned ones. False where there is no such probe. Where a run is due no later anyway, it stays
    /// the only one.
    package mutating func addExtra(_ name: String, at time: Uptime) -> Bool {
        guard let index = indices[name] else { return false }
        let due = time.nanoseconds
        guard due < entries[index].next, due < entries[index].extra ?? .max else { return true }
        entries[index].extra = due
        queue.insert(Item(due: due, index: index))
        return true
    }

    /// When `due` has something to say; nil where nothing is planned.
    package mutating func nextDue() -> Uptime? {
        let look = calendars.isEmpty ? Int64.max : looked + Timetable.look.nanoseconds
        while let item = queue.min, item.due < look {
            if entries[item.index].next == item.due || entries[item.index].extra == item.due {
                return Uptime(nanoseconds: item.due)
            }
            queue.removeMin()
        }
        return calendars.isEmpty ? nil : Uptime(nanoseconds: look)
    }

    /// The next run of a probe, planned or extra, in wall time as the clock stands now; nil where none is to come.
    package func next(_ name: String, now: Moment) -> Timestamp? { indices[name].flatMap { next(entries[$0], now) } }

    /// The same for all that have one.
    package func all(now: Moment) -> [(name: String, next: Timestamp)] {
        entries.compactMap { entry in next(entry, now).map { (entry.name, $0) } }
    }

    private func next(_ entry: Entry, _ now: Moment) -> Timestamp? {
        let extra = entry.extra.map { now.wall + (Uptime(nanoseconds: $0) - now.uptime) }
        let planned =
            entry.calendar.map(\.planned) ?? now.wall + (Uptime(nanoseconds: entry.next) - now.uptime)
        return [extra, planned].compactMap { $0 }.min()
    }

    /// Moves an entry with a calendar past `now`. Returns the run that starts now, if one does.
    private mutating func advanceCalendar(_ entry: inout Entry, now: Moment) -> Due? {
        let planned = entry.next
        let run = entry.calendar?.take(now: now.wall)
        entry.next = entry.calendar?.uptime(now) ?? .max
        guard let run else { return nil }
        missed += run.missed
        return Due(name: entry.name, planned: Uptime(nanoseconds: planned), isExtra: false, wall: run.planned)
    }

    /// Moves an entry past `now`. Returns the run that starts now, if one does.
    private mutating func advance(_ entry: inout Entry, now: Int64) -> Due? {
        func due(_ planned: Int64) -> Due {
            Due(name: entry.name, planned: Uptime(nanoseconds: planned), isExtra: false)
        }
        let following = entry.isOnGrid ? entry.next + entry.every : grid(entry, after: entry.next + entry.every / 2 - 1)
        guard following <= now else {
            defer {
                entry.next = following
                entry.isOnGrid = true
            }
            return due(entry.next)
        }
        let last = grid(entry, after: now) - entry.every
        let passed = Int((last - following) / entry.every) + 1
        if now - entry.next > Timetable.settleIn.nanoseconds {
            missed += passed + 1
            settle(&entry, from: now)
            return nil
        }
        missed += passed
        entry.next = last + entry.every
        entry.isOnGrid = true
        return due(last)
    }

    /// The first point of the grid after a time.
    private func grid(_ entry: Entry, after time: Int64) -> Int64 {
        let origin = start + entry.phase
        let steps = (time - origin) / entry.every
        return time < origin ? origin : origin + (steps + 1) * entry.every
    }

    /// Plans a first run, or the first after a long stop.
    private func settle(_ entry: inout Entry, from now: Int64) {
        if entry.every <= Timetable.settleIn.nanoseconds {
            entry.next = grid(entry, after: now)
            entry.isOnGrid = true
        } else {
            // From the next slot on: nothing at once, where everything starts.
            entry.next = now + Timetable.slot.nanoseconds + Timetable.phase(entry.name, over: Timetable.settleIn.nanoseconds)
            entry.isOnGrid = false
        }
    }

    private mutating func rebuildQueue() {
        var items: [Item] = []
        items.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            items.append(Item(due: entry.next, index: index))
            if let extra = entry.extra { items.append(Item(due: extra, index: index)) }
        }
        queue = Heap(items)
    }

    /// A place within an interval that depends on the name alone: FNV-1a (64 bits), its bits mixed as MurmurHash3's finaliser does,
    /// for names that differ in their last letter only differ little in FNV's high bits, and scaled to the interval. In nanoseconds,
    /// a whole number of slots, or of microseconds as stored times are where the interval is short or no multiple of a slot.
    package static func phase(_ name: String, over interval: Int64) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        hash ^= hash >> 33
        let place = Int64(hash.multipliedFullWidth(by: UInt64(interval / 1000)).high) * 1000
        let slot = Timetable.slot.nanoseconds
        return interval % slot == 0 && interval >= 50 * slot ? place - place % slot : place
    }
}
