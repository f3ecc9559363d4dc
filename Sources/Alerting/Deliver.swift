package import Model

/// Limits of delivering, each with its why.
enum DeliveryLimit {
    /// The first retry comes within this, later ones within twice the one before, at random (full jitter), up to the cap.
    static let backoffBase = 1.0
    static let backoffCap = 60.0
    /// A receiver that asks for more than this is tried again after it.
    static let retryAfterCap = Duration.seconds(3600)
    /// A trigger whose attempt is in doubt may be applied this long after it, and reopen what was resolved.
    static let inDoubtHold = Duration.seconds(90)
    /// A resolve is said again this long after one that followed a trigger in doubt.
    static let echo = Duration.seconds(600)
    /// A page is worth delivering for a day, chat and mail for six hours.
    static let pageDeadline = Duration.seconds(24 * 3600)
    static let quietDeadline = Duration.seconds(6 * 3600)
    static let testDeadline = Duration.seconds(60)
}

// Rows: written, started, settled.
extension AlertingState {
    /// Writes one message of an incident to one target into the outbox.
    mutating func enqueue(
        _ kind: Notification.Kind, of id: String, to target: Target, page: Int? = nil, notBefore: Timestamp? = nil,
        note: String = "",
        now: Timestamp
    ) {
        guard let incident = incidents[id] else { return }
        // An acknowledgement is told whatever holds the problem.
        if kind == .trigger || kind == .update && incident.phase != .acked, held.contains(id) { return }
        if kind == .trigger, isAbout(target.channel, incident) {
            return record(now, .delivery, incident: id, "\(target.name) is not told: the incident is about that channel")
        }
        let lane = Lane(incident: id, target: target.name)
        let channel = way(kind, in: lane, by: target.channel)
        if let channel, !channel.takes(kind) { return }
        // Where the channel is gone, only what somebody should have known is worth a dead letter.
        if channel == nil, kind != .trigger, kind != .resolve { return }
        if kind == .trigger {
            let page = page ?? incident.page
            if outbox.rows(in: lane).contains(where: { $0.kind == .trigger && $0.page >= page }) {
                record(now, .delivery, incident: id, "\(target.name) is not told again: the page before is still on its way")
                return
            }
            if joinsStorm(id, target, now: now) { return }
        }
        if kind == .update {
            for row in outbox.rows(in: lane) where row.kind == .update && row.phase == .pending && row.tries == 0 {
                supersede(row.id, "a newer update replaces it", now: now)
            }
        }
        let rowID = nextRowID()
        let key = "\(id)-\(rowID)"
        // Word that comes late is the first: nothing that it could refer to has surely left.
        let root = kind == .delayed ? nil : incident.roots[target.name]
        if root == nil, channel != nil { changeIncident(id) { $0.roots[target.name] = key } }
        var row = OutboxRow(
            id: rowID, incident: id, target: target.name, channel: target.channel, recipient: target.recipient, kind: kind,
            level: incident.level, page: page ?? incident.page, idempotencyKey: key, message: Message(body: ""), createdAt: now,
            notBefore: notBefore ?? now,
            deadline: max(now, notBefore ?? now)
                + (channel?.isQuiet == true ? DeliveryLimit.quietDeadline : DeliveryLimit.pageDeadline))
        row.note = note
        guard let channel else { return giveUp(row, "channel \(row.channel) is not configured any more", now: now) }
        let facts = notification(row, of: incident, root: root)
        row.message = channel.message(for: worded(facts, of: incident, by: row.channel, now: now))
        put(row)
        if kind == .trigger { dropOlderPages(in: lane, now: now) }
    }

    /// A page that waits behind a newer one is needless; one in doubt may have arrived, so its target counts as told.
    private mutating func dropOlderPages(in lane: Lane, now: Timestamp) {
        let triggers = outbox.rows(in: lane).filter { $0.kind == .trigger }
        for row in triggers where row.phase == .pending && triggers.contains(where: { $0.page > row.page }) {
            if row.isInDoubt { tell(row, now: now) }
            supersede(row.id, "a newer page replaces it", now: now)
        }
    }

