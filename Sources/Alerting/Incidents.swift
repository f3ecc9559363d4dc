import Model

// How alerts become incidents: join, rise, leave, acknowledge, resolve.
extension AlertingState {
    /// An incident names the one of its group that ended this long before it or less; so many groups are remembered.
    private static let linksFor = Duration.seconds(600)
    private static let linksKept = 10_000

    /// A firing alert joins the open incident of its group, or opens one, for each route that takes it.
    mutating func join(_ alert: Alert, now: Timestamp) {
        guard let spec = probes[alert.key.probe]?.spec, let level = alert.level else { return }
        let labels = AlertingConfiguration.labels(ofRule: alert.key.rule, of: spec, level: level)
        cancelTimer(.confirm, of: alert.key.description)
        noticeQuorums(alert.key, now: now)
        let routes = configuration.routes(taking: labels)
        if routes.isEmpty { join(alert, level, labels, by: nil, now: now) }
        for route in routes { join(alert, level, labels, by: route, now: now) }
    }

    private func group(of key: AlertKey, _ labels: Labels, by route: RouteSpec?) -> [(name: String, value: String)] {
        var group = AlertingConfiguration.group(labels, by: route)
        // That a channel does not work is told by others: an incident of two of them would go to both.
        if key.channel != nil, !group.contains(where: { $0.name == "rule" }) { group.append(("rule", key.rule)) }
        return group
    }

    private static func groupKey(_ policy: PolicySpec, _ group: [(name: String, value: String)]) -> String {
        ([policy.name] + group.map { "\($0)=\($1)" }).joined(separator: "\u{1f}")
    }

    /// Alerts that join by the route are to join this incident, unless another one stands for that group.
    mutating func moveGroup(of id: String, as key: AlertKey, _ labels: Labels, to policy: PolicySpec, by route: RouteSpec) {
        guard let incident = incidents[id] else { return }
        let moved = AlertingState.groupKey(policy, group(of: key, labels, by: route))
        guard moved != incident.groupKey, openByGroup[moved].flatMap({ incidents[$0] })?.isOpen != true else { return }
        openByGroup[incident.groupKey] = nil
        openByGroup[moved] = id
        changeIncident(id) { $0.groupKey = moved }
    }

    private mutating func join(_ alert: Alert, _ level: Level, _ labels: Labels, by route: RouteSpec?, now: Timestamp) {
        let policy = configuration.policy(of: route)
        let group = group(of: alert.key, labels, by: route)
        let groupKey = AlertingState.groupKey(policy, group)

        let id: String
        var isTakenUp = false
        if let open = openByGroup[groupKey], incidents[open]?.isOpen == true {
            id = open
        } else if let ended = takeUp(groupKey, because: alert.key, now: now) {
            id = ended
            isTakenUp = true
        } else {
            id = ULID.make(at: now, using: &random)
            let groupLabels = route?.groupBy == ["probe"] ? labels : Dictionary(group.filter { $1 != "" }) { a, _ in a }
            incidents[id] = Incident(
                id: id, groupKey: groupKey, labels: groupLabels, level: level, title: "\(alert.key.probe) \(alert.key.rule)",
                openedAt: now, policy: policy, stepsFrom: now + (route?.groupWait ?? .zero),
                groupInterval: route?.groupInterval ?? .zero)
            incidents[id]?.template = route?.template
            if let ended = lastOfGroup.removeValue(forKey: groupKey), now - ended.at <= AlertingState.linksFor {
                incidents[id]?.previous = ended.id
                incidents[id]?.previousEndedAt = ended.at
            }
            openByGroup[groupKey] = id
        }
        guard incidents[id]?.hasFiring(alert.key) != true else { return }
        changeAlert(alert.key) { if !$0.incidents.contains(id) { $0.incidents.append(id) } }
        let isRise = level > incidents[id]!.level
        let isNew = incidents[id]!.members.isEmpty
        let latest = outbox.lastID
        changeIncident(id) { incident in
            let since = min(alert.firstBad, now)
            incident.put(Incident.Member(key: alert.key, level: level, since: since, reason: alert.reason))
            incident.changedAfter = latest
        }
        keepEvidence(of: alert.key.probe, with: id)
        reviewHold(of: id, now: now)
        if isNew {
            let again = incidents[id]?.again.map { ", \($0.sentence)" } ?? ""
            record(now, .incident, alert: alert.key, incident: id, "opened for \(alert.key) by policy \(policy.name)\(again)")
            if policy.steps.isEmpty {
                record(now, .incident, incident: id, "nobody is told: no route and policy with steps matches")
            }
            runSteps(of: id, now: now)
        } else if isRise {
            rise(id, to: level, because: alert, now: now)
        } else if isTakenUp {
            goOn(id, now: now)
        } else {
            reopenIfTaken(id, "\(alert.key) joined the acknowledged incident", now: now)
            // Who was left out while it was about a channel only hears of it now.
            if incidents[id]!.members.contains(where: { $0.resolvedAt == nil && $0.key.channel != nil }) {
                tellMissing(id, now: now)
            }
            runStepsPassedOver(of: id, now: now)
            planUpdate(of: id, now: now)
        }
    }

