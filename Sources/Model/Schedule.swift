/// When a probe runs.
package enum Schedule: Sendable, Hashable {
    /// Over and over, at a place within the interval that its name decides.
    case every(Duration)
    /// By the calendar and the wall clock of a zone, on the whole minute.
    case cron(CronSchedule, zone: TimeZoneRules)

    /// The shortest time between two runs: the most runs that a window can hold follow from it.
    package var interval: Duration {
        switch self {
        case .every(let interval): interval
        case .cron(let schedule, _): schedule.shortestGap
        }
    }
}