    /// The facts of a row, from which its channel words it.
    func notification(_ row: OutboxRow, of incident: Incident, root: String?) -> Notification {
        notification(
            row.kind, of: incident, key: row.idempotencyKey, recipient: row.recipient, page: row.page, root: root,
            at: row.createdAt)
    }

    func notification(
        _ kind: Notification.Kind, of incident: Incident, key: String, recipient: String?, page: Int, root: String?,
        at now: Timestamp
    ) -> Notification {
        var notification = Notification(
            kind: kind, idempotencyKey: key, dedupKey: dedupKey(incident: incident.id, page: page),
            node: configuration.node, incident: incident.id, recipient: recipient, title: incident.title,
            level: incident.level,
            labels: incident.labels, openedAt: incident.beganAt, resolvedAt: incident.resolvedAt, ackedBy: incident.ackedBy,
            members: incident.members.map { member($0) }, at: now, isFirst: root == nil, rootKey: root,
            isUnrecorded: isUnrecorded)
        if incident.stem != incident.title { notification.stem = incident.stem }
        notification.ackedAt = incident.ackedAt
        notification.ackExpiresAt = incident.ackExpiresAt
        notification.isDrill = incident.kind == .drill
        notification.again = incident.again
        notification.facts = facts(of: incident, kind, now: now) + factsSeen(of: incident)
        notification.links = links(of: incident, kind, now: now)
        return notification
    }

    /// Words rows again whose decision could not be stored, so that they say so.
    package mutating func reword(_ rows: [OutboxRow]) -> [OutboxRow] {
        rows.map { row in
            guard var current = outbox.rows[row.id], let incident = incidents[row.incident],
                let channel = configuration.channels[row.channel]
            else { return row }
            let root = incident.roots[row.target].flatMap { $0 == row.idempotencyKey ? nil : $0 }
            let facts = notification(current, of: incident, root: root)
            current.message = channel.message(for: worded(facts, of: incident, by: row.channel, now: row.createdAt))
            outbox.put(current)
            return current
        }
    }

    mutating func nextRowID() -> Int64 {
        outbox.lastID += 1
        return outbox.lastID
    }

    /// Equal for the messages of one page of one episode. Nothing in it can change while the incident is open: a node's name can,
    /// and the resolve would not find its page.
    func dedupKey(incident: String, page: Int) -> String { "md-\(incident)-\(page)" }

    private func member(_ member: Incident.Member) -> Notification.Member {
        let spec = probes[member.key.probe]?.spec
        // What still fails is told as it is now.
        let alert = member.resolvedAt == nil ? alert(member.key) : nil
        var reason = member.reason
        switch alert?.phase {
        case .firing where alert?.level == member.level: reason = alert?.reason ?? reason
        case .recovering: reason += "; recovering"
        default: break
        }
        var shown = Notification.Member(
            key: member.key, level: member.level, since: member.since, resolvedAt: member.resolvedAt, reason: reason,
            address: spec?.address ?? "")
        shown.formerLevel = member.formerLevel
        shown.labels = spec?.labels ?? [:]
        return shown
    }

    /// Stores a row: settled ones leave the memory, the others wait in their lane.
    mutating func put(_ row: OutboxRow) {
        outbox.put(row)
        if row.isSettled {
            draft.outbox.append(row)
            touched.rows.remove(row.id)
            touched.perhapsOver.insert(row.incident)
            if !row.contacts.isEmpty { cancelTimer(.failover, of: "\(row.id)") }
        } else {
            touched.rows.insert(row.id)
        }
    }

    mutating func supersede(_ id: Int64, _ note: String, now: Timestamp) {
        guard var row = outbox.rows[id] else { return }
        row.phase = .superseded
        row.settledAt = now
        row.note = note
        put(row)
        record(now, .delivery, incident: row.incident, "\(row.kind.rawValue) to \(row.target) superseded: \(note)")
    }

