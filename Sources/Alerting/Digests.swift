import Model

/// Limits of digests.
package enum DigestLimit {
    /// After downtime a digest is still sent this late; an older one is news no more.
    static let late = Duration.seconds(12 * 3600)
    /// It is worth delivering as long.
    static let deadline = Duration.seconds(12 * 3600)
    /// On-call gaps are looked for this far ahead.
    package static let ahead = Duration.seconds(14 * 86_400)
    /// Lines of one kind.
    static let lines = DigestTally.Lines.maximum
}

// Summaries by the calendar: one a local date, of all that happened since the one before.
extension AlertingState {
    /// Sets the timer of each digest. One that came while the daemon was down is still to be run.
    mutating func planDigests(now: Timestamp) {
        for timer in timers.values where timer.key.kind == .digest {
            let isMissed = timer.due <= now && configuration.digests.contains { $0.name == timer.key.owner }
            if !isMissed { cancelTimer(.digest, of: timer.key.owner) }
        }
        for spec in configuration.digests {
            if digests[spec.name] == nil {
                // The first one covers what happens from now on.
                let yesterday = LocalTime(day: spec.zone.local(at: now).day - 1)
                change(DigestRow(name: spec.name, localDate: AlertingState.date(yesterday), at: now))
            }
            planDigest(spec, after: now)
        }
    }

    private mutating func planDigest(_ spec: DigestSpec, after now: Timestamp) {
        guard !hasTimer(.digest, of: spec.name), let row = digests[spec.name] else { return }
        guard let due = spec.boundary(after: now, laterThan: spec.lastDate(row, now: now)) else { return }
        setTimer(TimerRow(.digest, owner: spec.name, due: due, epoch: 0))
    }

    private mutating func change(_ row: DigestRow) {
        digests[row.name] = row
        draft.digests.removeAll { $0.name == row.name && $0.localDate == row.localDate }
        draft.digests.append(row)
    }

    /// A digest is due, perhaps since long before.
    mutating func digestDue(_ timer: TimerRow, now: Timestamp) {
        guard let spec = configuration.digests.first(where: { $0.name == timer.key.owner }), let row = digests[spec.name] else {
            return
        }
        var due = timer.due
        if now - due > DigestLimit.late {
            let oldest = now - DigestLimit.late - .microseconds(1)
            let next = spec.boundary(after: oldest, laterThan: spec.lastDate(row, now: now))
            record(
                now, .digest,
                "digest \(spec.name) of \(AlertingState.date(spec.zone.local(at: due))) is skipped: it is "
                    + "\((now - due).short) late, and after \(DigestLimit.late.short) none is sent; the next one covers its time"
            )
            guard let next, next <= now else { return planDigest(spec, after: now) }
            due = next
        }
        let date = AlertingState.date(spec.zone.local(at: due))
        guard date > row.localDate || row.at > now else { return planDigest(spec, after: now) }
        let sections = sections(of: spec, row, now: now)
        change(DigestRow(name: spec.name, localDate: date, at: due))
        planDigest(spec, after: now)
        if sections.isEmpty, !spec.heartbeat {
            record(now, .digest, "digest \(spec.name) of \(date) is not sent: there is nothing to say")
            return
        }
        let said = sections.isEmpty ? [Notification.Section("Nothing happened and nothing is open")] : sections
        send(spec, date: date, from: row.at, until: due, said, now: now)
    }

    // MARK: What happens

    /// Counts something into every digest. One whose time has come is written before.
    private mutating func tally(now: Timestamp, _ count: (inout DigestTally, DigestSpec) -> Void) {
        for spec in configuration.digests {
            let key = TimerRow.Key(kind: .digest, owner: spec.name)
            if let timer = timers[key], timer.due <= now {
                cancelTimer(.digest, of: spec.name)
                digestDue(timer, now: now)
            }
            guard var row = digests[spec.name] else { continue }
            count(&row.tally, spec)
            change(row)
        }
    }

    /// An incident is about to end.
    mutating func tallyEnd(of incident: Incident, now: Timestamp) {
        guard incident.mergedInto == nil else { return }
        let isBlip = !incident.isAnnounced
        tally(now: now) { tally, spec in
            let text =
                "\(incident.level.rawValue) \(incident.title): from \(spec.clock(incident.openedAt)) for "
                + DigestSpec.rounded(now - incident.openedAt)
            if isBlip { tally.blips.add(text) } else { tally.resolved.add(text) }
        }
    }

