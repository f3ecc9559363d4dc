import Alerting
import Model

// What must hold whatever happens. A broken one is a sentence.
extension Simulation {
    /// After each decision that is more than samples: what it sends and changes, and what that may have broken.
    mutating func check(_ decision: Decision) {
        if !mirror.isBehind {
            for row in decision.outbox { watch.stored(row) }
            watch.allStored()
        }
        let now = clock.now().wall
        for sentence in mirror.broken(by: decision) + mirror.unsilenced(by: decision, at: now)
            + mirror.brokenCalendar(by: decision)
        {
            problem(sentence)
        }
        bounds.note(mirror.now.new, now: clock.elapsed)
    }

    /// After each turn of the daemon: what time alone can break.
    mutating func checkTime() {
        let now = clock.now().wall
        mirror.see(now)
        guard let daemon, daemon.pending.isOnlySamples else { return }
        for sentence in mirror.overdue(at: now) + mirror.late(bounds, network, now: clock.elapsed)
            + mirror.wrongPeople(at: now, up: bounds.up(clock.elapsed)) + mirror.missingDigests(at: now, since: digestsSince)
        { problem(sentence) }
    }

    /// Everything that memory alone can tell; every now and then.
    mutating func checkAll(_ place: String) {
        guard let daemon else { return }
        var found = mirror.broken()
        if daemon.pending.isOnlySamples { found += mirror.differences(from: daemon.state.everything()) }
        for sentence in found.sorted() { problem("\(place): \(sentence)") }
    }
}

extension Mirror {
    func broken(by decision: Decision) -> [String] {
        var found: [String] = []
        for row in decision.sends where !forgotten.contains(row.incident) { checkOrder(of: row, &found) }
        var alerts = Set(decision.alerts.map(\.key))
        for incident in decision.incidents {
            checkAudience(of: incident.id, &found)
            checkTimers(of: incident.id, [.step, .update, .ackExpiry, .quorum], &found)
            if !incident.isOpen { alerts.formUnion(incident.members.map(\.key)) }
        }
        for key in decision.cancelledTimers where key.kind == .confirm || key.kind == .hold {
            if let alert = AlertKey(timer: key.owner) { alerts.insert(alert) }
        }
        for key in alerts {
            checkTimers(of: key.description, [.confirm, .hold, .noData], &found)
            if let alert = now.alerts[key], alert.isFiring { checkFiring(alert, &found) }
        }
        for row in decision.outbox where row.isSettled { checkTimers(of: "\(row.id)", [.failover], &found) }
        for timer in decision.timers { if let timer = now.timers[timer.key] { checkTimer(timer, &found) } }
        return found
    }

    private func checkTimers(of owner: String, _ kinds: [TimerRow.Kind], _ found: inout [String]) {
        for kind in kinds {
            if let timer = now.timers[TimerRow.Key(kind: kind, owner: owner)] { checkTimer(timer, &found) }
        }
    }

    func broken() -> [String] {
        var found: [String] = []
        for id in now.open.sorted() { checkAudience(of: id, &found) }
        for alert in now.alerts.values where alert.isFiring { checkFiring(alert, &found) }
        for timer in now.timers.values { checkTimer(timer, &found) }
        return found
    }

    private func expect(_ isTrue: Bool, _ found: inout [String], _ sentence: @autoclosure () -> String) {
        if !isTrue { found.append(sentence()) }
    }

    /// In a lane nothing is resolved that was not told, nothing follows the end of a page, and an end is said at most twice.
    private func checkOrder(of row: OutboxRow, _ found: inout [String]) {
        let lane = now.rows(of: row.incident, to: row.target)
        let samePage = lane.filter { $0.page == row.page && $0.id != row.id }
        let name = "\(row.kind.rawValue) \(row.id) of page \(row.page) to \(row.target)"
        switch row.kind {
        case .resolve:
            let isTold = samePage.contains { $0.kind == .trigger && $0.tries > 0 && $0.id < row.id && $0.isSettled }
            expect(isTold, &found, "\(name) ends what was not told")
            // One that was withdrawn unsent, for the incident went on, was not said.
            let ends = samePage.count { $0.kind == .resolve && ($0.phase != .superseded || $0.tries > 0) }
            expect(ends <= 1, &found, "\(name) is one end too many")
        case .trigger, .update, .acknowledge:
            let ended = samePage.first { $0.kind == .resolve && ($0.phase == .done || $0.phase == .inflight) }
            expect(ended == nil, &found, "\(name) follows the end of its page")
        case .delayed:
            expect(lane.count { $0.kind == .delayed } == 1, &found, "\(name) is said twice")
        case .test, .digest, .change:
            break
        }
    }