    private mutating func giveUp(_ row: OutboxRow, _ note: String, now: Timestamp) {
        let wasQueued = outbox.rows[row.id] != nil
        var row = row
        // Whoever asked for a test has the answer; nobody needs to look at it later.
        row.phase = row.kind == .test ? .superseded : .dead
        row.settledAt = now
        row.note = note
        put(row)
        record(now, .delivery, incident: row.incident, "\(row.kind.rawValue) to \(row.target) given up: \(note)")
        guard row.kind != .test else { return }
        if row.kind == .resolve { changeTold(row) { if row.page >= $0.page { $0.resolvedAt = now } } }
        // It may have arrived all the same: what may be open at the receiver has to be closed there.
        if row.kind == .trigger, row.isInDoubt { tell(row, now: now) }
        tallyDead(row, now: now)
        messageDied(row, now: now)
        // Whoever writes a row that is dead from the start sees whom it leaves untold.
        if row.kind == .trigger, wasQueued { pageDied(row, now: now) }
        if row.kind == .digest { summaryDied(row, now: now) }
    }

    // MARK: Starting

    /// Starts the attempts that are due, in order within each lane and within the bounds of each channel.
    mutating func startDeliveries(now: Timestamp) {
        while let due = outbox.queue.pop(dueBy: now) {
            guard let row = outbox.rows[due.key], row.phase == .pending, row.notBefore <= now,
                outbox.isHead(row)
            else { continue }
            guard let channel = way(row.kind, in: Lane(incident: row.incident, target: row.target), by: row.channel) else {
                giveUp(row, "channel \(row.channel) is not configured any more", now: now)
                continue
            }
            if now >= row.deadline {
                let waited = (now - row.createdAt).short
                let why =
                    row.note.isEmpty ? wait(of: row.target, now: now).map { "; \($0.reason)" } ?? "" : "; last: " + row.note
                giveUp(row, "not \(row.tries == 0 ? "sent" : "accepted") within \(waited)\(why)", now: now)
                continue
            }
            switch permission(row, by: channel, now: now) {
            case .now: start(row, now: now)
            case .at(let later): outbox.queue.insert(row.id, at: min(later, row.deadline), tie: row.precedence)
            case .afterAttempt: outbox.park(row.id, channel: row.channel)
            }
        }
    }

    private mutating func start(_ row: OutboxRow, now: Timestamp) {
        var row = row
        row.phase = .inflight
        row.tries += 1
        row.lastAttemptAt = now
        row.reference = told[row.incident]?[row.target]?.reference
        put(row)
        draft.attempts.append(Attempt(row: row.id, number: row.tries, startedAt: now))
        draft.sends.append(row)
        if defects.contains(.marksBeforeSending) {
            settle(Settlement(row: row.id, attempt: row.tries, verdict: .delivered(reference: nil)), now: now)
        }
    }

    // MARK: Settling

    /// An attempt ended: the row is done, waits for another attempt, or is given up.
    mutating func settle(_ settlement: Settlement, now: Timestamp) {
        if settlement.row < 0 { return settleRepeat(settlement, now: now) }
        guard var row = outbox.rows[settlement.row], row.phase == .inflight, row.tries == settlement.attempt else { return }
        var attempt = Attempt(row: row.id, number: row.tries, startedAt: row.lastAttemptAt ?? now)
        attempt.endedAt = now
        attempt.outcome = settlement.verdict.outcome
        attempt.status = settlement.status
        attempt.detail = settlement.verdict.reason
        draft.attempts.append(attempt)
        outbox.attempts[row.channel, default: [:]][settlement.verdict.outcome, default: 0] += 1

        switch settlement.verdict {
        case .delivered(let reference):
            row.phase = .done
            row.settledAt = now
            row.note = ""
            put(row)
            delivered(row, reference: reference, now: now)
        case .rejected(let reason):
            giveUp(row, reason, now: now)
        case .retry(let reason, _):
            row.note = reason
            tryAgain(row, now: now)
        case .unanchored(let reason):
            guard row.reference != nil else {
                giveUp(row, reason, now: now)
                break
            }
            changeTold(row) { $0.reference = nil }
            row.note = reason
            tryAgain(row, now: now)
        case .inDoubt(let reason, _):
            row.note = reason
            row.isInDoubt = true
            tryAgain(row, now: now)
        }
        noteAttempt(row, settlement, now: now)
        for name in sharers(of: row.channel) { outbox.unpark(channel: name, now: now) }
        guard let incident = incidents[row.incident] else { return }
        if incident.isOpen {
            dropOlderPages(in: Lane(incident: row.incident, target: row.target), now: now)
        } else if row.kind != .resolve, let target = target(named: row.target) {
            conclude(incident.id, target, now: now)
        }
    }

