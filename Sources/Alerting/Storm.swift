import Model

/// When pages come faster than a person can read them.
enum StormLimit {
    /// From the fifth page to one target within a minute, further ones are one.
    static let pages = 4
    static let within = Duration.seconds(60)
    /// The first message of a storm waits so long, and names who came until then.
    static let wait = Duration.seconds(2)
    /// More than a message can name make another one: its row is written at each change of a member.
    static let members = 500
}

extension AlertingState {
    private static func groupKey(_ policy: String) -> String { "storm\u{1f}\(policy)" }

    /// Counts a page to a target. True: it is one too many, and the incident is merged into a storm instead.
    mutating func joinsStorm(_ id: String, _ target: Target, now: Timestamp) -> Bool {
        guard let incident = incidents[id], incident.kind == .group else { return false }
        var recent = (recentPages[target.name] ?? [:]).filter { now - StormLimit.within < $0.value && $0.value <= now }
        // Pages of one incident, as its level rises, are no storm.
        recent[id] = nil
        guard recent.count >= StormLimit.pages else {
            recent[id] = now
            recentPages[target.name] = recent
            return false
        }
        let parent: String
        let groupKey = AlertingState.groupKey(incident.policy.name)
        let latest = openByGroup[groupKey]
        if let latest, incidents[latest]?.gathersStill(now) == true {
            parent = latest
        } else {
            // One that gathers no longer gives its key away to the next.
            if let latest {
                let own = groupKey + "\u{1f}\(latest)"
                changeIncident(latest) { $0.groupKey = own }
                openByGroup[own] = latest
            }
            parent = open(
                .storm, groupKey: groupKey, title: "Many alerts at once: \(incident.title) and others", level: incident.level,
                labels: ["storm": incident.policy.name], policy: incident.policy, wait: StormLimit.wait,
                interval: max(incident.groupInterval, StormLimit.within), now: now)
        }
        record(
            now, .incident, incident: id,
            "\(target.name) has had \(recent.count) pages within \(StormLimit.within.short): this one joins incident \(parent)")
        for member in incident.firing { gather(member.key, into: parent, now: now) }
        runSteps(of: parent, now: now)
        return true
    }
}

extension Incident {
    /// The latest member came not long ago.
    fileprivate func gathersStill(_ now: Timestamp) -> Bool {
        isOpen && members.count < StormLimit.members && (members.last?.joinedAt ?? openedAt) > now - StormLimit.within
    }
}