    /// A firing alert changed its level.
    mutating func levelChanged(_ key: AlertKey, now: Timestamp) {
        guard let alert = alert(key), let level = alert.level else { return }
        if alert.incidents.isEmpty {
            // An operator ended its incident; that it is critical now is news.
            if level == .critical, !alert.waitsToBeTold { announce(key, now: now) }
            return
        }
        if level == .warning { leaveRoutesForCritical(key, now: now) }
        for id in self.alert(key)?.incidents ?? [] where incidents[id]?.isOpen == true && incidents[id]?.kind != .quorum {
            levelChanged(alert, to: level, in: id, now: now)
        }
        if level == .critical { joinByLevel(key, now: now) }
    }

    /// Routes that take only what is critical have their turn when an alert rises; its incidents so far keep theirs.
    private mutating func joinByLevel(_ key: AlertKey, now: Timestamp) {
        guard let alert = alert(key), let spec = probes[key.probe]?.spec else { return }
        let labels = AlertingConfiguration.labels(ofRule: key.rule, of: spec, level: .critical)
        let before = configuration.routes(
            taking: AlertingConfiguration.labels(ofRule: key.rule, of: spec, level: .warning))
        let isPutOff = isPutOff(key)
        for route in configuration.routes(taking: labels) where isPutOff || !before.contains(route) {
            join(alert, .critical, labels, by: route, now: now)
        }
    }

    /// Routes that take only what is critical are done with an alert that falls: those told by them hear that it is over.
    private mutating func leaveRoutesForCritical(_ key: AlertKey, now: Timestamp) {
        guard let alert = alert(key), let spec = probes[key.probe]?.spec else { return }
        func groups(at level: Level) -> Set<String> {
            let labels = AlertingConfiguration.labels(ofRule: key.rule, of: spec, level: level)
            return Set(
                configuration.routes(taking: labels).map { route in
                    AlertingState.groupKey(configuration.policy(of: route), group(of: key, labels, by: route))
                })
        }
        let over = groups(at: .critical).subtracting(groups(at: .warning))
        for id in alert.incidents where incidents[id].map({ over.contains($0.groupKey) }) == true {
            leave(key, of: id, reason: "\(key) fell to warning, and its route takes critical only", isRecovery: false, now: now)
        }
    }

    private mutating func levelChanged(_ alert: Alert, to level: Level, in id: String, now: Timestamp) {
        guard let incident = incidents[id] else { return }
        let latest = outbox.lastID
        let before = incident.firingLevel(of: alert.key)
        changeIncident(id) { incident in
            if before != level { incident.changedAfter = latest }
            for index in incident.members.indices where incident.members[index].key == alert.key {
                if incident.members[index].level != level {
                    incident.members[index].formerLevel = incident.members[index].level
                }
                incident.members[index].level = level
                incident.members[index].reason = alert.reason
            }
        }
        let highest = incidents[id]!.firingLevel ?? level
        if highest > incident.level {
            rise(id, to: highest, because: alert, now: now)
        } else {
            fall(id, because: alert.key, alert.reason, now: now)
            // Worse within an incident that is as bad already: whoever took it took another thing.
            if let before, before < level {
                reopenIfTaken(id, "\(alert.key) rose to \(level.rawValue) in the acknowledged incident", now: now)
            }
            if before != level || highest < incident.level { planUpdate(of: id, now: now) }
        }
    }