    private mutating func tryAgain(_ row: OutboxRow, now: Timestamp) {
        guard row.kind != .test else { return giveUp(row, row.note, now: now) }
        var row = row
        let limit = min(
            DeliveryLimit.backoffCap, DeliveryLimit.backoffBase * Double(UInt64(1) << UInt64(min(row.tries - 1, 16))))
        row.phase = .pending
        row.notBefore = now + .microseconds(Int64.random(in: 0...Int64(limit * 1e6), using: &random))
        put(row)
        record(
            now, .delivery, incident: row.incident,
            "\(row.kind.rawValue) to \(row.target) not accepted at attempt \(row.tries): \(row.note)")
        dropIfReached(row.id, now: now)
    }

    private mutating func delivered(_ row: OutboxRow, reference: String?, now: Timestamp) {
        record(now, .delivery, incident: row.incident, "\(row.kind.rawValue) to \(row.target) accepted at attempt \(row.tries)")
        switch row.kind {
        case .trigger:
            // An earlier attempt in doubt may still be applied, after the one accepted now.
            tell(row, reference: reference, now: now)
            pageAccepted(row, now: now)
            if let incident = incidents[row.incident], incident.phase == .acked, incident.page == row.page,
                let target = target(named: row.target)
            {
                tellAcknowledged(incident.id, target, page: row.page, now: now)
            }
        case .resolve:
            changeTold(row) { if row.page >= $0.page { $0.resolvedAt = now } }
        case .delayed:
            // It says that all is over: nothing is left to say to this target.
            tell(row, reference: reference, now: now)
            changeTold(row) { $0.resolvedAt = now }
        case .update, .acknowledge, .test, .digest, .change:
            break
        }
    }

    /// The target was told, or perhaps told. A page that it had before is closed there: the new one stands for it.
    mutating func tell(_ row: OutboxRow, reference: String? = nil, now: Timestamp) {
        let before = told[row.incident]?[row.target]
        told[row.incident, default: [:]][row.target] = Told(
            incident: row.incident, target: row.target, isInDoubt: row.isInDoubt, level: row.level, page: row.page, at: now,
            reference: reference)
        told[row.incident]?[row.target]?.row = row.id
        touched.told.insert(Lane(incident: row.incident, target: row.target))
        if configuration.channels[row.channel]?.resends != nil {
            repeating.insert(Lane(incident: row.incident, target: row.target))
        }
        guard let before, before.page < row.page, before.resolvedAt == nil, channelKeepsState(row.channel) else { return }
        close(before, "page \(before.page) is replaced by page \(row.page)", now: now)
    }

    private mutating func changeTold(_ row: OutboxRow, _ change: (inout Told) -> Void) {
        changeTold(row.incident, row.target, change)
    }

    mutating func changeTold(_ incident: String, _ target: String, _ change: (inout Told) -> Void) {
        guard var entry = told[incident]?[target] else { return }
        change(&entry)
        told[incident]?[target] = entry
        touched.told.insert(Lane(incident: incident, target: target))
    }
}
