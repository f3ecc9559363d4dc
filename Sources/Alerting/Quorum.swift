import Model

// If enough distinct services fail at once, that is one critical incident of its own.
extension AlertingState {
    private static func groupKey(_ spec: QuorumSpec) -> String { "quorum\u{1f}\(spec.name)" }

    /// A firing alert is about to be told: it joins the quorum incidents that are open, and may be the one that opens one.
    mutating func noticeQuorums(_ key: AlertKey, now: Timestamp) {
        guard !configuration.quorums.isEmpty, let alert = alert(key), let labels = labels(of: alert) else { return }
        for spec in configuration.quorums where spec.matchers.match(labels) {
            if let parent = openByGroup[AlertingState.groupKey(spec)], incidents[parent]?.isOpen == true {
                gather(key, into: parent, now: now)
                reviewHold(of: parent, now: now)
                continue
            }
            let failing = failing(spec, since: now - spec.window)
            let services = Set(failing.map { service(of: $0, spec) })
            let needed = needed(spec)
            guard services.count >= needed else { continue }
            let policy = configuration.policies[spec.policy] ?? configuration.policy(of: nil)
            let parent = open(
                .quorum, groupKey: AlertingState.groupKey(spec), title: title(of: spec, services), level: .critical,
                labels: ["quorum": spec.name], policy: policy, wait: .zero,
                interval: RouteSpec(policy: policy.name).groupInterval, now: now)
            for member in failing { gather(member, into: parent, now: now) }
            runSteps(of: parent, now: now)
        }
    }

    /// Alerts that fire, are not held, and began since then.
    private func failing(_ spec: QuorumSpec, since: Timestamp) -> [AlertKey] {
        var found: [AlertKey] = []
        for probe in probes.values {
            for alert in probe.alerts
            where alert.isFiring && !alert.isHeldBack && (alert.firedAt ?? alert.since) >= since {
                if let labels = labels(of: alert), spec.matchers.match(labels) { found.append(alert.key) }
            }
        }
        return found.sorted()
    }

    private func service(of key: AlertKey, _ spec: QuorumSpec) -> String {
        probes[key.probe].map { spec.service(of: $0.spec) } ?? key.probe
    }

    private func title(of spec: QuorumSpec, _ services: Set<String>, _ verb: String = "fail") -> String {
        let names = AlertingState.listed(services.sorted(), atMost: 5)
        return "\(spec.name): \(services.count) of \(spec.distinct) \(verb) at once: \(names)"
    }

    private func needed(_ spec: QuorumSpec) -> Int {
        switch spec.quorum {
        case .count(let count):
            return count
        case .share(let share):
            let matching = probes.values.filter { probe in
                probe.spec.kind != ProbeSpec.internalKind
                    && probe.spec.rules.contains {
                        spec.matchers.match(AlertingConfiguration.labels(ofRule: $0.name, of: probe.spec))
                    }
            }
            let services = Set(matching.map { spec.service(of: $0.spec) })
            return max(1, Int((share * Double(services.count)).rounded(.up)))
        }
    }

    func quorum(of incident: Incident) -> QuorumSpec? {
        guard incident.kind == .quorum else { return nil }
        return configuration.quorums.first { AlertingState.groupKey($0) == incident.groupKey }
    }

    /// Counts again who fails, and says so in the title. The incident ends some time after they have become too few; until then it
    /// keeps the title that made it one.
    mutating func reviewQuorum(_ parent: String, now: Timestamp) {
        guard let incident = incidents[parent], incident.isOpen, let spec = quorum(of: incident) else { return }
        let counted = incident.firing.filter { alert($0.key)?.isHeldBack != true }
        let services = Set(counted.map { service(of: $0.key, spec) })
        if services.count >= needed(spec) {
            let title = title(of: spec, services)
            if title != incident.title { changeIncident(parent) { $0.title = title } }
            cancelTimer(.quorum, of: parent)
        } else if !hasTimer(.quorum, of: parent) {
            setTimer(TimerRow(.quorum, owner: parent, due: now + spec.clearFor, epoch: 0))
        }
    }

    /// They have been too few for long enough.
    mutating func quorumIsOver(_ parent: String, now: Timestamp) {
        guard let incident = incidents[parent], incident.isOpen else { return }
        let firing = incident.firing.count
        if let spec = quorum(of: incident) {
            let services = Set(incident.members.map { service(of: $0.key, spec) })
            let title = title(of: spec, services, "failed")
            changeIncident(parent) { $0.title = title }
        }
        let left = firing == 1 ? "1 alert goes" : "\(firing) alerts go"
        resolve(parent, firing == 0 ? "all have recovered" : "too few fail now; \(left) on alone", now: now)
    }

    /// After a reload: a quorum that is not configured any more is over.
    mutating func endForgottenQuorums(now: Timestamp) {
        let keys = Set(configuration.quorums.map(AlertingState.groupKey))
        for incident in incidents.values.filter({ $0.isOpen && $0.kind == .quorum }).sorted(by: { $0.id < $1.id })
        where !keys.contains(incident.groupKey) {
            resolve(incident.id, "its quorum was removed from the configuration", now: now)
        }
    }
}

extension QuorumSpec {
    /// A probe without the label is a service of its own.
    fileprivate func service(of probe: ProbeSpec) -> String { probe.labels[distinct] ?? probe.name }
}