    /// While each alert of an incident that fires is held, nobody hears of the problem. A silence, and what an alert depends on, are
    /// looked up here anew.
    func unsilenced(by decision: Decision, at time: Timestamp) -> [String] {
        guard !now.new.isEmpty else { return [] }
        let new = decision.outbox.filter {
            now.new.contains($0.id) && $0.phase != .superseded && [.trigger, .update].contains($0.kind)
        }
        return new.compactMap { row in
            guard let incident = now.incidents[row.incident], incident.isOpen, incident.phase != .acked else { return nil }
            let name = "\(row.kind.rawValue) \(row.id) to \(row.target)"
            if let parent = incident.mergedInto, now.incidents[parent]?.isOpen == true {
                return "\(name) is written although incident \(parent) tells people"
            }
            let firing = incident.firing
            guard !firing.isEmpty else { return nil }
            if firing.allSatisfy({ isSilenced($0, at: time) }) {
                return "\(name) is written although all that fires is silenced"
            }
            if firing.allSatisfy({ people.causes(of: $0).contains { isDown($0, before: row.createdAt) } }) {
                return "\(name) is written although all that fires depends on something that is down"
            }
            let isHeld = firing.allSatisfy { member in
                now.alerts[member.key].map { $0.suppression?.holds == true || $0.freshAfter != nil } ?? false
            }
            return isHeld ? "\(name) is written although all that fires is held back" : nil
        }
    }

    private func isSilenced(_ member: Incident.Member, at time: Timestamp) -> Bool {
        now.silences.values.contains {
            !now.over.contains($0.id) && $0.isActive(at: time) && $0.matches(["probe": member.key.probe])
        }
    }

    /// The alert has been critical since before then.
    func isDown(_ key: AlertKey, before time: Timestamp) -> Bool {
        guard let alert = now.alerts[key], alert.isFiring, alert.level == .critical, let since = alert.firedAt else {
            return false
        }
        return since < time && alert.since < time
    }

    /// Of an open incident whose steps ran their targets were told, or a message waits, or one was given up; otherwise it waits for
    /// a step. Of one that is over, whoever was told hears so.
    private func checkAudience(of id: String, _ found: inout [String]) {
        guard let incident = now.incidents[id], !forgotten.contains(id) else { return }
        let rows = now.rows(of: id)
        if incident.phase == .open, !isHeld(incident) {
            for name in incident.ranSteps.flatMap({ incident.policy.steps[$0].notify }) {
                let isSaid =
                    isAbout(name, incident) || people.isTold(name, of: incident, by: rows) { $0.phase != .superseded }
                expect(isSaid, &found, "\(name) was not told of \(id)")
            }
            let waits = now.timers[TimerRow.Key(kind: .step, owner: id)] != nil
            expect(incident.isAnnounced || waits, &found, "\(id) waits for nothing")
            checkNews(of: incident, rows, &found)
        }
        guard !incident.isOpen else { return }
        for told in (now.told[id] ?? [:]).values where told.resolvedAt == nil {
            let isSaid = rows.contains { $0.target == told.target && $0.phase != .done && $0.phase != .superseded }
            expect(isSaid, &found, "\(told.target) is not told that \(id) is over")
        }
    }

    /// Those told before something changed have had a message since, or will have one.
    private func checkNews(of incident: Incident, _ rows: [OutboxRow], _ found: inout [String]) {
        guard let changed = incident.changedAfter,
            now.timers[TimerRow.Key(kind: .update, owner: incident.id)] == nil
        else { return }
        for told in (now.told[incident.id] ?? [:]).values where told.resolvedAt == nil && told.row ?? 0 <= changed {
            let isNewer = rows.contains { $0.target == told.target && $0.id > changed }
            expect(isNewer, &found, "\(told.target) is not told what changed in \(incident.id)")
        }
    }

