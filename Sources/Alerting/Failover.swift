import Model

// A contact's channels have their turns: the next one's comes when the one before has not accepted in time, or never will.
extension Contact {
    /// How long a channel has before the next one is tried.
    func failoverAfter(_ level: Level) -> Duration {
        failoverAfter ?? (level == .critical ? .seconds(60) : .seconds(300))
    }
}

extension AlertingState {
    /// Tells a contact on the first of its channels, or the first from one on, that is configured. Returns whether there is one;
    /// where there is none, the fallback contact is told.
    mutating func tell(_ contact: Contact, from first: Int = 0, of id: String, now: Timestamp) -> Bool {
        var isWaiting = false
        for channel in contact.channels.dropFirst(first) {
            guard configuration.channels[channel] != nil else {
                record(
                    now, .delivery, incident: id, "\(contact.name) is not told on \(channel), which is not configured any more")
                continue
            }
            if let incident = incidents[id], isAbout(channel, incident) {
                record(now, .delivery, incident: id, "\(contact.name) is not told on \(channel): the incident is about it")
                continue
            }
            if targets(ofChannel: channel).allSatisfy({ isRefused(id, contact, $0) }) {
                record(now, .delivery, incident: id, "\(contact.name) is not told on \(channel), which refused this page")
                continue
            }
            for target in targets(ofChannel: channel) {
                if !isPageOnItsWay(of: id, to: target) { enqueue(.trigger, of: id, to: target, now: now) }
                take(contact, intoLane: Lane(incident: id, target: target.name), now: now)
            }
            guard isBreakerOpen(channel), channel != contact.channels.last else { return true }
            // It waits there, too; whichever accepts it first counts.
            isWaiting = true
            record(now, .delivery, incident: id, "\(contact.name): \(channel) does not accept messages now")
        }
        if isWaiting { return true }
        tellFallback(of: id, because: "\(contact.name) was reached on no channel", now: now)
        return false
    }

    /// The target refused the present page to the contact for good, since the policy last began.
    private func isRefused(_ id: String, _ contact: Contact, _ target: Target) -> Bool {
        guard let incident = incidents[id] else { return false }
        return deadLetters.values.contains { row in
            row.incident == id && row.target == target.name && row.kind == .trigger && row.page == incident.page
                && row.contacts.contains(contact.name)
                && row.createdAt >= incident.stepsFrom
        }
    }

    /// The page that waits in a lane is for the contact, too; from now on it has its time to be accepted.
    private mutating func take(_ contact: Contact, intoLane lane: Lane, now: Timestamp) {
        guard let page = incidents[lane.incident]?.page,
            var row = outbox.rows(in: lane).last(where: { $0.kind == .trigger && $0.page >= page })
        else { return }
        if !row.contacts.contains(contact.name) {
            row.contacts = (row.contacts + [contact.name]).sorted()
            put(row)
        }
        let due = now + contact.failoverAfter(row.level)
        let key = TimerRow.Key(kind: .failover, owner: "\(row.id)")
        if let timer = timers[key], timer.due <= due { return }
        setTimer(TimerRow(.failover, owner: key.owner, due: due, epoch: 0))
    }

    /// Tells those of the names that mean people who do not know of the present page.
    mutating func tellMissingPeople(among names: [String], of id: String, now: Timestamp) {
        guard let page = incidents[id]?.page else { return }
        for name in names {
            switch configuration.recipient(named: name) {
            case .channel: break
            case .contact(let contact):
                if !isReached(contact, page: page, of: id) { _ = tell(contact, of: id, now: now) }
            case .schedule(let schedule):
                let people = onCall(in: schedule, at: now)
                if people.isEmpty { tellFallback(of: id, because: "nobody is on call in \(schedule.name)", now: now) }
                for contact in people.compactMap({ configuration.contacts[$0] })
                where !isReached(contact, page: page, of: id) { _ = tell(contact, of: id, now: now) }
            }
        }
    }

    /// A message to a contact's channel was not accepted in time.
    mutating func failOver(_ owner: String, now: Timestamp) {
        guard let id = Int64(owner), let row = outbox.rows[id] else { return }
        goToNextChannel(row, "\(row.channel) has not accepted it within \((now - row.createdAt).short)", now: now)
    }

    /// A page is not accepted where it waits: who is to be reached by it is tried on the next channel.
    mutating func goToNextChannel(_ row: OutboxRow, _ reason: String, now: Timestamp) {
        guard let incident = incidents[row.incident], isEscalating(incident.id), incident.page == row.page else { return }
        for name in row.contacts {
            guard let contact = configuration.contacts[name] else {
                tellFallback(of: incident.id, because: "\(reason), and \(name) is not configured any more", now: now)
                continue
            }
            guard !isReached(contact.channels, insteadOf: row) else { continue }
            let next = (contact.channels.firstIndex(of: row.channel) ?? -1) + 1
            let others = contact.channels[next...].joined(separator: ", then ")
            record(
                now, .delivery, incident: incident.id,
                "\(name): \(reason); \(others.isEmpty ? "no channel is left" : "next is \(others)")")
            _ = tell(contact, from: next, of: incident.id, now: now)
        }
    }

    /// One of the contact's channels accepted the page.
    private func isReached(_ contact: Contact, page: Int, of id: String) -> Bool {
        contact.channels.flatMap(targets(ofChannel:)).contains { isTold($0.name, page, of: id) }
    }

