/// What people are shown of a probe, the same on the status page and in the terminal.
extension Snapshot.Probe {
    /// What the newest run gave: the value that the rules judge, or how the run ended. Empty before the first run.
    package var valueText: String {
        guard let last else { return "" }
        switch last.outcome {
        case .failed: return "failed"
        case .timeout: return "timed out"
        case .monitorFault: return "monitor fault"
        case .ok: break
        }
        let judged = rules.first { $0.state == state && $0.value != nil } ?? rules.first { $0.value != nil }
        if let rule = judged, let value = rule.value { return Quantity.text(value, rule.unit) }
        return Quantity.text(last.samples[Sample.duration] ?? last.durationSeconds, .seconds)
    }

    /// `132ms (n 120)`; empty where there is none.
    package var p95Text: String {
        guard let p95Seconds else { return "" }
        return "\(Quantity.text(p95Seconds, .seconds)) (n \(p95N))"
    }

    /// Why the probe is not ok: the sentence of the rule that decides, or of the run.
    package var reasonText: String {
        let held = rules.filter { $0.suppressedBy != nil }
        if let pause = held.first(where: { $0.suppressedBy?.kind == .paused }) { return pause.suppressedBy?.reason ?? "" }
        let isQuiet = state != .critical && state != .warning
        if isQuiet, let rule = held.first(where: { $0.suppressedBy?.kind == .maintenance }) {
            return "\(rule.reason); it does not count within maintenance"
        }
        if state != .ok, let rule = rules.first(where: { $0.state == state && !$0.reason.isEmpty }) {
            return rule.isFlapping == true ? "changes too often; last: \(rule.reason)" : rule.reason
        }
        return last?.reason ?? ""
    }
}

extension Snapshot.Incident {
    /// Who has it, until when, and what tells people instead of it.
    package func takenText(now: Timestamp) -> String {
        var text = ackedBy.map { "acknowledged by \($0)" } ?? "not acknowledged"
        if let ackedUntil { text += " for another \((ackedUntil - now).rough)" }
        if let mergedInto { text += ", merged into \(mergedInto)" }
        return text
    }
}

extension Snapshot {
    /// Alerts whose messages are held back, and by what: a line each.
    package var heldTexts: [String] {
        probesByUrgency.flatMap { probe in
            probe.rules.compactMap { rule in
                rule.suppressedBy.map {
                    "\(probe.name)/\(rule.name), for \((time - $0.since).rough) (\($0.kind.rawValue)): \($0.reason)"
                }
            }
        }
    }

    /// `2 silences, 1 to come; 1 maintenance`; nil where there is none.
    package var holdersText: String? {
        func text(_ count: Held.Count, _ noun: String) -> String? {
            switch (count.active, count.pending) {
            case (0, 0): nil
            case (0, let pending): "\(counted(pending, noun)) to come"
            case (let active, 0): counted(active, noun)
            case (let active, let pending): "\(counted(active, noun)), \(pending) to come"
            }
        }
        let texts = [text(held.silences, "silence"), text(held.maintenance, "maintenance window")].compactMap { $0 }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}

extension Snapshot.State {
    /// The order in which a person looks: the worst first.
    package var rank: Int {
        switch self {
        case .critical: 0
        case .warning: 1
        case .unknown: 2
        case .pending: 3
        case .ok: 4
        }
    }
}

extension Snapshot {
    /// The worst of its probes, `ok` where there are none; critical where somebody should know of an incident and nobody does.
    package var worst: State {
        // What nobody could be told is as bad as can be, whatever the probes say by now.
        if incidents.contains(where: { $0.isNobodyReached == true }) { return .critical }
        return probes.map(\.state).min { $0.rank < $1.rank } ?? .ok
    }

    /// Worst first, then by name.
    package var probesByUrgency: [Probe] {
        probes.sorted { ($0.state.rank, $0.name) < ($1.state.rank, $1.name) }
    }

    /// What is wrong with the daemon itself, a sentence each; empty where all is well.
    package var daemonProblems: [String] {
        var problems: [String] = []
        if !daemon.storageOK {
            problems.append("Storage: \(daemon.storageProblem ?? "the last commit failed").")
        }
        if daemon.unrecordedDecisions > 0 {
            problems.append(
                "\(counted(daemon.unrecordedDecisions, "decision")) could not be stored yet; messages are sent all the same.")
        }
        if !daemon.configurationOK {
            problems.append("The last reload was refused; the configuration of \(daemon.configurationLoadedAt) is running.")
        }
        for incident in incidents where incident.isNobodyReached == true {
            let told = incident.told.joined(separator: ", ")
            problems.append(
                told.isEmpty
                    ? "Nobody could be told of incident \(incident.id): every channel of its policy failed."
                    : "Nobody of its policy could be told of incident \(incident.id); \(told) was told instead.")
        }
        if let problem = daemon.heartbeatProblem { problems.append("The watchdog address: \(problem).") }
        for channel in daemon.channels where channel.isBreakerOpen {
            let retry = channel.retryAt.map { $0 > time ? ", next attempt in \(($0 - time).rough)" : "" } ?? ""
            problems.append("Channel \(channel.name) accepts nothing: \(channel.problem)\(retry).")
        }
        for channel in daemon.channels where !channel.away.isEmpty {
            let names = channel.away.joined(separator: ", ")
            problems.append("\(names) accepts nothing, others of channel \(channel.name) do: \(channel.problem).")
        }
        for channel in daemon.channels where channel.isUnproven {
            let last =
                channel.acceptedAt.map { "has accepted nothing for \((time - $0).rough)" } ?? "has never accepted anything"
            problems.append("Channel \(channel.name) \(last): try it with monitordctl notify \(channel.name) --test.")
        }
        if daemon.outbox.dead > 0 {
            problems.append("\(counted(daemon.outbox.dead, "message")) given up: see monitordctl outbox --dead.")
        }
        if daemon.outbox.oldestPendingSeconds > Self.lateMessage.seconds {
            let age = Duration.seconds(Int64(daemon.outbox.oldestPendingSeconds)).rough
            problems.append("\(counted(daemon.outbox.pending, "message")) not delivered yet, the oldest for \(age).")
        }
        return problems
    }

    /// A message that has waited longer than this is worth a line: a first retry comes sooner.
    private static let lateMessage = Duration.seconds(60)
}

/// `1 message`, `2 messages`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
