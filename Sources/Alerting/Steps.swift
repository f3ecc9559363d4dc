import Model

/// Whom a row goes to: a channel, and the recipient where the channel has several.
struct Target: Hashable, Sendable {
    var channel: String
    var recipient: String?
    var name: String
}

// The policy of an incident: which step runs when, and whom it tells.
extension AlertingState {
    /// Runs the steps that are due and plans the next. A step that ran late, after downtime, runs once, and the rest keep their
    /// distances from now.
    mutating func runSteps(of id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.phase == .open, !incident.policy.steps.isEmpty, !held.contains(id) else {
            return
        }
        if incident.nextStep >= incident.policy.steps.count {
            if isRepeatHeld(of: incident), !waitsForHours(incident) { return planStep(of: id, now: now) }
            startOver(id, now: now)
        }
        while let current = incidents[id], current.nextStep < current.policy.steps.count {
            let number = current.nextStep
            let step = current.policy.steps[number]
            let due = current.stepsFrom + step.after
            guard due <= now else { break }
            let isMeant = step.isMeant(for: current.level) && !current.ranSteps.contains(number)
            let objection = isMeant ? objection(to: step, of: current, now: now) : nil
            let runs = isMeant && objection == nil
            changeIncident(id) {
                $0.nextStep += 1
                if $0.stepsFrom + step.after < now - .seconds(1) { $0.stepsFrom = now - step.after }
                if runs { $0.ranSteps.append(number) }
                $0.isAnnounced = true
            }
            if let objection {
                record(now, .step, incident: id, "step \(number + 1) is passed over: \(objection)")
            }
            var isHeard = true
            if runs {
                record(now, .step, incident: id, "step \(number + 1) tells \(described(step.notify, now: now))")
                isHeard = tell(step.notify, of: id, now: now)
            }
            if !isHeard || !isAnybodyReached(id, now: now) { goOnUnheard(id, now: now) }
        }
        planStep(of: id, now: now)
    }

    private mutating func startOver(_ id: String, now: Timestamp) {
        let isLate = incidents[id].map { waitsForHours($0) } ?? false
        changeIncident(id) {
            $0.nextStep = 0
            $0.ranSteps = []
            $0.stepsFrom = now
            $0.fallbackPage = 0
        }
        record(
            now, .step, incident: id,
            isLate
                ? "the policy begins again: every step was passed over, some for their hours"
                : "the policy repeats: still open and not acknowledged")
    }

    mutating func planStep(of id: String, now: Timestamp) {
        guard let incident = incidents[id] else { return }
        let steps = incident.policy.steps
        let due: Timestamp
        if incident.nextStep < steps.count {
            due = incident.stepsFrom + steps[incident.nextStep].after
        } else {
            let again = incident.policy.repeatAfter > .zero ? now + incident.policy.repeatAfter : nil
            guard let first = [again, nextHours(of: incident, now: now)].compactMap(\.self).min() else {
                return cancelTimer(.step, of: id)
            }
            due = first
        }
        setTimer(TimerRow(.step, owner: id, due: due, epoch: incident.epoch))
    }

    /// A message about the present state to everybody told.
    mutating func tellTold(_ kind: Notification.Kind, of id: String, now: Timestamp) {
        tellTold(kind, of: id, now: now) { _ in true }
    }

    /// An update to those whose page does not hold what changed. What changed while the incident was held is told when it is no longer.
    mutating func tellChanges(of id: String, now: Timestamp) {
        guard let changed = incidents[id]?.changedAfter, !hasTimer(.update, of: id) else { return }
        // Nothing that an operator could have seen is another now.
        incidents[id]?.changedAfter = nil
        touched.incidents.insert(id)
        let pages = outbox.rows(of: id).filter { $0.kind == .trigger && $0.id > changed }.map(\.target)
        tellTold(.update, of: id, now: now) { !pages.contains($0.target) && $0.row.map { $0 <= changed } ?? true }
    }

    private mutating func tellTold(
        _ kind: Notification.Kind, of id: String, now: Timestamp, where isMeant: (Told) -> Bool
    ) {
        let open = (told[id] ?? [:]).values.filter { $0.resolvedAt == nil && isMeant($0) }
        for entry in open.sorted(by: { $0.target < $1.target }) {
            guard let target = target(named: entry.target) else { continue }
            enqueue(kind, of: id, to: target, page: entry.page, now: now)
        }
    }

    // MARK: Targets

    func targets(ofChannel name: String) -> [Target] {
        // A channel that is gone is a target all the same: its messages become dead letters, which somebody sees.
        guard let channel = configuration.channels[name] else { return [Target(channel: name, recipient: nil, name: name)] }
        let recipients = channel.recipients
        guard recipients.count > 1 else { return [Target(channel: name, recipient: recipients.first, name: name)] }
        return recipients.map { Target(channel: name, recipient: $0, name: "\(name):\($0)") }
    }

    func channelTargets(among names: [String]) -> [Target] {
        names.flatMap { name -> [Target] in
            guard case .channel(let channel) = configuration.recipient(named: name) else { return [] }
            return targets(ofChannel: channel)
        }
    }

    /// Those told, and those with a message on the way.
    func targets(of id: String) -> [Target] {
        let names = Set(told[id]?.keys.map { $0 } ?? []).union(outbox.targets(of: id))
        return names.sorted().compactMap { target(named: $0) }
    }

    /// A target as it was stored: its channel may be gone since.
    func target(named name: String) -> Target? {
        if configuration.channels[name] != nil {
            return Target(channel: name, recipient: configuration.channels[name]?.recipients.first, name: name)
        }
        guard let colon = name.firstIndex(of: ":") else { return Target(channel: name, recipient: nil, name: name) }
        return Target(channel: String(name[..<colon]), recipient: String(name[name.index(after: colon)...]), name: name)
    }

    func channelKeepsState(_ name: String) -> Bool { configuration.channels[name]?.keepsState ?? false }
}
