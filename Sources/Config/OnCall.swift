import Model
import Settings

enum OnCallSettings {
    static let maximumLayers = 32
    static let maximumRestrictions = 16
    static let priorities = -1000...1000
    static let days = 1...366
    static let weeks = 1...53
    static let lookAhead = Duration.seconds(14 * 86_400)
}

extension Reading {
    /// `schedules: {platform: {zone: Europe/London, layers: [{people: [ada, bob], start: 2026-01-05T09:00, handoff: weekly}]}}`
    func schedules(_ parent: Fields, contacts: Defined) -> (defined: Defined, schedules: [String: OnCallSchedule]) {
        guard let all = parent.fields("schedules") else { return (Defined(), [:]) }
        let defined = Defined(all)
        var schedules: [String: OnCallSchedule] = [:]
        for name in defined.names {
            checkName(name, "schedule", at: all.keyPlace(of: name))
            guard let fields = all.fields(name) else { continue }
            let hasFallback = parent.has("fallback_contact")
            let before = problems.all.count
            let zone = zone(fields)
            var taken: [String: Place] = [:]
            let list = fields.list("layers", required: true) ?? []
            let layers = list.enumerated().compactMap { layer($1, $0, contacts, zone: zone, taken: &taken) }
            if fields.shape(of: "layers") == .list(count: 0) { fields.problem(at: "layers", "layers: the list is empty") }
            if layers.count > OnCallSettings.maximumLayers {
                fields.problem(at: "layers", "layers: at most \(OnCallSettings.maximumLayers), got \(layers.count)")
            }
            let schedule = OnCallSchedule(name: name, zone: zone ?? .utc, layers: layers)
            schedules[name] = schedule
            if problems.all.count == before {
                warnOfGaps(in: schedule, at: all.keyPlace(of: name), hasFallback: hasFallback)
            }
        }
        return (defined, schedules)
    }

    private func layer(
        _ fields: Fields, _ index: Int, _ contacts: Defined, zone: TimeZoneRules?, taken: inout [String: Place]
    ) -> Rotation? {
        let name = elementName(fields, "layer", index: index, taken: &taken)
        // Somebody may stand several times in a turn.
        let people = names("people", fields, mayRepeat: true) { person, place in
            if !contacts.names.contains(person) { problems.add(place, "people: " + unknown("contact", person, contacts.names)) }
        }
        let start = localTime("start", fields, required: true)
        if let start, let zone { _ = instant(of: start, "start", fields, in: zone) }
        let handoff = handoff(fields)
        let restrictions = restrictions(fields)
        let priority = fields.integer("priority", in: OnCallSettings.priorities) ?? 0
        guard let name, let start else { return nil }
        return Rotation(
            name: name, people: people, start: start, handoff: handoff, restrictions: restrictions, priority: priority)
    }

    /// `daily`, `weekly`, `{days: 2}` or `{weeks: 2}`; weekly where it is not said.
    private func handoff(_ fields: Fields) -> Rotation.Handoff {
        guard case .mapping = fields.shape(of: "handoff") else {
            guard let text = fields.string("handoff") else { return .weeks(1) }
            switch text {
            case "daily": return .days(1)
            case "weekly": return .weeks(1)
            default:
                let expected = "handoff: expected daily, weekly, {days: N} or {weeks: N}, got \"\(Shown.short(text))\""
                fields.problem(at: "handoff", expected + Suggestion.clause(for: text, in: ["daily", "weekly"]))
                return .weeks(1)
            }
        }
        guard let written = fields.fields("handoff") else { return .weeks(1) }
        let days = written.integer("days", in: OnCallSettings.days)
        let weeks = written.integer("weeks", in: OnCallSettings.weeks)
        if written.has("days") == written.has("weeks") {
            problems.add(written.place, "handoff: expected one of {days: N} and {weeks: N}")
        }
        return days.map { .days($0) } ?? .weeks(weeks ?? 1)
    }

    /// `hours` and `weekdays` of the layer itself, or a list of such pairs.
    private func restrictions(_ fields: Fields) -> [Rotation.Restriction] {
        let own = restriction(fields)
        guard fields.has("restrictions") else {
            fields.expect(["restrictions"])
            return own.map { [$0] } ?? []
        }
        let list = fields.list("restrictions") ?? []
        if fields.has("hours") || fields.has("weekdays") {
            problems.add(
                fields.keyPlace(of: "restrictions"), "restrictions: the layer has hours or weekdays too; put them into the list"
            )
        }
        if list.count > OnCallSettings.maximumRestrictions {
            fields.problem(
                at: "restrictions", "restrictions: at most \(OnCallSettings.maximumRestrictions), got \(list.count)")
        }
        return list.compactMap { element in
            if !element.has("hours"), !element.has("weekdays") {
                problems.add(element.place, "restrictions: expected hours, weekdays or both")
            }
            return restriction(element)
        }
    }

    /// People plan two weeks ahead; in a gap somebody else has to be told.
    private func warnOfGaps(in schedule: OnCallSchedule, at place: Place, hasFallback: Bool) {
        guard let now else { return }
        let gaps = schedule.gaps(from: now, until: now + OnCallSettings.lookAhead)
        guard let first = gaps.first else { return }
        let (from, until) = (schedule.zone.local(at: first.from).short, schedule.zone.local(at: first.until).short)
        let more = gaps.count == 1 ? "" : ", and \(gaps.count - 1) more time\(gaps.count == 2 ? "" : "s")"
        let instead = hasFallback ? "fallback_contact is told then" : "without fallback_contact nobody is told then"
        warnings.add(
            place,
            "nobody of \(schedule.name) is on call from \(from) until \(until)\(more) within "
                + "\(OnCallSettings.lookAhead.short); \(instead)")
    }
}