    /// That a channel loses messages is told by others.
    func isAbout(_ channel: String, _ incident: Incident) -> Bool {
        let members = incident.hasFiring ? incident.firing : incident.members
        return members.allSatisfy { $0.key == AlertKey(probe: ProbeSpec.daemonName, rule: "channel-\(channel)") }
    }

    /// It is not to be told, or not before a fresh result.
    func isHeld(_ alert: Alert) -> Bool {
        alert.suppression?.holds == true || alert.freshAfter != nil
            || now.timers[TimerRow.Key(kind: .hold, owner: alert.key.description)] != nil
    }

    func isHeld(_ incident: Incident) -> Bool {
        let firing = incident.firing
        return incident.mergedInto != nil || now.timers[TimerRow.Key(kind: .quorum, owner: incident.id)] != nil
            || !firing.isEmpty && firing.allSatisfy { now.alerts[$0.key].map(isHeld) ?? false }
    }

    private func checkFiring(_ alert: Alert, _ found: inout [String]) {
        let isOpen = alert.incidents.contains { now.incidents[$0]?.isOpen == true }
        let waits = now.timers[TimerRow.Key(kind: .confirm, owner: alert.key.description)] != nil
        expect(
            isOpen || waits || alert.phase == .recovering || isHeld(alert), &found,
            "\(alert.key) fires, is not held back and has no incident")
    }

    /// A timer belongs to somebody, in its present epoch.
    private func checkTimer(_ timer: TimerRow, _ found: inout [String]) {
        let owner = timer.key.owner
        switch timer.key.kind {
        case .step, .update:
            let incident = now.incidents[owner]
            expect(incident?.isOpen == true && incident?.epoch == timer.epoch, &found, "a stale timer: \(timer)")
        case .confirm, .hold, .noData:
            expect(AlertKey(timer: owner).map { now.alerts[$0] != nil } == true, &found, "a timer of nobody: \(timer)")
        case .ackExpiry, .quorum, .drill:
            expect(now.incidents[owner]?.isOpen == true, &found, "a timer of an incident that is over: \(timer)")
        case .failover:
            let waits = Int64(owner).flatMap { now.rows[$0] }?.isSettled == false
            expect(waits, &found, "a timer of no message: \(timer)")
        case .silence, .maintenance, .digest, .handoff, .proof:
            break
        }
    }

    /// Memory holds what was decided to be stored.
    func differences(from all: Decision) -> [String] {
        var found: [String] = []
        expect(Dictionary(uniqueKeysWithValues: all.timers.map { ($0.key, $0) }) == now.timers, &found, "timers differ")
        expect(
            all.outbox == now.rows.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }, &found,
            "messages on their way differ")
        expect(Dictionary(uniqueKeysWithValues: all.digests.map { ($0.name, $0) }) == now.digests, &found, "digests differ")
        for incident in all.incidents {
            expect(now.incidents[incident.id] == incident, &found, "incident \(incident.id) differs")
        }
        let live = Set(all.incidents.map(\.id))
        for id in now.open { expect(live.contains(id), &found, "incident \(id) is open in the ledger only") }
        let told = now.told.filter { live.contains($0.key) }.values.flatMap(\.values)
        expect(Set(all.told) == Set(told), &found, "who was told differs")
        let alerts = Dictionary(uniqueKeysWithValues: all.alerts.map { ($0.key, $0) })
        for (key, stored) in now.alerts {
            guard let alert = alerts[key] else {
                found.append("\(key) is in the ledger only")
                continue
            }
            // That the first result was good is not worth a commit.
            if alert.phase == .ok, stored.phase == .new { continue }
            expect(
                (alert.phase, alert.level, alert.incidents) == (stored.phase, stored.level, stored.incidents), &found,
                "\(key) is \(alert.phase.rawValue) in memory and \(stored.phase.rawValue) in the ledger")
        }
        for alert in all.alerts where alert.phase != .new && alert.phase != .ok {
            expect(now.alerts[alert.key] != nil, &found, "\(alert.key) is not in the ledger")
        }
        return found
    }
}

extension AlertKey {
    /// From the owner of a timer, `probe/rule`.
    init?(timer owner: String) {
        guard let slash = owner.firstIndex(of: "/") else { return nil }
        self.init(probe: String(owner[..<slash]), rule: String(owner[owner.index(after: slash)...]))
    }
}
