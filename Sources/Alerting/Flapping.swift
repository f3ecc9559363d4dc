import Model

/// What a result did to flapping, with the percentage.
enum FlapChange: Sendable, Hashable {
    case began(Double)
    /// It no longer flaps, or never did and an end that was held is to be told.
    case settled(Double)
}

extension Alert {
    /// The latest results that are looked at: between them there are twenty changes to find.
    static let flapResults = 21

    /// How much of what could change in the latest 21 results did change, in percent. The newest change counts 1.25, the oldest 0.75,
    /// those between evenly in between; one between warning and critical counts half. Results that are not there did not change.
    package var flapPercent: Double {
        let pairs = min(known, Alert.flapResults) - 1
        guard pairs > 0 else { return 0 }
        // In 152ths, in which all weights are whole numbers: they sum up to 3040.
        var sum = 0
        let mask: UInt64 = (1 << UInt64(pairs)) - 1
        let changed = (badBits ^ badBits >> 1) & mask
        var left = changed | (criticalBits ^ criticalBits >> 1) & mask
        while left != 0 {
            let age = left.trailingZeroBitCount
            let weight = 190 - 4 * age
            sum += changed >> UInt64(age) & 1 == 1 ? weight : weight / 2
            left &= left - 1
        }
        return Double(sum * 100) / 3040
    }

    /// Looks whether it flaps, after each result and what that changed.
    mutating func flap(_ limits: FlapLimits?, after change: AlertChange) -> FlapChange? {
        let percent = limits == nil ? 0 : flapPercent
        if isFlapping {
            guard let limits, percent > limits.stop else {
                isFlapping = false
                return .settled(percent)
            }
            return nil
        }
        if let limits, percent >= limits.start {
            isFlapping = true
            return .began(percent)
        }
        // An end that is held although it does not flap any more.
        return change == .none && phase == .ok && !incidents.isEmpty ? .settled(percent) : nil
    }
}

// An alert that flaps stays a member of its incidents: neither that it is over nor that it fires again is told, until it settles. What
// is not yet known is told all the same: the first page, a rise of the level, steps whose turn comes. A held end is an alert that is
// ok and has incidents: it needs no memory of its own.
extension AlertingState {
    /// Lets a change of an alert take its effect, as far as flapping does not hold it.
    mutating func follow(
        _ change: AlertChange, _ flap: FlapChange?, of alert: Alert, was level: Level?, rule: RuleSpec, now: Timestamp
    ) {
        let open = alert.incidents.filter { incidents[$0]?.isOpen == true }
        if let flap { recordFlapping(flap, of: alert, rule: rule, now: now) }
        switch change {
        case .none:
            break
        case .fired where open.contains(where: { incidents[$0]?.kind == .group }):
            goOn(alert, in: open, now: now)
        case .resolved where alert.isFlapping && !open.isEmpty:
            recordChange(change, of: alert, now: now)
            cancelTimer(.confirm, of: alert.key.description)
            inhibitionChanged(by: alert.key, now: now)
            record(
                now, .suppression, alert: alert.key, incident: open[0], "\(alert.key) flaps: its end is held until it settles")
        case .deescalated where alert.isFlapping && !open.isEmpty:
            recordChange(change, of: alert, now: now)
            inhibitionChanged(by: alert.key, now: now)
            suppressionChanged(of: [alert.key], now: now)
        case .pending, .cleared, .fired, .escalated, .deescalated, .recovering, .refired, .resolved:
            react(to: change, of: alert, was: level, rule: rule, now: now)
        }
        if flap != nil { suppressionChanged(of: [alert.key], now: now) }
        if case .began(let percent) = flap { sayFlapping(alert.key, percent, in: open, now: now) }
        if change != .none || flap != nil { settleFlapping(alert.key, isNews: flap != nil, now: now) }
    }

    private mutating func recordFlapping(_ flap: FlapChange, of alert: Alert, rule: RuleSpec, now: Timestamp) {
        let text: String
        switch flap {
        case .began(let percent):
            let start = Quantity.number(rule.flapping?.start ?? 0)
            text = "\(alert.key) flaps: \(Alert.flapText(percent)), \(start)% is the limit"
        case .settled(let percent):
            text = "\(alert.key) has settled: \(Alert.flapText(percent))"
        }
        record(now, .suppression, alert: alert.key, incident: alert.incidents.first, text)
    }

    /// It fires again in incidents that never ended for it: only a level above the one told is news.
    private mutating func goOn(_ alert: Alert, in open: [String], now: Timestamp) {
        recordChange(.fired, of: alert, now: now)
        cancelTimer(.confirm, of: alert.key.description)
        inhibitionChanged(by: alert.key, now: now)
        suppressionChanged(of: [alert.key], now: now)
        let isRise = open.contains { id in level(of: alert.key, in: id).map { $0 < alert.level ?? .warning } ?? false }
        if isRise { levelChanged(alert.key, now: now) }
        if self.alert(alert.key)?.isHeldBack != true { noticeQuorums(alert.key, now: now) }
    }

    private func level(of key: AlertKey, in id: String) -> Level? { incidents[id]?.firingLevel(of: key) }

    /// The level at which an alert stands in its incidents that is ok and whose end is held.
    func heldLevel(of alert: Alert) -> Level? { alert.incidents.compactMap { level(of: alert.key, in: $0) }.max() }

    /// One message to those told.
    private mutating func sayFlapping(_ key: AlertKey, _ percent: Double, in open: [String], now: Timestamp) {
        guard let alert = alert(key) else { return }
        explain(alert, in: open, "flapping: \(Alert.flapText(percent)); its end is told when it settles")
        for id in open where incidents[id]?.isOpen == true { tellTold(.update, of: id, now: now) }
    }

    /// The sentence that messages say of a member.
    mutating func explain(_ alert: Alert, in ids: [String], _ reason: String) {
        for id in ids where incidents[id]?.isOpen == true {
            changeIncident(id) { incident in
                for index in incident.members.indices where incident.members[index].key == alert.key {
                    incident.members[index].reason = reason
                }
            }
        }
    }

    /// Compares how an alert that does not flap stands with what people were told.
    private mutating func settleFlapping(_ key: AlertKey, isNews: Bool, now: Timestamp) {
        guard let alert = alert(key), !alert.isFlapping, !alert.incidents.isEmpty else { return }
        switch alert.phase {
        case .ok:
            forgetSuppression(of: key, now: now)
            let level = alert.incidents.compactMap { self.level(of: key, in: $0) }.max()
            for id in alert.incidents { leave(key, of: id, reason: alert.reason, now: now) }
            endSilencesUntilResolved(by: alert, was: level, now: now)
        case .firing, .recovering:
            if isNews { explain(alert, in: alert.incidents, alert.reason) }
            let isTold = alert.incidents.allSatisfy { id in level(of: key, in: id).map { $0 == alert.level } ?? true }
            if !isTold { levelChanged(key, now: now) }
        case .new, .pending:
            break
        }
    }

    /// A warning of which all members flap is not repeated to those who know.
    func isRepeatHeld(of incident: Incident) -> Bool {
        let firing = incident.firing
        return incident.level == .warning && !firing.isEmpty && firing.allSatisfy { alert($0.key)?.isFlapping == true }
    }
}

extension Alert {
    fileprivate static func flapText(_ percent: Double) -> String {
        "\(Quantity.number((percent * 10).rounded() / 10))% of its last \(flapResults) results changed"
    }
}
