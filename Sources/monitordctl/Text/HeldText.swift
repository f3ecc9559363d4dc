import Model

/// Silences, maintenance and who is on call, as tables.
enum HeldText {
    static func silences(
        _ silences: [Snapshot.Silence], all: Bool, now: Timestamp, _ zone: LocalZone, _ paint: Paint
    ) -> [String] {
        guard !silences.isEmpty else { return [all ? "There has been no silence." : "Nothing is silenced."] }
        var table = Table(["STATE", "KIND", "ID", "ENDS", "IN", "MATCHES", "FIRING", "AUTHOR", "COMMENT"])
        let kinds = silences.contains { $0.kind == .maintenance }
        for silence in silences {
            let early = silence.untilResolved && silence.state != .expired ? " or sooner" : ""
            let rest: String =
                switch silence.state {
                case .pending: "begins in \((silence.startsAt - now).rough)"
                case .active: (silence.endsAt - now).rough + early
                case .expired: silence.endedBy.map { "ended by \($0)" } ?? ""
                }
            table.add(
                [
                    silence.state.rawValue, kinds ? silence.kind.rawValue : "", silence.id, zone.local(silence.endsAt), rest,
                    matches(silence.matchers), silence.firing.joined(separator: ", "), silence.author, silence.comment,
                ]
            ) { $0.state(silence.state.shown, $1) }
        }
        return table.lines(paint) + [times(zone)]
    }

    static func maintenance(
        _ windows: [Snapshot.Maintenance], now: Timestamp, _ zone: LocalZone, _ paint: Paint
    ) -> [String] {
        guard !windows.isEmpty else { return ["There is no maintenance, and none is configured."] }
        var table = Table(["STATE", "NAME", "BEGINS", "ENDS", "IN", "MATCHES", "AUTHOR", "COMMENT"])
        for window in windows {
            let rest: String =
                switch window.state {
                case .pending: window.startsAt.map { "begins in \(($0 - now).rough)" } ?? ""
                case .active: window.endsAt.map { ($0 - now).rough } ?? ""
                case .expired: ""
                }
            table.add(
                [
                    window.state.rawValue, window.name ?? window.id ?? "", window.startsAt.map(zone.local) ?? "never again",
                    window.endsAt.map(zone.local) ?? "", rest, matches(window.matchers),
                    window.author ?? "(configured)", window.comment,
                ]
            ) { $0.state(window.state.shown, $1) }
        }
        return table.lines(paint) + [times(zone)]
    }

    static func onCall(_ schedules: [Snapshot.OnCall], _ zone: LocalZone, _ paint: Paint) -> [String] {
        guard !schedules.isEmpty else { return ["No schedule is configured."] }
        var table = Table(["SCHEDULE", "ON CALL", "UNTIL", "OVERRIDE"])
        for schedule in schedules {
            let holding = schedule.overrides.filter { $0.startsAt <= schedule.at }.map(\.id)
            let who = schedule.people.isEmpty ? "nobody" : schedule.people.joined(separator: ", ")
            table.add([schedule.schedule, who, schedule.until.map(zone.local) ?? "", holding.joined(separator: ", ")]) {
                $0.strong($1)
            }
        }
        return ["As of \(zone.both(schedules[0].at))"] + table.lines(paint) + [times(zone)]
    }

    static func overrides(_ overrides: [Snapshot.Override], _ zone: LocalZone, _ paint: Paint) -> [String] {
        guard !overrides.isEmpty else { return ["There is no override."] }
        var table = Table(["STATE", "ID", "SCHEDULE", "PERSON", "FROM", "UNTIL", "AUTHOR", "COMMENT"])
        for override in overrides {
            table.add(
                [
                    override.state.rawValue, override.id, override.schedule, override.person, zone.local(override.startsAt),
                    zone.local(override.endsAt), override.author, override.comment,
                ]
            ) { $0.state(override.state.shown, $1) }
        }
        return table.lines(paint) + [times(zone)]
    }

    private static func matches(_ sets: [[String]]) -> String {
        sets.map { $0.joined(separator: ", ") }.joined(separator: " or ")
    }

    private static func times(_ zone: LocalZone) -> String { "Times are of \(zone.rules.name)." }
}

extension Silence.Phase {
    fileprivate var shown: Snapshot.State {
        switch self {
        case .pending: .pending
        case .active: .warning
        case .expired: .ok
        }
    }
}