    /// Where what fires is less bad than the incident, the incident falls to that.
    private mutating func fall(_ id: String, because key: AlertKey, _ reason: String, now: Timestamp) {
        guard let incident = incidents[id], let highest = incident.firingLevel, highest < incident.level else { return }
        changeIncident(id) { $0.level = highest }
        record(now, .incident, alert: key, incident: id, "fell to \(highest.rawValue): \(reason)")
        endForCriticalOnly(id, now: now)
    }

    /// A rise is a new page: it breaks an acknowledgement, tells those told again under a new key, and gives the steps that were
    /// passed over for their level another turn, counted from now. Steps whose turn has not come keep their times, unless an
    /// acknowledgement had stopped them.
    mutating func rise(_ id: String, to level: Level, because alert: Alert, now: Timestamp) {
        let before = incidents[id]!
        let announced = before.isAnnounced
        let startsOver = before.phase == .acked || before.ranSteps.count < before.nextStep
        changeIncident(id) { incident in
            incident.level = level
            incident.phase = .open
            incident.ackedBy = nil
            incident.ackedAt = nil
            guard announced else { return }
            incident.page += 1
            incident.epoch += 1
            guard startsOver else { return }
            incident.nextStep = 0
            incident.stepsFrom = now
        }
        record(now, .incident, alert: alert.key, incident: id, "rose to \(level.rawValue): \(alert.reason)")
        guard announced else {
            // An acknowledgement within group_wait had stopped the first step.
            if before.phase == .acked { runSteps(of: id, now: now) }
            return
        }
        cancelTimer(.update, of: id)
        // Also who could not be told of the lower level, or was spared by an acknowledgement.
        let ran = before.ranNames
        for target in Set(targets(of: id) + channelTargets(among: ran)).sorted(by: { $0.name < $1.name }) {
            enqueue(.trigger, of: id, to: target, now: now)
        }
        tellPeople(among: ran, of: id, now: now)
        // What is held has its steps when it is no longer; its timer is of this page all the same.
        if startsOver, !held.contains(id) { runSteps(of: id, now: now) } else { planStep(of: id, now: now) }
        if !isAnybodyReached(id, now: now) { goOnUnheard(id, now: now) }
    }

    /// Whoever acknowledged the incident did not take what it is about now, too, unless its policy says so.
    mutating func reopenIfTaken(_ id: String, _ reason: String, now: Timestamp) {
        guard let incident = incidents[id], incident.phase == .acked, !incident.policy.ackCoversNew else { return }
        reopen(id, reason, now: now)
    }

    /// An acknowledged incident is open again: its policy starts over as a new page.
    mutating func reopen(_ id: String, _ reason: String, after delay: Duration = .zero, now: Timestamp) {
        changeIncident(id) { incident in
            incident.phase = .open
            incident.ackedBy = nil
            incident.ackedAt = nil
            incident.page += 1
            incident.reopenedPage = incident.page
            incident.epoch += 1
            incident.nextStep = 0
            incident.ranSteps = []
            incident.stepsFrom = now + delay
        }
        record(now, .incident, incident: id, "open again: \(reason)")
        cancelTimer(.update, of: id)
        suppressionChanged(of: incidents[id]!.firing.map(\.key), now: now)
        runSteps(of: id, now: now)
        // Whom no step tells soon is to hear what changed meanwhile.
        if incidents[id]?.changedAfter != nil { planUpdate(of: id, now: now) }
    }

    mutating func planUpdate(of id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.isAnnounced else { return }
        let key = TimerRow.Key(kind: .update, owner: id)
        guard timers[key] == nil else { return }
        setTimer(TimerRow(.update, owner: id, due: now + incident.groupInterval, epoch: incident.epoch))
    }

    /// An alert is over; with the last one the incident is.
    /// - Parameter reason: of the good verdict, or else a whole sentence.
    mutating func leave(_ key: AlertKey, of id: String, reason: String, isRecovery: Bool = true, now: Timestamp) {
        changeAlert(key) { $0.incidents.removeAll { $0 == id } }
        guard let kind = incidents[id]?.kind, incidents[id]?.isOpen == true else { return }
        let latest = outbox.lastID
        changeIncident(id) { incident in
            incident.changedAfter = latest
            if let index = incident.index(of: key) { incident.members[index].resolvedAt = now }
        }
        if kind == .quorum {
            planUpdate(of: id, now: now)
            reviewHold(of: id, now: now)
        } else if !incidents[id]!.hasFiring {
            resolve(id, isRecovery ? "the last alert recovered: \(reason)" : reason, now: now)
        } else {
            fall(id, because: key, isRecovery ? "\(key) recovered: \(reason)" : reason, now: now)
            planUpdate(of: id, now: now)
            reviewHold(of: id, now: now)
        }
    }

