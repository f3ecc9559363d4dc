/// A person: channels in the order in which they are tried.
package struct Contact: Sendable, Hashable {
    package var name: String
    package var channels: [String]
    /// The next channel is tried if the one before has not accepted within this; nil: 60 s for critical, 5 min for warning.
    package var failoverAfter: Duration?
    /// The first channel goes on being tried once another has taken over.
    package var keepPrimary: Bool
    package init(name: String, channels: [String], failoverAfter: Duration? = nil, keepPrimary: Bool = false) {
        self.name = name
        self.channels = channels
        self.failoverAfter = failoverAfter
        self.keepPrimary = keepPrimary
    }
}

/// A summary at times of the calendar: what is open, what happened, what was held back.
package struct DigestSpec: Sendable, Hashable {
    package var name: String
    package var schedule: CronSchedule
    package var zone: TimeZoneRules
    /// Channels, contacts or schedules.
    package var to: [String]
    /// Sent also where there is nothing to say.
    package var heartbeat: Bool
    package init(name: String, schedule: CronSchedule, zone: TimeZoneRules, to: [String], heartbeat: Bool = false) {
        self.name = name
        self.schedule = schedule
        self.zone = zone
        self.to = to
        self.heartbeat = heartbeat
    }
}
