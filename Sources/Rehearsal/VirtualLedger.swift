package import Model

/// The rows that a ledger would hold, and what a start would read of them.
package struct VirtualLedger: Sendable {
    private(set) var alerts: [AlertKey: Alert] = [:]
    package private(set) var incidents: [String: Incident] = [:]
    private(set) var timers: [TimerRow.Key: TimerRow] = [:]
    private(set) var outbox: [Int64: OutboxRow] = [:]
    private(set) var told: [String: [String: Told]] = [:]
    private(set) var silences: [String: Silence] = [:]
    private(set) var overrides: [String: OnCallOverride] = [:]
    private(set) var commands: [CommandRow] = []
    private(set) var digests: [String: DigestRow] = [:]
    private(set) var channels: [String: ChannelHealth] = [:]
    private(set) var evidence: [[String]: EvidenceRow] = [:]
    private(set) var deploys: [Deploy] = []
    private(set) var latest: [String: Observation] = [:]
    /// In the order in which they came.
    private(set) var observations: [Observation] = []
    /// Observations are kept, for windows after a restart.
    var keepsObservations = true

    mutating func commit(_ decision: Decision) {
        for observation in decision.observations { latest[observation.probe] = observation }
        if keepsObservations { observations += decision.observations }
        for key in decision.removedAlerts { alerts[key] = nil }
        for alert in decision.alerts { alerts[alert.key] = alert }
        for incident in decision.incidents { incidents[incident.id] = incident }
        for key in decision.cancelledTimers { timers[key] = nil }
        for timer in decision.timers { timers[timer.key] = timer }
        for row in decision.outbox { outbox[row.id] = row }
        for entry in decision.told { told[entry.incident, default: [:]][entry.target] = entry }
        for silence in decision.silences { silences[silence.id] = silence }
        for entry in decision.overrides { overrides[entry.id] = entry }
        commands += decision.commands
        for digest in decision.digests { digests[digest.name] = digest }
        for channel in decision.channels { channels[channel.name] = channel }
        for row in decision.evidence { evidence[[row.incident, row.probe]] = row }
        deploys += decision.deploys
    }

    /// What a start at this time would load.
    func stored(at now: Timestamp) -> Stored {
        var stored = Stored()
        stored.alerts = alerts.values.sorted { $0.key < $1.key }
        stored.outbox = outbox.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }
        let alive = Set(stored.outbox.map(\.incident))
        stored.incidents = incidents.values.filter { $0.isOpen || alive.contains($0.id) }.sorted { $0.id < $1.id }
        stored.timers = timers.values.sorted {
            ($0.due, $0.key.kind.rawValue, $0.key.owner) < ($1.due, $1.key.kind.rawValue, $1.key.owner)
        }
        let loaded = Set(stored.incidents.map(\.id))
        stored.told = told.filter { loaded.contains($0.key) }.values.flatMap(\.values).sorted {
            ($0.incident, $0.target) < ($1.incident, $1.target)
        }
        stored.silences = silences.values.filter { $0.phase(at: now) != .expired }.sorted { $0.id < $1.id }
        stored.overrides = overrides.values.filter { now < $0.endsAt }.sorted { $0.id < $1.id }
        stored.endedOverrides = overrides.values.filter { $0.endsAt <= now }.sorted { $0.id < $1.id }
        stored.commands = commands
        stored.digests = digests.values.sorted { $0.name < $1.name }
        stored.channels = channels.values.sorted { $0.name < $1.name }
        stored.evidence = evidence.values.filter { loaded.contains($0.incident) }.sorted {
            ($0.incident, $0.probe) < ($1.incident, $1.probe)
        }
        stored.deploys = deploys
        stored.lastOutboxID = outbox.keys.max() ?? 0
        stored.dead = outbox.values.filter { $0.phase == .dead }.sorted { $0.id < $1.id }
        stored.deadCount = outbox.values.filter { $0.phase == .dead }.count
        stored.latest = latest
        return stored
    }
}
