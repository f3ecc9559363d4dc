package import Model

// How the channels are, for `status` and metrics; and word of those that have not been used for long.
extension AlertingState {
    private static let proofEvery = Duration.seconds(86_400)

    /// Nothing was accepted on it for longer than it may be: nobody knows whether it works.
    func isUnproven(_ name: String, now: Timestamp) -> Bool {
        guard let limit = configuration.unprovenAfter, let health = channels[name] else { return false }
        return now - (health.acceptedAt ?? health.since) >= limit
    }

    package func shownChannels(now: Timestamp) -> [Snapshot.Channel] {
        let rows = Dictionary(grouping: outbox.rows.values, by: \.channel)
        let dead = Dictionary(grouping: deadLetters.values, by: \.channel)
        let names = Set(configuration.channels.keys).union(rows.keys).union(dead.keys)
        return names.sorted().map { name in
            let health = channels[name]
            let receivers = targets(ofChannel: name).compactMap { channels[$0.name] }
            var shown = Snapshot.Channel(name: name, kind: configuration.channels[name].map { type(of: $0).kind } ?? "")
            shown.acceptedAt = health?.acceptedAt
            shown.failures = receivers.map(\.failures).max() ?? 0
            shown.problem = health?.problem ?? ""
            shown.isBreakerOpen = isBreakerOpen(name)
            if !shown.isBreakerOpen { shown.away = targets(ofChannel: name).map(\.name).filter(isBreakerOpen(to:)) }
            let gates = receivers.map(\.notBefore) + [channels[meter(of: name)]?.notBefore]
            shown.retryAt = (receivers.map(\.openUntil) + gates).compactMap(\.self).filter { $0 > now }.max()
            shown.isUnproven = configuration.channels[name] != nil && isUnproven(name, now: now)
            shown.pending = rows[name]?.count { $0.phase == .pending } ?? 0
            shown.inflight = rows[name]?.count { $0.phase == .inflight } ?? 0
            shown.dead = dead[name]?.count ?? 0
            return shown
        }
    }

    /// Targets that are not asked now: until when, and why.
    package func shownWaits(now: Timestamp) -> [String: (until: Timestamp, reason: String)] {
        let names = Set(channels.keys).union(sharedRates.keys)
        return Dictionary(uniqueKeysWithValues: names.map { ($0, wait(of: $0, now: now)) }).compactMapValues(\.self)
    }

    func wait(of target: String, now: Timestamp) -> (until: Timestamp, reason: String)? {
        if let health = channels[target], let until = health.openUntil, until > now {
            return (until, "attempts failed again and again: \(health.problem)")
        }
        guard let until = channels[meter(of: target)]?.notBefore, until > now else { return nil }
        return (until, "the receiver asked to wait")
    }

    /// After a start or a reload: every channel is known, and alerts of channels that are gone end.
    mutating func reviewChannels(now: Timestamp) {
        for name in configuration.channels.keys.sorted() where channels[name] == nil {
            changeHealth(of: name, now: now) { _ in }
        }
        shareRates(now: now)
        // What waits for a channel that is gone waits for nothing: whoever else is to hear of it does so now.
        for var row in outbox.rows.values.sorted(by: { $0.id < $1.id })
        where row.phase == .pending
            && way(row.kind, in: Lane(incident: row.incident, target: row.target), by: row.channel) == nil
        {
            row.notBefore = min(row.notBefore, now)
            put(row)
        }
        reviewChannelAlerts(now: now)
        if configuration.unprovenAfter == nil || configuration.channels.isEmpty {
            cancelTimer(.proof, of: "")
        } else if !hasTimer(.proof, of: "") {
            setTimer(TimerRow(.proof, owner: "", due: now + AlertingState.proofEvery, epoch: 0))
        }
    }

    /// Once a day: says which channels nobody has heard from for too long.
    mutating func proofDue(now: Timestamp) {
        guard let limit = configuration.unprovenAfter else { return }
        setTimer(TimerRow(.proof, owner: "", due: now + AlertingState.proofEvery, epoch: 0))
        for name in configuration.channels.keys.sorted() where isUnproven(name, now: now) {
            record(
                now, .channel,
                "\(name) has accepted nothing for \(limit.short) or longer: try it with monitordctl notify \(name) --test, or a drill"
            )
        }
    }

    /// For digests.
    func unprovenChannels(now: Timestamp) -> [String] {
        configuration.channels.keys.filter { isUnproven($0, now: now) }.sorted().map { name in
            "\(name): \(channels[name]?.acceptedAt.map { "last accepted a message \($0.toSecond)" } ?? "never accepted a message")"
        }
    }
}
