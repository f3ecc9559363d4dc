import Model

// Digests: one a local date and target, whatever the clock and the process do.
extension Mirror {
    /// No digest is written twice, and its date goes only forward.
    func brokenCalendar(by decision: Decision) -> [String] {
        var found: [String] = []
        for id in now.new {
            // The word of a shift comes again where the clock is set back before its beginning.
            guard let row = now.rows[id], row.kind == .digest, row.incident.hasPrefix("digest/") else { continue }
            let others = (now.rowsOfIncident[row.incident] ?? []).count { now.rows[$0]?.target == row.target }
            if others > 1 { found.append("\(row.incident) is written \(others) times to \(row.target)") }
        }
        for (name, row) in now.digests {
            guard let row = decision.digests.last(where: { $0.name == name && $0.localDate < row.localDate }) else { continue }
            found.append("digest \(name) goes back to \(row.localDate)")
        }
        return found
    }

    /// A daemon that is up at any time within twelve hours of a digest's time has written it.
    func missingDigests(at time: Timestamp, since: Timestamp) -> [String] {
        now.digests.values.compactMap { row in
            guard let minute = WholeScene.digests[row.name] else { return nil }
            var day = Berlin.local(at: time).day
            if Berlin.instant(day: day, minute: minute) > time { day -= 1 }
            let due = Berlin.instant(day: day, minute: minute)
            // The clock may have been set by an hour or so since the first one was planned.
            guard since + .seconds(7200) < due, time - due < .seconds(12 * 3600) - .seconds(1) else { return nil }
            let date = LocalTime(day: day).description.prefix(10)
            return row.localDate < date ? "digest \(row.name) of \(date) is missing at \(time)" : nil
        }
    }
}
