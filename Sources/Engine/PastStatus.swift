import Alerting
import Config
import Ledger
package import Model
import Synchronization

/// How everything stood at a time that is past: alerts and incidents as their records say, runs as they are stored. Which probes and
/// rules there are, and what a rule makes of a run, is as configured now.
struct PastStatus {
    /// So far back runs are looked at, and those of probes that ran seldom: over a weekend, or twice their interval.
    private static let lookback = Duration.seconds(86_400)
    private static let longLookback = Duration.seconds(4 * 86_400)
    private static let mostRecords = 10_000

    let reader: LedgerReader
    let at: Timestamp
    /// What is recorded at the time itself belongs to it: the ledger's bounds are exclusive.
    private var end: Timestamp { at + .microseconds(1) }

    func snapshot(_ configuration: AlertingConfiguration, daemon: Snapshot.Daemon) throws -> PastReply {
        guard let beginning = try reader.beginning() else { return .unknown("Nothing is stored yet.") }
        guard beginning <= at else {
            return .unknown("Nothing is stored of \(at): the first record is of \(beginning).")
        }
        let incidents = try reader.incidents(openAt: at).map { incident in
            (incident, try reader.records(incident: incident.id, limit: Self.mostRecords))
        }
        let probes = try probes(configuration, beginning: beginning)
        let shown = try incidents.map { incident, records in
            let told = try reader.told(incident: incident.id).filter { $0.at <= at }
            return Snapshot.Incident(incident.asOf(at, records), told: told.map(\.target).sorted())
        }
        return .found(
            Snapshot(node: configuration.node, time: at, probes: probes, incidents: shown, daemon: daemon))
    }

    private func probes(_ configuration: AlertingConfiguration, beginning: Timestamp) throws -> [Snapshot.Probe] {
        let specs = configuration.probes.filter { $0.kind != ProbeSpec.internalKind }.sorted { $0.name < $1.name }
        var probes = Dictionary(
            uniqueKeysWithValues: specs.map { ($0.name, PastProbe($0, of: configuration, beginning: beginning)) })
        let window = specs.flatMap(\.rules).flatMap(\.conditions).compactMap { $0.operand?.window }.max() ?? .zero
        let recent = at - max(window, Self.lookback)
        let seldom = at - max(window, Self.longLookback, (specs.map(\.every).max() ?? .zero) * 2)
        try reader.replay(since: recent, until: end) { run in
            if run.ended <= at { probes[run.probe]?.take(run) }
        }
        let silent = Set(probes.filter { !$0.value.hasRun }.keys)
        if !silent.isEmpty {
            try reader.replay(since: seldom, until: recent) { if silent.contains($0.probe) { probes[$0.probe]?.take($0) } }
        }
        for record in try reader.lastAlertRecords(until: end) {
            guard let name = record.probe, let rule = record.rule else { continue }
            let (change, level) = AlertChange.read(record) ?? (.none, nil)
            let reason = record.text.firstRange(of: ": ").map { String(record.text[$0.upperBound...]) } ?? ""
            probes[name]?.set(AlertKey(probe: name, rule: rule), change, level: level, at: record.at, reason)
        }
        return specs.compactMap { probes[$0.name]?.shown(at: at) }
    }
}

extension Incident {
    /// As it was then, by its own times and its records.
    fileprivate func asOf(_ at: Timestamp, _ records: [Record]) -> Incident {
        var then = asOf(at)
        // One that ended and came back has the time of its return.
        then.members = members.filter { member in
            member.since <= at
                || records.contains { $0.at <= at && $0.probe == member.key.probe && $0.rule == member.key.rule }
        }
        let own = records.filter { $0.kind == .incident }
        let rises = own.filter { $0.at > at }.compactMap { record -> Level? in
            record.text.hasPrefix("rose to ") ? .warning : record.text.hasPrefix("fell to ") ? .critical : nil
        }
        then.level = rises.first ?? level
        let taken = "acknowledged by "
        let last = own.last { record in
            record.at <= at && [taken, "open again: ", "rose to "].contains { record.text.hasPrefix($0) }
        }
        then.phase = last?.text.hasPrefix(taken) == true ? .acked : .open
        then.ackedBy = then.phase == .open ? nil : ackedBy(in: String(last?.text.dropFirst(taken.count) ?? ""))
        if then.ackedAt == nil { then.ackExpiresAt = nil }
        then.isNobodyReached = false
        return then
    }

    /// Whose name the record of an acknowledgement begins with: a comment may follow.
    private func ackedBy(in text: String) -> String {
        if let ackedBy, text.hasPrefix(ackedBy) { return ackedBy }
        return String(text.prefix(upTo: text.firstRange(of: ": ")?.lowerBound ?? text.endIndex))
    }
}

extension Daemon {
    /// How everything stood at a time that is past. What is not stored of it, such as the daemon's own figures, is left at zero.
    package func snapshot(at: Timestamp) async throws -> PastReply {
        let (past, configuration) = (PastStatus(reader: reader, at: at), present.withLock { $0.configuration.alerting })
        let daemon = Snapshot.Daemon(version: version, startedAt: startedAt)
        return try await onWorker { try past.snapshot(configuration, daemon: daemon) }
    }
}
