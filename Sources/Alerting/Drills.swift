import Model

/// Limits of drills.
enum DrillLimit {
    static let shortest = Duration.seconds(10)
    static let longest = Duration.seconds(24 * 3600)
}

// A drill tells people as an incident would, and looks whether somebody takes it in time.
extension AlertingState {
    mutating func drill(
        _ name: String, expectAck: Duration, by actor: Actor, incident subject: inout String?, now: Timestamp
    ) -> CommandReply {
        guard expectAck >= DrillLimit.shortest, expectAck <= DrillLimit.longest else {
            return CommandReply(
                .refused,
                "a drill waits \(DrillLimit.shortest.short) to \(DrillLimit.longest.short) to be acknowledged, not \(expectAck.short)"
            )
        }
        if let running = incidents.values.first(where: { $0.kind == .drill && $0.isOpen && $0.labels["drill"] == name }) {
            return CommandReply(.refused, "a drill of \(name) is under way: incident \(running.id)")
        }
        guard var policy = policy(ofDrill: name) else {
            return CommandReply(
                .unknown,
                "there is no probe, policy, channel, contact or schedule \(name); policies: "
                    + AlertingState.listed(configuration.policies.keys.sorted()))
        }
        guard !policy.steps.isEmpty else { return CommandReply(.refused, "nobody is told of \(name): its policy has no steps") }
        // Practised once.
        policy.repeatAfter = .zero
        policy.ackTimeout = nil
        let id = open(
            .drill, groupKey: "drill\u{1f}\(name)", title: "\(name): nothing is wrong, \(actor.name) tries who is reached",
            level: .critical, labels: ["drill": name], policy: policy, wait: .zero, interval: .zero, now: now)
        subject = id
        setTimer(TimerRow(.drill, owner: id, due: now + expectAck, epoch: 0))
        record(now, .drill, incident: id, "drill of \(name) by \(actor.name): to be acknowledged within \(expectAck.short)")
        runSteps(of: id, now: now)
        let first = outbox.rows(of: id).map(\.target)
        return CommandReply(
            .done,
            "drill \(id) of \(name) tells \(AlertingState.listed(first)) now; acknowledge it within \(expectAck.short)",
            details: [id])
    }

    /// Whoever would be told: of a probe by its most serious alert, of a policy, or the one that is named.
    private func policy(ofDrill name: String) -> PolicySpec? {
        if let spec = probes[name]?.spec {
            let rule = spec.rules.first { $0.critical != nil } ?? spec.rules.first ?? .failing
            let labels = AlertingConfiguration.labels(ofRule: rule.name, of: spec, level: .critical)
            return configuration.policy(of: configuration.routes(taking: labels).first)
        }
        if let policy = configuration.policies[name] { return policy }
        let isKnown =
            configuration.channels[name] != nil || configuration.contacts[name] != nil || configuration.schedules[name] != nil
        return isKnown ? PolicySpec(name: name, steps: [.init(after: .zero, notify: [name])]) : nil
    }

    /// Somebody took a drill: it did what it was for.
    mutating func drillAcknowledged(_ id: String, now: Timestamp) {
        guard let incident = incidents[id], incident.kind == .drill, incident.isOpen else { return }
        let took = (now - incident.openedAt).short
        record(
            now, .drill, incident: id, "the drill succeeded: acknowledged by \(incident.ackedBy ?? "somebody") after \(took)")
        changeIncident(id) { $0.title = "\($0.stem): \(incident.ackedBy ?? "somebody") acknowledged it after \(took)" }
        resolve(id, "the drill succeeded", now: now)
    }

    /// Nobody took a drill in time.
    mutating func drillDue(_ timer: TimerRow, now: Timestamp) {
        let id = timer.key.owner
        guard let incident = incidents[id], incident.kind == .drill, incident.isOpen else { return }
        let accepted = (told[id] ?? [:]).keys.sorted()
        let waiting = outbox.rows(of: id).filter { $0.kind == .trigger }.map {
            "\($0.target) (\($0.note.isEmpty ? "waits" : $0.note))"
        }
        let untaken = "nobody acknowledged it within \((now - incident.openedAt).short)"
        var end = "the drill failed: \(untaken)"
        end += "; accepted by \(AlertingState.listed(accepted))"
        if !waiting.isEmpty { end += "; not accepted by \(AlertingState.listed(waiting))" }
        record(now, .drill, incident: id, end)
        changeIncident(id) { $0.title = "\($0.stem): it failed, \(untaken)" }
        resolve(id, end, now: now)
    }
}
