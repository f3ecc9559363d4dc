import Model

/// How incidents are shown.
enum IncidentText {
    /// One incident in two lines: what it is, and who has it.
    static func lines(_ incident: Snapshot.Incident, now: Timestamp, _ paint: Paint) -> [String] {
        let level = paint.level(incident.level, incident.level.rawValue)
        let padding = String(repeating: " ", count: 8 - incident.level.rawValue.count)
        let age = (now - incident.openedAt).rough
        let acked = incident.takenText(now: now)
        let told = incident.told.isEmpty ? "nobody told yet" : "told: " + incident.told.joined(separator: ", ")
        return [
            "\(level)\(padding)  \(incident.title.withoutControls)",
            "          \(incident.id)  open for \(age), \(acked), \(told)".withoutControls,
        ]
    }

    /// `monitordctl incidents`: open and resolved ones, newest first.
    static func table(_ incidents: [Snapshot.Incident], _ paint: Paint) -> [String] {
        guard !incidents.isEmpty else { return ["There are no incidents."] }
        var table = Table(["STATE", "LEVEL", "ID", "OPENED", "LASTED", "ACKNOWLEDGED", "TOLD", "TITLE"])
        for incident in incidents {
            let lasted = incident.resolvedAt.map { ($0 - incident.openedAt).rough } ?? ""
            let state: Snapshot.State =
                if incident.resolvedAt != nil { .ok } else { incident.level == .critical ? .critical : .warning }
            table.add(
                [
                    incident.state, incident.level.rawValue, incident.id, incident.openedAt.readable, lasted,
                    incident.ackedBy ?? "", incident.told.joined(separator: ", "), incident.title,
                ]
            ) { $0.state(state, $1) }
        }
        return table.lines(paint)
    }

    /// The incident that a prefix of an id means. Open ones come first: they are what commands are for.
    static func find(_ prefix: String, in incidents: [Snapshot.Incident]) throws -> Snapshot.Incident {
        let wanted = prefix.uppercased()
        let found = incidents.filter { $0.id.uppercased().hasPrefix(wanted) }
        let open = found.filter { $0.resolvedAt == nil }
        let candidates = open.isEmpty ? found : open
        if candidates.count == 1, let only = candidates.first { return only }
        if candidates.isEmpty {
            throw Trouble("There is no incident \(prefix): monitordctl incidents lists them.")
        }
        let names = candidates.prefix(5).map { "\n  \($0.id)  \($0.title.withoutControls)" }.joined()
        throw Trouble("\(prefix) is the beginning of \(counted(candidates.count, "incident")); give more of the id:\(names)")
    }
}
