import Model

/// Limits of what is said again and again.
enum RepeatLimit {
    /// After the end it is said for this long.
    static let afterEnd = Stored.endedKept
}

// Receivers that forget what is not said again (`Channel.resends`): what was accepted once is repeated from memory, without rows,
// for a repeat that is lost is made good by the next one.
extension AlertingState {
    /// When the next repeats are due; nil where there is nothing to repeat.
    var nextRepeat: Timestamp? { isRepeating ? repeatAt : nil }

    private var isRepeating: Bool { !repeating.isEmpty || configuration.channels.values.contains { $0.resends != nil } }

    /// Sends what is to be said again, and plans the next time.
    mutating func repeatWhatFades(now: Timestamp) {
        guard isRepeating, repeatAt <= now else { return }
        let interval = configuration.channels.values.compactMap(\.resends).min() ?? .seconds(60)
        repeatAt = now + interval
        for lane in repeating.sorted() { repeatState(of: lane, now: now) }
        for (name, channel) in configuration.channels.sorted(by: { $0.key < $1.key }) {
            guard channel.resends != nil, let message = channel.heartbeat(node: configuration.node, at: now) else { continue }
            for target in targets(ofChannel: name) {
                sendRepeat(message, of: "watchdog", to: target, .update, .warning, now: now)
            }
        }
    }

    private mutating func repeatState(of lane: Lane, now: Timestamp) {
        guard let incident = incidents[lane.incident], let entry = told[lane.incident]?[lane.target],
            entry.resolvedAt.map({ now - $0 < RepeatLimit.afterEnd }) ?? true,
            let target = target(named: lane.target), let channel = configuration.channels[target.channel],
            channel.resends != nil
        else {
            repeating.remove(lane)
            touched.perhapsOver.insert(lane.incident)
            return
        }
        // A row that waits says it better.
        guard outbox.rows(in: lane).isEmpty else { return }
        let kind: Notification.Kind = incident.isOpen ? .update : .resolve
        let message = channel.message(
            for: notification(
                kind, of: incident, key: "\(lane.incident)-again", recipient: target.recipient, page: entry.page,
                root: incident.roots[lane.target], at: now))
        sendRepeat(message, of: lane.incident, to: target, kind, incident.level, now: now)
    }

    private mutating func sendRepeat(
        _ message: Message, of incident: String, to target: Target, _ kind: Notification.Kind, _ level: Level, now: Timestamp
    ) {
        // A receiver that does not answer is asked once at a time.
        guard !repeatsUnderWay.values.contains(where: { $0.target == target.name && $0.incident == incident }) else { return }
        lastRepeat -= 1
        var row = OutboxRow(
            id: lastRepeat, incident: incident, target: target.name, channel: target.channel, recipient: target.recipient,
            kind: kind, level: level, page: 1, idempotencyKey: "\(incident)\(lastRepeat)", message: message, createdAt: now,
            notBefore: now, deadline: now)
        row.phase = .inflight
        row.tries = 1
        row.lastAttemptAt = now
        repeatsUnderWay[row.id] = row
        draft.repeats.append(row)
    }

    /// A repeat ended. Only its channel remembers it.
    mutating func settleRepeat(_ settlement: Settlement, now: Timestamp) {
        guard let row = repeatsUnderWay.removeValue(forKey: settlement.row) else { return }
        outbox.attempts[row.channel, default: [:]][settlement.verdict.outcome, default: 0] += 1
        if case .rejected(let reason) = settlement.verdict {
            channelFails(row.channel, .warning, "\(row.target) refuses what is said again: \(reason)", now: now)
        }
        noteAttempt(row, settlement, now: now)
    }

    /// What of a resolved incident is still said again.
    func isRepeated(_ incident: String) -> Bool { repeating.contains { $0.incident == incident } }

    /// Takes back into memory what ended a short while ago, where a receiver that forgets is to hear that again.
    mutating func restoreEnded(_ stored: Stored) {
        for incident in stored.ended.sorted(by: { $0.id < $1.id }) { link(incident) }
        let told = stored.toldOfEnded.filter { entry in
            target(named: entry.target).flatMap { configuration.channels[$0.channel]?.resends } != nil
        }
        let repeated = Set(told.map(\.incident))
        for incident in stored.ended where repeated.contains(incident.id) { incidents[incident.id] = incident }
        for entry in stored.toldOfEnded where repeated.contains(entry.incident) {
            self.told[entry.incident, default: [:]][entry.target] = entry
        }
    }

    /// After a start: what was accepted by receivers that forget.
    mutating func restoreRepeats(now: Timestamp) {
        repeating = []
        for entry in told.values.flatMap(\.values) where incidents[entry.incident] != nil {
            guard let target = target(named: entry.target), configuration.channels[target.channel]?.resends != nil,
                entry.resolvedAt.map({ now - $0 < RepeatLimit.afterEnd }) ?? true
            else { continue }
            repeating.insert(Lane(incident: entry.incident, target: entry.target))
        }
        repeatAt = now
    }
}
