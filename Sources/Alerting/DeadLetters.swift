import Model

/// Limits of what was given up.
enum DeadLetter {
    /// So many can be put back without looking them up in the ledger.
    static let kept = 1_000
    /// A receiver that refuses the messages of so many incidents refuses us, not one message.
    static let refusedIncidents = 3
}

// What was given up is told by another way, and stays until an operator looks.
extension AlertingState {
    /// Remembers a message that was given up, and tells that its channel does not do what it is there for.
    mutating func messageDied(_ row: OutboxRow, now: Timestamp) {
        keepDeadLetter(row)
        guard configuration.channels[row.channel] != nil else { return }
        let of = incidents[row.incident].map { " of \($0.title)" } ?? ""
        let refused = Set(
            deadLetters.values.filter { $0.channel == row.channel && $0.settledAt ?? now >= workedLast(row.channel) }.map(
                \.incident))
        let reason =
            refused.count >= DeadLetter.refusedIncidents
            ? "\(row.channel) refuses our messages, of \(refused.count) incidents by now; the last answer: \(row.note)"
            : "the \(row.kind.rawValue)\(of) to \(row.target) was given up: \(row.note)"
        // Until something is accepted: also where no attempt was made, for its time was over when the daemon came back.
        changeHealth(of: row.channel, now: now) { if $0.problem.isEmpty { $0.problem = row.note } }
        channelFails(row.channel, row.isUrgentPage ? .critical : .warning, reason, now: now)
    }

    mutating func keepDeadLetter(_ row: OutboxRow) {
        deadLetters[row.id] = row
        if deadLetters.count > DeadLetter.kept, let oldest = deadLetters.keys.min() { deadLetters[oldest] = nil }
    }

    private func workedLast(_ channel: String) -> Timestamp { channels[channel]?.acceptedAt ?? .distantPast }

    // MARK: The daemon's own alert about a channel

    /// What is wrong with a channel is told like anything else, by other channels.
    mutating func channelFails(_ name: String, _ level: Level, _ reason: String, now: Timestamp) {
        guard probes[ProbeSpec.daemonName] != nil else { return }
        let key = AlertKey.channel(name)
        guard let before = alert(key), before.isFiring else { return fire(key, level, reason, now: now) }
        changeAlert(key) {
            $0.reason = reason
            $0.level = max($0.level ?? level, level)
        }
        guard let alert = alert(key), alert.level != before.level else { return }
        react(to: .escalated, of: alert, rule: RuleSpec(name: key.rule), now: now)
    }

    /// It ends when the channel accepts messages again and no page that it lost is still wanted.
    mutating func reviewChannelAlert(_ name: String, now: Timestamp) {
        let key = AlertKey.channel(name)
        guard alert(key)?.isFiring == true else { return }
        guard configuration.channels[name] != nil else {
            return end(key, "\(name) is not configured any more", now: now)
        }
        let lacks = deadLetters.values.contains { row in
            guard row.channel == name, row.kind == .trigger, let incident = incidents[row.incident] else { return false }
            return incident.isOpen && incident.page == row.page && told[row.incident]?[row.target] == nil
        }
        guard !lacks, channels[name]?.problem.isEmpty ?? true else { return }
        end(key, "\(name) accepts messages", now: now)
    }

    mutating func reviewChannelAlerts(now: Timestamp) {
        let keys = probes[ProbeSpec.daemonName]?.alerts.map(\.key) ?? []
        for name in keys.compactMap(\.channel) { reviewChannelAlert(name, now: now) }
    }

    /// Everything that fires in an incident says that this channel does not work: it is no way to tell it.
    func isAbout(_ channel: String, _ incident: Incident) -> Bool {
        guard let first = incident.firing.first, first.key.channel == channel else { return false }
        return incident.firing.allSatisfy { $0.key.channel == channel }
    }

    // MARK: What an operator does with it

