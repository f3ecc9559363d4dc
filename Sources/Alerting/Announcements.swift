import Model

/// What is said outside any incident: a digest, a test of a channel, the word of a shift or of a change.
struct Announcement {
    var kind: Notification.Kind
    /// Stands where a message of an incident has the incident's id.
    var id: String
    var title: String
    var level = Level.warning
    /// The time that it is about.
    var from: Timestamp
    var until: Timestamp?
    /// The time zone in which it says so; nil is UTC.
    var zone: TimeZoneRules?
    var sections: [Notification.Section] = []
    /// It is worth delivering for as long.
    var lifetime: Duration
}

extension Announcement {
    /// Both times in its zone, with the dates where that is not all of today.
    func period(at now: Timestamp) -> String? {
        guard let zone, let until else { return nil }
        let today = AlertingState.date(zone.local(at: now)) + " "
        let times = [from, until].map { DigestSpec.clock($0, in: zone) }
        let isToday = times.allSatisfy { $0.hasPrefix(today) }
        let shown = times.map { isToday ? String($0.dropFirst(today.count)) : $0 }
        return "from \(shown[0]) to \(shown[1]) \(zone.name)"
    }
}

extension AlertingState {
    /// Writes it for one target; returns the id of the row. Nil where its channel is not configured.
    @discardableResult
    mutating func announce(_ what: Announcement, to target: Target, now: Timestamp) -> Int64? {
        guard let channel = configuration.channels[target.channel] else { return nil }
        let rowID = nextRowID()
        let key = "\(what.id)-\(rowID)"
        var notification = Notification(
            kind: what.kind, idempotencyKey: key, dedupKey: dedupKey(incident: what.id, page: 1), node: configuration.node,
            incident: what.id, recipient: target.recipient, title: what.title, level: what.level, openedAt: what.from,
            resolvedAt: what.until, at: now, isUnrecorded: isUnrecorded)
        notification.period = what.period(at: now)
        notification.sections = what.sections
        put(
            OutboxRow(
                id: rowID, incident: what.id, target: target.name, channel: target.channel, recipient: target.recipient,
                kind: what.kind, level: what.level, page: 1, idempotencyKey: key, message: channel.message(for: notification),
                createdAt: now, notBefore: now, deadline: now + what.lifetime))
        return rowID
    }

    /// Where a message that wakes nobody reaches a name: of a contact, the first channel that takes it.
    func quietTargets(named name: String, now: Timestamp) -> [Target] {
        switch configuration.recipient(named: name) {
        case .channel(let channel): quietTargets(among: [channel])
        case .contact(let contact): quietTargets(among: contact.channels)
        case .schedule(let schedule):
            onCall(in: schedule, at: now).compactMap { configuration.contacts[$0] }.flatMap { quietTargets(among: $0.channels) }
        }
    }

    func quietTargets(among channels: [String]) -> [Target] {
        channels.first { configuration.channels[$0]?.takes(.digest) == true }.map(targets(ofChannel:)) ?? []
    }

    /// `Open: 12` and the first lines, with how many more there are; nil where there is nothing.
    static func section(_ title: String, _ texts: [String], _ count: Int, lines: Int? = nil) -> Notification.Section? {
        guard count > 0 else { return nil }
        let shown = texts.prefix(DigestLimit.lines)
        let left = (lines ?? count) - shown.count
        return Notification.Section("\(title): \(count)", shown + (left > 0 ? [Shortened.more(left)] : []))
    }
}
