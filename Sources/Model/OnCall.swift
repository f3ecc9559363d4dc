/// Who is on call when: layers of rotations, the highest priority first, and overrides above all of them.
package struct OnCallSchedule: Sendable, Hashable {
    package var name: String
    package var zone: TimeZoneRules
    package var layers: [Rotation]
    package init(name: String, zone: TimeZoneRules, layers: [Rotation]) {
        self.name = name
        self.zone = zone
        self.layers = layers
    }
}

/// People who take turns. Boundaries are times of the wall clock: a shift is as long as the zone makes it.
package struct Rotation: Sendable, Hashable {
    package enum Handoff: Sendable, Hashable {
        /// Every so many days, at the minute of the day of `start`.
        case days(Int)
        /// Every so many weeks, on the weekday of `start`.
        case weeks(Int)
    }
    /// Hours of some weekdays, by the wall clock.
    package struct Restriction: Sendable, Hashable {
        /// 0 is Sunday.
        package var weekdays: Set<Int>
        /// Minutes of the day, `[from, until)`; an `until` that is not after `from` lies on the next day.
        package var from: Int
        package var until: Int
        package init(weekdays: Set<Int> = Set(0...6), from: Int = 0, until: Int = 1440) {
            self.weekdays = weekdays
            self.from = from
            self.until = until
        }
    }
    package var name: String
    /// Names of contacts.
    package var people: [String]
    package var start: LocalTime
    package var handoff: Handoff
    /// Empty: always.
    package var restrictions: [Restriction]
    /// Higher ones go first; equal ones are on call together.
    package var priority: Int
    package init(
        name: String, people: [String], start: LocalTime, handoff: Handoff, restrictions: [Restriction] = [], priority: Int = 0
    ) {
        self.name = name
        self.people = people
        self.start = start
        self.handoff = handoff
        self.restrictions = restrictions
        self.priority = priority
    }
}

/// Somebody stands in for whoever is on call, `[startsAt, endsAt)`.
package struct OnCallOverride: Sendable, Hashable {
    /// A ULID.
    package var id: String
    package var schedule: String
    /// The name of a contact.
    package var person: String
    package var startsAt: Timestamp
    package var endsAt: Timestamp
    package var author: String
    package var comment: String
    package var createdAt: Timestamp
    /// Not over at one time.
    package static let maximum = 10_000
    package init(
        id: String, schedule: String, person: String, startsAt: Timestamp, endsAt: Timestamp, author: String,
        comment: String = "", createdAt: Timestamp
    ) {
        self.id = id
        self.schedule = schedule
        self.person = person
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.author = author
        self.comment = comment
        self.createdAt = createdAt
    }
}