    /// A message that was given up has its time once more.
    mutating func requeue(_ id: Int64, by actor: Actor, now: Timestamp) -> CommandReply {
        guard var row = deadLetters[id] else { return notGivenUp(id) }
        if let refusal = whyNotAgain(row) { return CommandReply(.refused, refusal) }
        let lifetime = max(.seconds(60), row.deadline - row.createdAt)
        deadLetters[id] = nil
        outbox.deadCount -= 1
        row.phase = .pending
        row.settledAt = nil
        row.notBefore = now
        row.deadline = now + lifetime
        row.note = "put back by \(actor.name); it had been given up: \(row.note)"
        put(row)
        changeHealth(of: row.target, now: now) { if $0.openUntil != nil { $0.openUntil = now } }
        record(now, .delivery, incident: row.incident, "\(row.kind.rawValue) to \(row.target) put back by \(actor.name)")
        return CommandReply(
            .done, "message \(id), the \(row.kind.rawValue) to \(row.target), is tried again, for \(lifetime.short)")
    }

    /// Why a message must not be sent again; nil where it may.
    private func whyNotAgain(_ row: OutboxRow) -> String? {
        let drop = "; monitordctl drop \(row.id) takes it off the list"
        guard configuration.channels[row.channel] != nil else {
            return "channel \(row.channel) is not configured any more\(drop)"
        }
        let incident = incidents[row.incident]
        switch row.kind {
        case .test: return "a test message is not sent again: use monitordctl notify \(row.channel) --test"
        case .resolve, .delayed, .digest, .change: return nil
        case .trigger, .update, .acknowledge:
            guard let incident, incident.isOpen else {
                return "incident \(row.incident) is over: it would tell of something that is no more\(drop)"
            }
            if incident.page > row.page { return "a newer page of incident \(row.incident) replaced it\(drop)" }
            guard row.kind == .trigger else { return nil }
            if let by = incident.ackedBy { return "incident \(row.incident) is acknowledged by \(by)\(drop)" }
            if told[row.incident]?[row.target].map({ $0.page >= row.page }) == true {
                return "\(row.target) was told of incident \(row.incident) meanwhile\(drop)"
            }
            let waits = outbox.rows(in: Lane(incident: row.incident, target: row.target)).contains {
                $0.kind == .trigger && $0.page >= row.page
            }
            return waits ? "a page of incident \(row.incident) to \(row.target) is on its way\(drop)" : nil
        }
    }

    /// Nobody wants the message any more: one that was given up, or one that waits.
    mutating func drop(_ id: Int64, by actor: Actor, now: Timestamp) -> CommandReply {
        let note = "dropped by \(actor.name)"
        if var row = deadLetters.removeValue(forKey: id) {
            outbox.deadCount -= 1
            row.phase = .superseded
            row.settledAt = now
            row.note = "\(note): \(row.note)"
            put(row)
            record(now, .delivery, incident: row.incident, "\(row.kind.rawValue) to \(row.target) \(note)")
            reviewChannelAlert(row.channel, now: now)
            return CommandReply(.done, "message \(id), the \(row.kind.rawValue) to \(row.target), is dropped")
        }
        guard let row = outbox.rows[id] else { return notGivenUp(id) }
        guard row.phase == .pending else {
            return CommandReply(.refused, "an attempt of message \(id) is on its way; ask again when it has ended")
        }
        if row.kind == .trigger, row.isInDoubt { tell(row, now: now) }
        if row.kind == .resolve { changeTold(row.incident, row.target) { if row.page >= $0.page { $0.resolvedAt = now } } }
        supersede(id, note, now: now)
        if row.kind == .trigger, !isAnybodyReached(row.incident, now: now) { goOnUnheard(row.incident, now: now) }
        return CommandReply(
            .done,
            "message \(id), the \(row.kind.rawValue) to \(row.target), is dropped; it "
                + (row.isInDoubt ? "may have arrived all the same" : "had not been accepted"))
    }

    private func notGivenUp(_ id: Int64) -> CommandReply {
        if outbox.rows[id] != nil { return CommandReply(.refused, "message \(id) was not given up: it is tried by itself") }
        return CommandReply(.unknown, "no message \(id) was given up; monitordctl outbox --dead lists those that were")
    }
}

extension AlertKey {
    private static let channelRule = "channel-"
    /// What the daemon says of one of its channels.
    static func channel(_ name: String) -> AlertKey { AlertKey(probe: ProbeSpec.daemonName, rule: channelRule + name) }
    /// The channel that it is about, where it is about one.
    var channel: String? {
        guard probe == ProbeSpec.daemonName, rule.hasPrefix(AlertKey.channelRule) else { return nil }
        return String(rule.dropFirst(AlertKey.channelRule.count))
    }
}
