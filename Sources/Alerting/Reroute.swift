import Model

/// By what an incident's alerts are told.
private struct Way {
    var alert: AlertKey
    var labels: Labels
    var route: RouteSpec
}

// An open incident keeps the policy of its beginning, whatever the configuration becomes; an operator can have it follow the present one.
extension AlertingState {
    /// The incident goes on as though the present policy had been its own from the beginning: steps whose time has come tell those who do
    /// not know, nobody is told twice, and the others keep their times.
    mutating func reroute(_ incident: Incident, by actor: Actor, now: Timestamp) -> CommandReply {
        let id = incident.id
        guard incident.kind != .drill else { return CommandReply(.refused, "incident \(id) is a drill: it keeps its policy") }
        guard let (policy, by) = presentPolicy(of: incident) else {
            return CommandReply(
                .refused, "no route with a policy takes incident \(id) now: it keeps the policy \(incident.policy.name)")
        }
        guard policy != incident.policy || by.map({ $0.route.template != incident.template }) ?? false else {
            return CommandReply(.refused, "incident \(id) follows the policy \(policy.name) as it is configured already")
        }
        changeIncident(id) {
            $0.policy = policy
            if let by {
                $0.template = by.route.template
                $0.groupInterval = by.route.groupInterval
            }
        }
        if let by { moveGroup(of: id, as: by.alert, by.labels, to: policy, by: by.route) }
        record(
            now, .incident, incident: id,
            "follows the policy \(policy.name) of now, by \(actor.withComment); it had \(incident.policy.name) of before")
        // Of one that somebody has no step runs; where it is given back the policy begins anew.
        var told: [String] = []
        if incident.phase == .open {
            if incident.isAnnounced { told = catchUp(id, now: now) }
            planStep(of: id, now: now)
            if incident.isAnnounced, !isAnybodyReached(id, now: now) { goOnUnheard(id, now: now) }
        }
        let news = told.isEmpty ? "" : "; it tells \(AlertingState.listed(told)) now"
        return CommandReply(.done, "rerouted \(id): \(incident.title), by the policy \(policy.name)\(news)")
    }

    /// Gives the steps whose time has passed their turn at once. Returns the targets that are told by it.
    private mutating func catchUp(_ id: String, now: Timestamp) -> [String] {
        guard let incident = incidents[id] else { return [] }
        let past = incident.policy.steps.prefix { incident.stepsFrom + $0.after <= now }
        let ran = past.indices.filter {
            past[$0].isMeant(for: incident.level) && objection(to: past[$0], of: incident, now: now) == nil
        }
        changeIncident(id) {
            $0.nextStep = past.count
            $0.ranSteps = ran
        }
        let before = Set(outbox.rows(of: id).map(\.id))
        tellMissing(id, now: now)
        return outbox.rows(of: id).filter { $0.kind == .trigger && !before.contains($0.id) }.map(\.target)
    }

    /// By the route that takes its alerts now: the one of its policy where there still is one, or else the first that no other incident of
    /// the alert stands for.
    private func presentPolicy(of incident: Incident) -> (PolicySpec, by: Way?)? {
        switch incident.kind {
        case .drill: return nil
        case .storm: return configuration.policies[incident.policy.name].map { ($0, nil) }
        case .quorum: return quorum(of: incident).flatMap { configuration.policies[$0.policy] }.map { ($0, nil) }
        case .group: break
        }
        guard let first = incident.firing.first, let alert = alert(first.key), let labels = labels(of: alert) else {
            return nil
        }
        let others = alert.incidents.filter { $0 != incident.id }.compactMap { incidents[$0]?.policy.name }
        let routes = configuration.routes(taking: labels).filter { configuration.policies[$0.policy] != nil }
        let route =
            routes.first { $0.policy == incident.policy.name } ?? routes.first { !others.contains($0.policy) }
        guard let route, let policy = configuration.policies[route.policy] else { return nil }
        return (policy, Way(alert: first.key, labels: labels, route: route))
    }
}
