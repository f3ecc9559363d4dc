package import Model

// What helps whoever is told to understand it: what the monitor knows beside the results, a line each, most telling first.
extension AlertingState {
    /// A deploy longer before the incident is no suspect.
    static let suspectDeploy = Duration.seconds(86_400)
    /// Nor is a configuration that was read longer before.
    package static let suspectReload = Duration.seconds(3600)
    /// A storm has thousands of members and of other incidents: so many of each are looked at for one message.
    private static let lookedAt = 500
    private static let namesShown = 3

    func facts(of incident: Incident, _ kind: Notification.Kind, now: Timestamp) -> [Notification.Fact] {
        switch kind {
        case .trigger, .update, .acknowledge: break
        // What is over needs no explanation, and the others are about no incident.
        case .resolve, .delayed, .test, .digest, .change: return []
        }
        let affected = affected(by: incident)
        return [
            cause(of: incident, affected, now: now), lastDeploy(before: incident, affected), deploy(since: incident, affected),
            reload(before: incident), alsoFailing(beside: incident, affected),
        ].compactMap(\.self)
    }

    /// The probes of its members, each once.
    func affected(by incident: Incident) -> [ProbeSpec] {
        var seen: Set<String> = []
        return incident.members.prefix(AlertingState.lookedAt).compactMap { member in
            seen.insert(member.key.probe).inserted ? probes[member.key.probe]?.spec : nil
        }
    }

    // MARK: What was done

    private func lastDeploy(before incident: Incident, _ affected: [ProbeSpec]) -> Notification.Fact? {
        let earliest = incident.beganAt - AlertingState.suspectDeploy
        let found = deploys.last { deploy in
            deploy.at <= incident.beganAt && deploy.at >= earliest && affected.contains(where: deploy.concerns)
        }
        return found.map { deploy in
            Notification.Fact(
                "Last deploy", "\(deploy.what), \((incident.beganAt - deploy.at).rough) before it began")
        }
    }

    private func deploy(since incident: Incident, _ affected: [ProbeSpec]) -> Notification.Fact? {
        let found = deploys.last { $0.at > incident.beganAt && affected.contains(where: $0.concerns) }
        return found.map { deploy in
            Notification.Fact(
                "Deploy since", "\(deploy.what), \((deploy.at - incident.beganAt).rough) after it began")
        }
    }

    private func reload(before incident: Incident) -> Notification.Fact? {
        guard let lastReload, lastReload.at <= incident.beganAt,
            incident.beganAt - lastReload.at <= AlertingState.suspectReload
        else { return nil }
        let ago = (incident.beganAt - lastReload.at).rough
        return Notification.Fact("Changed", "configuration \(lastReload.note), \(ago) before it began")
    }

    /// The configuration is another one now.
    package mutating func noteReload(_ note: String, at time: Timestamp) {
        if !note.isEmpty { lastReload = Reload(at: time, note: note) }
    }

    // MARK: What else fails

    /// What a member depends on and is not well, or what inhibits one.
    private func cause(of incident: Incident, _ affected: [ProbeSpec], now: Timestamp) -> Notification.Fact? {
        let own = Set(affected.map(\.name))
        for spec in affected {
            for name in spec.dependsOn where !own.contains(name) {
                guard let parent = probes[name] else { continue }
                if let failing = parent.alerts.filter(\.isFiring).max(by: { ($0.level ?? .warning) < ($1.level ?? .warning) }) {
                    let level = (failing.level ?? .warning).rawValue
                    return Notification.Fact(
                        "Probable cause", "\(spec.name) depends on \(name), which is \(level): \(failing.reason)")
                }
                let began = incident.members.lazy.filter { $0.key.probe == spec.name && $0.resolvedAt == nil }.map(\.since)
                    .min()
                if let began, isUnseen(parent, since: began) {
                    return Notification.Fact(
                        "Parent unknown", "\(spec.name) depends on \(name), of which there is no result since this began")
                }
                if parent.state == .unknown {
                    return Notification.Fact(
                        "Probable cause", "\(spec.name) depends on \(name), of which nothing is known now")
                }
            }
        }
        for member in incident.members.prefix(AlertingState.lookedAt) where member.resolvedAt == nil {
            if let (rule, source) = inhibitor(of: member.key, now: now) {
                return Notification.Fact("Probable cause", "\(source) fires; by \(rule.name) it explains \(member.key)")
            }
        }
        return nil
    }

    /// Other open incidents of the same service or environment; those of another environment are no company.
    private func alsoFailing(beside incident: Incident, _ affected: [ProbeSpec]) -> Notification.Fact? {
        let place = Surroundings(affected)
        // Where everything fails, that is no news of this one.
        guard !place.isEmpty, incidents.count <= AlertingState.lookedAt else { return nil }
        let near = incidents.values.filter { other in
            guard other.isOpen, other.id != incident.id, other.mergedInto == nil else { return false }
            let first = other.members.first { $0.resolvedAt == nil }
            return first.flatMap { probes[$0.key.probe]?.spec }.map(place.surrounds) ?? false
        }.sorted { $0.id < $1.id }
        guard !near.isEmpty else { return nil }
        let names = AlertingState.listed(near.map(\.title), atMost: AlertingState.namesShown)
        let count = near.count == 1 ? "1 other incident" : "\(near.count) other incidents"
        return Notification.Fact("Also failing", "\(count) of \(place.name): \(names)")
    }
}

/// The services and environments of some probes.
private struct Surroundings {
    private var services: Set<String>
    private var environments: Set<String>

    init(_ probes: [ProbeSpec]) {
        services = Set(probes.compactMap { $0.labels["service"] })
        environments = Set(probes.compactMap { $0.labels["environment"] })
    }

    var isEmpty: Bool { services.isEmpty && environments.isEmpty }

    /// What they have in common with their neighbours, as people say it: `production`, or `api`.
    var name: String { (environments.isEmpty ? services : environments).sorted().joined(separator: ", ") }

    func surrounds(_ spec: ProbeSpec) -> Bool {
        guard let environment = spec.labels["environment"], !environments.isEmpty else {
            return spec.labels["service"].map(services.contains) ?? false
        }
        return environments.contains(environment)
    }
}

extension Deploy {
    /// Whether it put something into service that a probe watches: the probe has all of its labels.
    package func concerns(_ spec: ProbeSpec) -> Bool {
        labels.allSatisfy { name, value in (name == "probe" ? spec.name : spec.labels[name]) == value }
    }
}