    /// One of these channels accepted what this row says, since it was written: what an earlier step told there is not an answer to
    /// a step that calls again.
    private func isReached(_ channels: some Sequence<String>, insteadOf row: OutboxRow) -> Bool {
        channels.flatMap(targets(ofChannel:)).contains {
            guard $0.name != row.target, isTold($0.name, row.page, of: row.incident),
                let entry = told[row.incident]?[$0.name]
            else { return false }
            return entry.at > row.createdAt || entry.row ?? 0 > row.id
        }
    }

    private func isTold(_ target: String, _ page: Int, of id: String) -> Bool {
        told[id]?[target].map { $0.page >= page && $0.resolvedAt == nil } ?? false
    }

    // MARK: What the end of a message means for its contacts

    /// A page was accepted: what waits for the same people on the channels before it is needless.
    mutating func pageAccepted(_ row: OutboxRow, now: Timestamp) {
        for contact in row.contacts.compactMap({ configuration.contacts[$0] }) {
            guard let index = contact.channels.firstIndex(of: row.channel) else { continue }
            for target in contact.channels[..<index].flatMap(targets(ofChannel:)) {
                for waiting in outbox.rows(in: Lane(incident: row.incident, target: target.name)) {
                    dropIfReached(waiting.id, now: now)
                }
            }
        }
        if let incident = incidents[row.incident], incident.isNobodyReached, !isFallbackOnly(row.target, of: incident, now: now)
        {
            changeIncident(incident.id) { $0.isNobodyReached = false }
        }
    }

    /// A page that waits is needless when all whom it is for were reached on a later channel. One in doubt goes on: it may have
    /// opened something that only its acceptance tells us to close.
    mutating func dropIfReached(_ id: Int64, now: Timestamp) {
        guard let row = outbox.rows[id], row.kind == .trigger, row.phase == .pending, !row.isInDoubt, !row.contacts.isEmpty,
            let incident = incidents[row.incident],
            !incident.ranNames.contains(row.channel)
        else { return }
        for name in row.contacts {
            guard let contact = configuration.contacts[name], !contact.keepPrimary,
                let index = contact.channels.firstIndex(of: row.channel),
                isReached(contact.channels[(index + 1)...], insteadOf: row)
            else { return }
        }
        supersede(id, "\(row.contacts.joined(separator: ", ")) was reached on another channel", now: now)
    }

    /// A page will never be accepted.
    mutating func pageDied(_ row: OutboxRow, now: Timestamp) {
        guard let incident = incidents[row.incident], isEscalating(incident.id), incident.page == row.page else { return }
        goToNextChannel(row, "\(row.channel) never accepts it", now: now)
        if !isAnybodyReached(incident.id, now: now) { goOnUnheard(incident.id, now: now) }
    }

    // MARK: Nobody reached

    /// People are told of the incident step by step: nobody has it, and nothing holds it back.
    func isEscalating(_ id: String) -> Bool { incidents[id]?.phase == .open && !held.contains(id) }

    /// Somebody whom the policy names was told of the present page, or a message to them is on its way.
    func isAnybodyReached(_ id: String, now: Timestamp) -> Bool {
        guard let incident = incidents[id] else { return false }
        // A page that was in doubt and refused after that may have arrived: nobody should count on it.
        let reached = Set(
            (told[id] ?? [:]).values.filter { isTold($0.target, incident.page, of: id) && deadLetters[$0.row ?? 0] == nil }
                .map(\.target))
        let waiting = outbox.targets(of: id).filter { name in
            outbox.rows(in: Lane(incident: id, target: name)).contains { $0.kind == .trigger && $0.page >= incident.page }
        }
        return reached.union(waiting).contains { !isFallbackOnly($0, of: incident, now: now) }
    }

    /// The target hears of the page as the fallback, not because the policy names it.
    private func isFallbackOnly(_ target: String, of incident: Incident, now: Timestamp) -> Bool {
        guard incident.fallbackPage >= incident.page, let name = configuration.fallbackContact,
            allTargets(named: name, now: now).contains(where: { $0.name == target })
        else { return false }
        return !incident.ranNames.contains { allTargets(named: $0, now: now).contains { $0.name == target } }
    }

    private func isAnyPageOnItsWay(of id: String) -> Bool { outbox.rows(of: id).contains { $0.kind == .trigger } }

    /// What ran reached nobody: the next step runs at once; after the last one the fallback contact is told.
    mutating func goOnUnheard(_ id: String, now: Timestamp) {
        guard let incident = incidents[id], isEscalating(id), let last = incident.ranSteps.last else { return }
        let steps = incident.policy.steps
        guard incident.nextStep < steps.count else {
            guard !isAnybodyReached(id, now: now) else { return }
            if !incident.isNobodyReached { changeIncident(id) { $0.isNobodyReached = true } }
            tellFallback(of: id, because: "the policy \(incident.policy.name) reached nobody", now: now)
            // The last way is gone: all that is left is the log, at its highest priority, and who looks at us from outside.
            if !isAnyPageOnItsWay(of: id) { draft.records[draft.records.count - 1].isAlarm = true }
            return
        }
        let next = steps[incident.nextStep]
        guard incident.stepsFrom + next.after > now else { return }
        record(now, .step, incident: id, "step \(last + 1) reached nobody; step \(incident.nextStep + 1) has its turn at once")
        changeIncident(id) { $0.stepsFrom = now - next.after }
        planStep(of: id, now: now)
    }
}

extension Incident {
    /// The names in the steps that ran.
    var ranNames: [String] {
        ranSteps.filter { policy.steps.indices.contains($0) && policy.steps[$0].isMeant(for: level) }
            .flatMap { policy.steps[$0].notify }
    }
}