    /// Ends an incident: its timers go, and each target hears what fits what it was told.
    mutating func resolve(_ id: String, _ reason: String, now: Timestamp) {
        guard let incident = incidents[id], incident.isOpen else { return }
        tallyEnd(of: incident, now: now)
        changeIncident(id) {
            $0.phase = .resolved
            $0.resolvedAt = now
            $0.epoch += 1
        }
        openByGroup[incident.groupKey] = nil
        if let ended = incidents[id] { link(ended) }
        rememberEnd(of: incident)
        let wasHeld = held.remove(id) != nil
        cancelTimer(.step, of: id)
        cancelTimer(.drill, of: id)
        if !defects.contains(.keepsStaleTimers) { cancelTimer(.update, of: id) }
        record(now, .incident, incident: id, "resolved: \(reason)")
        if !incident.isAnnounced {
            let why =
                incident.mergedInto.map { "incident \($0) told of it" } ?? "nobody was told: it "
                + (wasHeld ? "was held back" : "ended within group_wait")
            record(now, .incident, incident: id, why)
        }
        for target in targets(of: id) { conclude(id, target, now: now) }
        scatter(id, now: now)
        reviewChannelAlerts(now: now)
    }

    /// The next incident of its group names it.
    mutating func link(_ ended: Incident) {
        guard ended.kind == .group, ended.isAnnounced, let at = ended.resolvedAt else { return }
        if let known = lastOfGroup[ended.groupKey], (known.at, known.id) > (at, ended.id) { return }
        if lastOfGroup.count >= AlertingState.linksKept { lastOfGroup = [:] }
        lastOfGroup[ended.groupKey] = (ended.id, at)
    }

    /// An operator takes it: escalation and repeats stop, and messages not yet on the way are needless. It lasts until the end, or
    /// for the time asked for, or else the policy's.
    mutating func acknowledge(
        _ id: String, by actor: Actor, for duration: Duration? = nil, sparing: Set<String> = [], now: Timestamp
    ) {
        changeIncident(id) {
            $0.phase = .acked
            $0.ackedBy = actor.name
            $0.ackedAt = now
            $0.epoch += 1
            // Whoever was told hears of the acknowledgement, with all that changed.
            $0.changedAfter = nil
            $0.isNobodyReached = false
        }
        planAckExpiry(of: id, after: duration, now: now)
        cancelTimer(.step, of: id)
        cancelTimer(.update, of: id)
        for row in outbox.rows.values.sorted(by: { $0.id < $1.id })
        where row.incident == id && row.kind == .trigger && row.phase == .pending && !row.isInDoubt {
            supersede(row.id, "acknowledged by \(actor.name)", now: now)
        }
        record(now, .incident, incident: id, "acknowledged by \(actor.withComment)")
        for entry in (told[id] ?? [:]).values.sorted(by: { $0.target < $1.target }) {
            guard let target = target(named: entry.target), !sparing.contains(target.channel) else { continue }
            tellAcknowledged(id, target, page: entry.page, now: now)
        }
        suppressionChanged(of: incidents[id]!.firing.map(\.key), now: now)
    }

    /// Also who accepts the page only after somebody has it.
    mutating func tellAcknowledged(_ id: String, _ target: Target, page: Int, now: Timestamp) {
        guard let channel = configuration.channels[target.channel] else { return }
        enqueue(channel.takes(.acknowledge) ? .acknowledge : .update, of: id, to: target, page: page, now: now)
    }

    /// A resolved incident is kept while a message of it is on the way; the ledger keeps it after that.
    mutating func forgetIfOver(_ id: String) {
        guard let incident = incidents[id], !incident.isOpen, !outbox.hasRows(of: id), !isRepeated(id) else { return }
        forgetEnd(of: incident)
        incidents[id] = nil
        told[id] = nil
        notes[id] = nil
        if !formerChannels.isEmpty { formerChannels = formerChannels.filter { $0.key.incident != id } }
        evidenceFacts[id] = nil
    }
}
