/// A planned time in which failures of matching alerts are expected: they are not counted, and nobody is told.
package struct MaintenanceWindow: Sendable, Hashable {
    package enum Plan: Sendable, Hashable {
        /// `[from, until)`.
        case once(from: Timestamp, until: Timestamp)
        /// From each time of the schedule, so long.
        case recurring(CronSchedule, Duration, zone: TimeZoneRules)
    }
    package var name: String
    package var matchers: [Matcher]
    package var plan: Plan
    package var comment: String
    package init(name: String, matchers: [Matcher], plan: Plan, comment: String = "") {
        self.name = name
        self.matchers = matchers
        self.plan = plan
        self.comment = comment
    }

    /// The window that holds `now`; where two of a recurring one overlap, from the start of the first to the end of the last.
    package func span(at now: Timestamp) -> (from: Timestamp, until: Timestamp)? {
        switch plan {
        case .once(let from, let until):
            return from <= now && now < until ? (from, until) : nil
        case .recurring(let schedule, let length, let zone):
            // The earliest start whose window has not ended: those since `now - length`, chained while they overlap.
            var start = schedule.next(after: now - length, in: zone)
            guard let first = start, first <= now else { return nil }
            var end = first + length
            while let next = start.flatMap({ schedule.next(after: $0, in: zone) }), next <= end, next <= now {
                end = next + length
                start = next
            }
            return (first, end)
        }
    }

    /// When it next begins or ends after `now`; nil where it never does again.
    package func nextChange(after now: Timestamp) -> Timestamp? {
        if let span = span(at: now) { return span.until }
        switch plan {
        case .once(let from, _): return from > now ? from : nil
        case .recurring(let schedule, _, let zone): return schedule.next(after: now, in: zone)
        }
    }
}
