import Model
import Settings

/// When a probe runs, and how long a run may take.
struct Timing {
    var schedule: Schedule
    var timeout: Duration
    var retryInterval: Duration
}

extension Reading {
    static let defaultEvery = Duration.seconds(60)
    static let defaultTimeout = Duration.seconds(10)

    func timing(_ fields: Fields, _ defaults: ProbeDefaults) -> Timing {
        let range = Reading.shortestEvery...Reading.longestEvery
        let schedule = schedule(fields, defaults)
        let interval = schedule.interval
        let ownTimeout = fields.duration("timeout", in: .milliseconds(1)...Reading.longestEvery)
        let timeout = ownTimeout ?? defaults.timeout ?? min(Reading.defaultTimeout, interval)
        let (key, shown): (String, String) =
            switch schedule {
            case .every(let every): ("every", "every (\(every.short))")
            case .cron: ("cron", "the shortest time between two runs (\(interval.short))")
            }
        if timeout > interval {
            let key = ownTimeout == nil && fields.has(key) ? key : "timeout"
            problems.add(fields.place(of: key), "the timeout (\(timeout.short)) is longer than \(shown): runs would overlap")
        }
        let ownRetry = fields.duration("retry_interval", in: range)
        let retry = ownRetry ?? defaults.retryInterval.map { min($0, interval) } ?? max(interval / 3, Reading.shortestEvery)
        if let ownRetry, ownRetry > interval {
            fields.problem(
                at: "retry_interval", "retry_interval (\(ownRetry.short)) is longer than \(shown): a retry comes sooner")
        }
        return Timing(schedule: schedule, timeout: timeout, retryInterval: retry)
    }

    /// `every` or `cron`. Where it is wrong, its problem is told, and the rest is judged by the default.
    private func schedule(_ fields: Fields, _ defaults: ProbeDefaults) -> Schedule {
        let every = fields.duration("every", in: Reading.shortestEvery...Reading.longestEvery)
        let cron = fields.has("cron") ? cron(fields) : nil
        if fields.has("cron"), fields.has("every") {
            problems.add(fields.keyPlace(of: "cron"), "cron: the probe has every too; it takes one of them")
        } else {
            fields.expect(["cron"])
        }
        return cron ?? .every(every ?? defaults.every ?? Reading.defaultEvery)
    }

    private func cron(_ fields: Fields) -> Schedule? {
        calendar("cron", fields).map { .cron($0.schedule, zone: $0.zone) }
    }
}
