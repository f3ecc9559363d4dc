package import Model

/// Where a probe with a calendar stands: which planned time is next, and which was the last to run.
///
/// The wall clock may be set while it waits:
/// - Forward past a planned time: that run starts once the step is noticed, and it is the only one for all times that were jumped
///   over. The same after a long stop.
/// - Back over a time that has run: that time does not run again, so there is no run until the clock is past it.
/// - Back by more than `correction` from a time that has run: the clock was wrong then. It is planned from what it shows now, and
///   times run again.
package struct CalendarPlan: Sendable, Hashable {
    /// As crontab(5) has it: up to three hours is a change of time, more is a clock that was wrong.
    package static let correction = Duration.seconds(3 * 3600)
    /// Times that were jumped over are counted up to this many at once: a clock set forward by years should cost nothing.
    static let countedAtOnce = 10_000

    package let schedule: CronSchedule
    package let zone: TimeZoneRules
    /// Nil where no time is to come.
    package private(set) var planned: Timestamp?
    private var last: Timestamp?

    package init(_ schedule: CronSchedule, _ zone: TimeZoneRules, now: Timestamp) {
        self.schedule = schedule
        self.zone = zone
        planned = schedule.next(after: now, in: zone)
    }

    /// Plans anew for what the wall clock shows after it was set. A time that is due stays due.
    package mutating func replan(now: Timestamp) {
        if let planned, planned <= now { return }
        if let ran = last, ran - now > Self.correction { last = nil }
        planned = schedule.next(after: max(last ?? now, now), in: zone)
    }

    /// The run that is due, if one is, with the number of planned times before it that passed without a run.
    package mutating func take(now: Timestamp) -> (planned: Timestamp, missed: Int)? {
        guard var latest = planned, latest <= now else { return nil }
        var missed = 0
        while missed < Self.countedAtOnce, let next = schedule.next(after: latest, in: zone), next <= now {
            latest = next
            missed += 1
        }
        last = latest
        planned = schedule.next(after: missed == Self.countedAtOnce ? now : latest, in: zone)
        return (latest, missed)
    }

    /// When the planned time comes by the monotonic clock as both clocks stand now, in nanoseconds; `.max` for never.
    func uptime(_ now: Moment) -> Int64 {
        guard let planned else { return .max }
        return (now.uptime + (planned - now.wall)).nanoseconds
    }
}
