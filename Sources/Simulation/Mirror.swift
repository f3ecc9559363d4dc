import Ledger
import Model

/// Every row that was ever decided, as the ledger should hold it: what invariants are checked against, and what a restart must find.
struct Mirror {
    struct Content {
        var rows: [Int64: OutboxRow] = [:]
        var incidents: [String: Incident] = [:]
        var alerts: [AlertKey: Alert] = [:]
        var timers: [TimerRow.Key: TimerRow] = [:]
        var told: [String: [String: Told]] = [:]
        var silences: [String: Silence] = [:]
        var overrides: [String: OnCallOverride] = [:]
        /// The latest of each name.
        var digests: [String: DigestRow] = [:]
        var channels: [String: ChannelHealth] = [:]
        var rowsOfIncident: [String: [Int64]] = [:]
        /// Those that are open, or were a moment ago.
        var open: Set<String> = []
        /// Messages that are not settled.
        var waiting: Set<Int64> = []
        /// Silences whose end the wall clock has passed: they do not hold again where it is set back.
        var over: Set<String> = []
        /// Messages that the latest decision wrote.
        var new: Set<Int64> = []
    }
    private(set) var now = Content()
    /// Whom names in steps mean, by the configuration in force.
    var people = People()
    /// What is stored, while it is less than what was decided.
    private var stored: Content?
    /// Incidents of which something was decided while nothing could be stored, and forgotten by a kill.
    private(set) var forgotten: Set<String> = []

    var isBehind: Bool { stored != nil }

    mutating func take(_ decision: Decision, _ result: Store.Result) {
        switch result {
        case .stored: break
        case .failed: if stored == nil { stored = now }
        case .recovered: stored = nil
        }
        now.take(decision)
    }

    /// Forgets incidents that are over, with their messages; call it when none of these is on its way.
    mutating func forgetOver() { now.forgetOver() }

    /// Time has passed.
    mutating func see(_ time: Timestamp) {
        for (id, silence) in now.silences where silence.endsAt <= time { now.over.insert(id) }
    }

    /// The process is gone with its memory.
    mutating func crash() {
        guard let stored else { return }
        for (id, row) in now.rows where stored.rows[id] != row { forgotten.insert(row.incident) }
        for (id, incident) in now.incidents where stored.incidents[id] != incident { forgotten.insert(id) }
        for (id, told) in now.told where stored.told[id] != told { forgotten.insert(id) }
        now = stored
        self.stored = nil
    }
}

extension Mirror.Content {
    mutating func take(_ decision: Decision) {
        for key in decision.removedAlerts { alerts[key] = nil }
        for alert in decision.alerts { alerts[alert.key] = alert }
        for incident in decision.incidents {
            incidents[incident.id] = incident
            if incident.isOpen { open.insert(incident.id) } else { open.remove(incident.id) }
        }
        for key in decision.cancelledTimers { timers[key] = nil }
        for timer in decision.timers { timers[timer.key] = timer }
        new = []
        for row in decision.outbox {
            if row.isSettled { waiting.remove(row.id) } else { waiting.insert(row.id) }
            guard rows.updateValue(row, forKey: row.id) == nil else { continue }
            rowsOfIncident[row.incident, default: []].append(row.id)
            new.insert(row.id)
        }
        for silence in decision.silences { silences[silence.id] = silence }
        for entry in decision.overrides { overrides[entry.id] = entry }
        for row in decision.digests { digests[row.name] = row }
        for health in decision.channels { channels[health.name] = health }
        for entry in decision.told { told[entry.incident, default: [:]][entry.target] = entry }
    }

    fileprivate mutating func forgetOver() {
        for id in incidents.keys where !open.contains(id) {
            incidents[id] = nil
            told[id] = nil
            for row in rowsOfIncident.removeValue(forKey: id) ?? [] { rows[row] = nil }
        }
    }

    func rows(of incident: String) -> [OutboxRow] { (rowsOfIncident[incident] ?? []).compactMap { rows[$0] } }

    func rows(of incident: String, to target: String) -> [OutboxRow] { rows(of: incident).filter { $0.target == target } }
}
