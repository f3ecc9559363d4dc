import Model
import Settings

// Times of the wall clock.
extension Reading {
    /// The zone that `zone` names, UTC without one; nil where it is wrong.
    func zone(_ fields: Fields) -> TimeZoneRules? {
        guard let name = fields.string("zone") else { return .utc }
        switch zones.zone(name) {
        case .success(let found): return found
        case .failure(let error):
            fields.problem(at: "zone", "zone: \(error.sentence)")
            return nil
        }
    }

    /// A mapping `{at: "0 9 * * mon-fri", zone: Europe/London}`.
    func calendar(_ key: String, _ fields: Fields) -> (schedule: CronSchedule, zone: TimeZoneRules)? {
        guard let written = fields.fields(key) else { return nil }
        let schedule = written.cron("at", required: true)
        let zone = zone(written)
        written.close()
        guard let schedule, let zone else { return nil }
        return (schedule, zone)
    }

    /// `2026-01-05T09:00`, with no zone of its own.
    func localTime(_ key: String, _ fields: Fields, required: Bool = false) -> LocalTime? {
        guard fields.has(key) else {
            fields.expect([key])
            if required { problems.add(fields.place, "\(key) is missing: expected a local time such as 2026-01-05T09:00") }
            return nil
        }
        guard let text = fields.string(key) else { return nil }
        let time = LocalTime(written: text)
        if time == nil {
            let isInstant = Timestamp(text) != nil || Timestamp(text.replacing("Z", with: ":00Z")) != nil
            fields.problem(
                at: key,
                "\(key): expected a local time such as 2026-01-05T09:00, got \"\(Shown.short(text))\""
                    + (isInstant ? "; its zone is said by the key zone" : ""))
        }
        return time
    }

    /// The instant of a local time. One that the clock skips is doubtful.
    func instant(of time: LocalTime, _ key: String, _ fields: Fields, in zone: TimeZoneRules) -> Timestamp {
        let instant = zone.instant(of: time)
        if zone.instants(of: time).isEmpty {
            fields.warn(
                at: key,
                "\(key): the clocks of \(zone.name) skip \(time.short); \(zone.local(at: instant).short) is taken instead",
                warnings)
        }
        return instant
    }

    /// `hours` and `weekdays` of a mapping; nil where it has neither, or they are wrong.
    func restriction(_ fields: Fields) -> Rotation.Restriction? {
        guard fields.has("hours") || fields.has("weekdays") else { return nil }
        var restriction = Rotation.Restriction()
        if let text = fields.string("hours") {
            guard let (from, until) = Hours.read(text) else {
                // The other key is known, whatever is wrong with this one.
                _ = fields.places("weekdays")
                fields.problem(
                    at: "hours", "hours: expected two times of the day such as \"09:00-17:00\", got \"\(Shown.short(text))\"")
                return nil
            }
            (restriction.from, restriction.until) = (from, until)
        }
        var days: Set<Int> = []
        for (text, place) in fields.places("weekdays") ?? [] {
            guard let some = Weekdays.read(text) else {
                problems.add(
                    place,
                    "weekdays: expected days such as mon-fri or sat,sun, got \"\(Shown.short(text))\"; "
                        + "known: \(Weekdays.names.joined(separator: ", "))")
                return nil
            }
            days.formUnion(some)
        }
        if fields.shape(of: "weekdays") == .list(count: 0) { fields.problem(at: "weekdays", "weekdays: the list is empty") }
        if !days.isEmpty { restriction.weekdays = days }
        return restriction
    }
}

extension Fields {
    fileprivate func warn(at key: String, _ message: String, _ warnings: Problems) { warnings.add(place(of: key), message) }
}

extension LocalTime {
    /// `YYYY-MM-DDTHH:MM`, seconds may follow; a space may stand for the `T`.
    init?(written text: String) {
        let bytes = text.utf8.count
        guard bytes == 16 || bytes == 19, let instant = Timestamp(bytes == 16 ? text + ":00Z" : text + "Z") else { return nil }
        self = TimeZoneRules.utc.local(at: instant)
    }

    /// Without seconds where these are zero.
    var short: String { description.hasSuffix(":00") ? String(description.dropLast(3)) : description }
}

/// `09:00-17:00`
enum Hours {
    /// Minutes of the day; 24:00 is an end only.
    static func read(_ text: String) -> (from: Int, until: Int)? {
        let halves = text.split(separator: "-", omittingEmptySubsequences: false).map { minute(String($0)) }
        guard halves.count == 2, let from = halves[0], from < 1440, let until = halves[1] else { return nil }
        return (from, until)
    }

    private static func minute(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }
        let parts = trimmed.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.joined().utf8.allSatisfy({ (48...57).contains($0) }), let hour = Int(parts[0]), let minute = Int(parts[1]),
            minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }
}

/// `mon-fri`, `sat,sun`, `fri-mon`
enum Weekdays {
    static let names = LocalTime.weekdayNames

    static func read(_ text: String) -> Set<Int>? {
        var days: Set<Int> = []
        for part in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
                names.firstIndex(of: end.filter { $0 != " " })
            }
            guard (1...2).contains(ends.count), let from = ends[0], let until = ends[ends.count - 1] else { return nil }
            var day = from
            days.insert(day)
            while day != until {
                day = (day + 1) % 7
                days.insert(day)
            }
        }
        return days
    }
}