    /// A message was given up.
    mutating func tallyDead(_ row: OutboxRow, now: Timestamp) {
        let title = incidents[row.incident].map { " of \($0.title)" } ?? ""
        tally(now: now) { tally, spec in
            tally.dead.add("\(spec.clock(now)) \(row.kind.rawValue)\(title) to \(row.target): \(row.note)")
        }
    }

    /// Problem messages of an alert were held back.
    mutating func tallySuppressed(_ kind: SuppressionKind, now: Timestamp) {
        tally(now: now) { tally, _ in tally.suppressed[kind.rawValue, default: 0] += 1 }
    }

    // MARK: What is said

    private func sections(of spec: DigestSpec, _ row: DigestRow, now: Timestamp) -> [Notification.Section] {
        let open = incidents.values.filter(\.isOpen).sorted { $0.id < $1.id }.map { incident in
            let by = incident.ackedBy.map { ", acknowledged by \($0)" } ?? ""
            return "\(incident.level.rawValue) \(incident.title): since \(spec.clock(incident.openedAt))\(by)"
        }
        let suppressed = SuppressionKind.allCases.compactMap { kind in
            row.tally.suppressed[kind.rawValue].map { "\(kind.rawValue): \($0)" }
        }
        let certificates = expiringCertificates(spec, now: now)
        let silences = expiringSilences(spec, now: now)
        let gaps = onCallGaps(spec, now: now)
        let unproven = unprovenChannels(now: now)
        return [
            AlertingState.section("Open", open, open.count),
            AlertingState.section("Resolved", row.tally.resolved.texts, row.tally.resolved.count),
            AlertingState.section("Over before anybody was told", row.tally.blips.texts, row.tally.blips.count),
            AlertingState.section(
                "Held back", suppressed, row.tally.suppressed.values.reduce(0, +), lines: suppressed.count),
            AlertingState.section("Messages given up", row.tally.dead.texts, row.tally.dead.count),
            AlertingState.section("Certificates that expire", certificates, certificates.count),
            AlertingState.section("Silences that end", silences, silences.count),
            AlertingState.section("Nobody is on call", gaps, gaps.count),
            AlertingState.section("Channels that nobody has heard from", unproven, unproven.count),
        ].compactMap(\.self)
    }

    private mutating func send(
        _ spec: DigestSpec, date: String, from: Timestamp, until: Timestamp, _ sections: [Notification.Section], now: Timestamp
    ) {
        let digest = Announcement(
            kind: .digest, id: "digest/\(spec.name)/\(date)", title: "\(spec.name), \(date)", from: from, until: until,
            zone: spec.zone, sections: sections, lifetime: DigestLimit.deadline)
        var sent: [String] = []
        for name in spec.to {
            let targets = quietTargets(named: name, now: now)
            if targets.isEmpty { record(now, .digest, "\(name) has no channel that takes a digest now") }
            for target in targets where !sent.contains(target.name) && announce(digest, to: target, now: now) != nil {
                sent.append(target.name)
            }
        }
        let late = now - until
        record(
            now, .digest,
            "digest \(spec.name) of \(date) for \(from) to \(until) goes to \(sent.isEmpty ? "nobody" : sent.joined(separator: ", "))"
                + (late >= .seconds(60) ? ", \(late.short) late" : ""))
    }

    static func date(_ local: LocalTime) -> String { String(local.description.prefix(10)) }
}

extension DigestSpec {
    /// The next time after an instant whose local date is later than one.
    func boundary(after instant: Timestamp, laterThan date: String) -> Timestamp? {
        var at = instant
        while let next = schedule.next(after: at, in: zone) {
            if AlertingState.date(zone.local(at: next)) > date { return next }
            // No other time of that day counts.
            at = max(next, zone.nextMidnight(after: next) - .microseconds(1))
        }
        return nil
    }

    /// The local date after which there may be one. Where the last one lies in the future the clock had been wrong: days to come
    /// shall not go without.
    func lastDate(_ row: DigestRow, now: Timestamp) -> String {
        row.at > now + .seconds(86_400) ? AlertingState.date(zone.local(at: now)) : row.localDate
    }

    /// `2026-03-29 02:30` in the digest's zone.
    func clock(_ time: Timestamp) -> String { DigestSpec.clock(time, in: zone) }

    static func clock(_ time: Timestamp, in zone: TimeZoneRules) -> String {
        let text = zone.local(at: time).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// Whole minutes from one minute on.
    static func rounded(_ duration: Duration) -> String {
        let seconds = max(0, duration.microseconds / 1_000_000)
        return Duration.seconds(seconds < 60 ? seconds : seconds / 60 * 60).short
    }
}
