import Model

// The monitor itself may be cut off. Canaries are probes of what it needs, such as the gateway: where all of them fail, and two hosts
// at least do, failures say nothing of targets. One alert says so in place of one a target, until a canary answers.
extension AlertingState {
    /// How much longer than a canary's timeout an alert waits for its result.
    private static let canaryPatience = Duration.seconds(1)

    /// What keeps an alert of which nobody knows from being told: the monitor is cut off, or its canaries are being looked at.
    func isolation(of alert: Alert, now: Timestamp) -> Suppression? {
        guard !configuration.canaries.isEmpty, alert.incidents.isEmpty, isSubject(alert.key) else { return nil }
        if isIsolated {
            let reason = "the monitor is cut off: \(canaryNames) \(canaries.count == 1 ? "fails" : "fail")"
            return Suppression(.isolated, by: AlertKey.isolated.description, reason: reason, since: now)
        }
        guard !isIsolationRefuted, isWaiting(alert.key), let canary = canaryLookedAt(since: alert.firstBad) else { return nil }
        let reason = "the canary \(canary) is being looked at first"
        return Suppression(.isolated, by: canary, reason: reason, since: now)
    }

    /// Before an alert is told: where no canary has run since it failed, they run, and it waits for them.
    mutating func lookAtCanaries(of key: AlertKey, now: Timestamp) {
        guard !configuration.canaries.isEmpty, !isIsolated, !isIsolationRefuted, let alert = alert(key), isSubject(key),
            canaryLookedAt(since: alert.firstBad) != nil
        else { return }
        let unseen = canaries.filter { ($0.latest?.started ?? .distantPast) < alert.firstBad }
        let longest = unseen.map(\.spec.timeout).max() ?? .zero
        let timer = TimerRow.Key(kind: .hold, owner: key.description)
        let due = max(now + longest + AlertingState.canaryPatience, timers[timer]?.due ?? now)
        setTimer(TimerRow(.hold, owner: key.description, due: due, epoch: 0))
        for canary in unseen { draft.runs.append(RunRequest(probe: canary.spec.name)) }
    }

    /// A result as it counts: a failure while the monitor is cut off is unknown.
    mutating func asItCounts(_ observation: Observation, now: Timestamp) -> Observation {
        guard !configuration.canaries.isEmpty, observation.isTargetsFault, !configuration.canaries.contains(observation.probe),
            let host = probes[observation.probe]?.spec.host
        else { return observation }
        if !isIsolated, !isIsolationRefuted, canariesFail, hosts(with: host).count > 1 { beginIsolation(now: now) }
        guard isIsolated else { return observation }
        var unknown = observation
        unknown.outcome = .monitorFault
        unknown.failure = Failure(
            .isolated, "the monitor was cut off: \(observation.failure?.detail ?? observation.outcome.rawValue)")
        unknown.samples = []
        return unknown
    }

    /// A canary has a result: alerts may wait for it, and the monitor be cut off by now, or no longer.
    mutating func noteCanary(_ observation: Observation, now: Timestamp) {
        guard configuration.canaries.contains(observation.probe) else { return refuteIsolation(observation, now: now) }
        if !canariesFail {
            canariesDownSince = nil
            isIsolationRefuted = false
        } else if canariesDownSince == nil {
            canariesDownSince = observation.started
        }
        if isIsolated {
            if observation.outcome == .ok { endIsolation("the canary \(observation.probe) answers again", now: now) }
        } else if canariesFail, !isIsolationRefuted, hosts(with: nil).count > 1 {
            beginIsolation(now: now)
        }
        reviewIsolated(now: now)
    }

    /// Something else than a canary answers over the network since all canaries fail: it is they that are broken. Until one of them
    /// answers they prove nothing.
    private mutating func refuteIsolation(_ observation: Observation, now: Timestamp) {
        guard !isIsolationRefuted, observation.outcome == .ok, let since = canariesDownSince, observation.started >= since,
            let host = probes[observation.probe]?.spec.host, !ProbeSpec.isLoopback(host),
            !canaries.contains(where: { $0.spec.host == host })
        else { return }
        isIsolationRefuted = true
        guard isIsolated else { return }
        endIsolation("\(observation.probe) answers: it is the canaries that fail", now: now)
        reviewIsolated(now: now)
    }

    /// Canaries may have been removed.
    mutating func reviewIsolation(now: Timestamp) {
        guard isIsolated, !canariesFail else { return }
        endIsolation("the canaries changed", now: now)
        reviewIsolated(now: now)
    }

    private mutating func beginIsolation(now: Timestamp) {
        isIsolated = true
        let sentences = canaries.map { "\($0.spec.name): \($0.latest?.failure?.detail ?? "failed")" }
        let reason =
            "the monitor is cut off, all its canaries fail (\(sentences.joined(separator: "; "))); "
            + "failures of other probes count as unknown until one answers"
        fire(.isolated, .critical, reason, now: now)
        reviewIsolated(now: now)
    }

    private mutating func endIsolation(_ reason: String, now: Timestamp) {
        isIsolated = false
        end(.isolated, reason, now: now)
    }

    private mutating func reviewIsolated(now: Timestamp) {
        let keys = probes.values.flatMap { probe in
            probe.alerts.filter { $0.isFiring && $0.incidents.isEmpty && ($0.suppression?.kind == .isolated || isIsolated) }
        }
        if !keys.isEmpty { suppressionChanged(of: keys.map(\.key).sorted(), now: now) }
    }

    private var canaries: [ProbeState] { configuration.canaries.compactMap { probes[$0] } }
    private var canaryNames: String { canaries.map(\.spec.name).joined(separator: ", ") }

    private var canariesFail: Bool {
        let canaries = canaries
        return !canaries.isEmpty && canaries.allSatisfy { $0.latest?.isTargetsFault == true }
    }

    /// A canary whose answer is waited for; nil where all have run since then, or one answered.
    private func canaryLookedAt(since: Timestamp) -> String? {
        let canaries = canaries
        if canaries.contains(where: { ($0.latest?.started ?? .distantPast) >= since && $0.latest?.outcome == .ok }) {
            return nil
        }
        return canaries.first { ($0.latest?.started ?? .distantPast) < since }?.spec.name
    }

    /// Hosts that fail, at least two where there are as many.
    private func hosts(with host: String?) -> Set<String> {
        var hosts = Set(canaries.compactMap(\.spec.host))
        if let host { hosts.insert(host) }
        if hosts.count > 1 { return hosts }
        for probe in probes.values where probe.latest?.isTargetsFault == true {
            guard let host = probe.spec.host else { continue }
            hosts.insert(host)
            if hosts.count > 1 { break }
        }
        return hosts
    }

    /// Alerts that being cut off could cause: not those of canaries and of the daemon, nor where no host is involved.
    private func isSubject(_ key: AlertKey) -> Bool {
        guard !configuration.canaries.contains(key.probe), !isImplicit(key), let spec = probes[key.probe]?.spec else {
            return false
        }
        return spec.host != nil
    }
}

extension Observation {
    /// The run failed, and not by our own fault.
    var isTargetsFault: Bool { outcome == .failed || outcome == .timeout }
}

extension ProbeSpec {
    /// It is this machine, which is reached without a network.
    fileprivate static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// The host that is measured; nil where the address names a file or the daemon.
    var host: String? {
        guard kind != ProbeSpec.internalKind else { return nil }
        var rest = Substring(address)
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != " " }
        if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
        let host = rest.first == "[" ? rest.dropFirst().prefix { $0 != "]" } : rest.prefix { $0 != ":" }
        return host.isEmpty ? nil : host.lowercased()
    }
}
