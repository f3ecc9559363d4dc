import Model

/// Whom a name in a step means. No two of channels, contacts and schedules have the same name.
enum Recipient: Sendable {
    /// Also a name that is not configured any more: what goes there becomes a dead letter, which somebody sees.
    case channel(String)
    case contact(Contact)
    case schedule(OnCallSchedule)
}

extension AlertingConfiguration {
    func recipient(named name: String) -> Recipient {
        if let contact = contacts[name], channels[name] == nil { return .contact(contact) }
        if let schedule = schedules[name], channels[name] == nil { return .schedule(schedule) }
        return .channel(name)
    }

    /// The routes that take an alert. The daemon's own go by the system policy, where there is one.
    func routes(taking labels: Labels) -> [RouteSpec] {
        if labels["probe"] == ProbeSpec.daemonName, let systemPolicy, policies[systemPolicy] != nil {
            return [RouteSpec(policy: systemPolicy)]
        }
        return routes.taking(labels)
    }
}

// Names of a step become messages to channels.
extension AlertingState {
    /// Tells everybody named. Returns whether a message to one of them is on its way.
    @discardableResult
    mutating func tell(_ names: [String], of id: String, now: Timestamp) -> Bool {
        var isAnybody = false
        for name in names {
            switch configuration.recipient(named: name) {
            case .channel(let channel):
                for target in targets(ofChannel: channel) {
                    enqueue(.trigger, of: id, to: target, now: now)
                    if isPageOnItsWay(of: id, to: target) { isAnybody = true }
                }
            case .contact(let contact):
                if tell(contact, of: id, now: now) { isAnybody = true }
            case .schedule(let schedule):
                if tell(schedule, of: id, now: now) { isAnybody = true }
            }
        }
        return isAnybody
    }

    /// Tells those of the names that mean people.
    mutating func tellPeople(among names: [String], of id: String, now: Timestamp) {
        let people = names.filter { name in
            switch configuration.recipient(named: name) {
            case .channel: false
            case .contact, .schedule: true
            }
        }
        tell(people, of: id, now: now)
    }

    /// Whoever is on call now hears of it; where nobody is, the fallback contact does.
    private mutating func tell(_ schedule: OnCallSchedule, of id: String, now: Timestamp) -> Bool {
        let people = onCall(in: schedule, at: now)
        record(now, .oncall, incident: id, "\(schedule.name): \(people.isEmpty ? "nobody" : people.listed) on call")
        var isAnybody = false
        for person in people {
            guard let contact = configuration.contacts[person] else {
                record(now, .oncall, incident: id, "\(person) is on call in \(schedule.name) but is not a configured contact")
                continue
            }
            if tell(contact, of: id, now: now) { isAnybody = true }
        }
        if people.isEmpty {
            tellFallback(of: id, because: "nobody is on call in \(schedule.name)", now: now)
        } else if !isAnybody {
            tellFallback(of: id, because: "whoever is on call in \(schedule.name) cannot be told", now: now)
        }
        return isAnybody
    }

    /// Tells the fallback contact, once a page.
    mutating func tellFallback(of id: String, because reason: String, now: Timestamp) {
        guard let incident = incidents[id] else { return }
        guard let name = configuration.fallbackContact else {
            record(now, .step, incident: id, "\(reason); there is no fallback_contact to tell")
            return
        }
        guard incident.fallbackPage < incident.page else {
            record(now, .step, incident: id, "\(reason); the fallback contact \(name) had its turn already")
            return
        }
        changeIncident(id) { $0.fallbackPage = $0.page }
        record(now, .step, incident: id, "\(reason); the fallback contact \(name) is told")
        tell([name], of: id, now: now)
    }

    /// The names of a step as a record says them: with the people on call now.
    func described(_ names: [String], now: Timestamp) -> String {
        names.map { name in
            guard case .schedule(let schedule) = configuration.recipient(named: name) else { return name }
            let people = onCall(in: schedule, at: now)
            return "\(name) (\(people.isEmpty ? "nobody" : people.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }

    func onCall(in schedule: OnCallSchedule, at now: Timestamp) -> [String] {
        schedule.onCall(at: now, overrides: overrides(of: schedule))
    }

    func overrides(of schedule: OnCallSchedule) -> [OnCallOverride] {
        overrides.values.filter { $0.schedule == schedule.name }.sorted { $0.id < $1.id }
    }

    /// Every target that a name can mean now.
    func allTargets(named name: String, now: Timestamp) -> [Target] {
        switch configuration.recipient(named: name) {
        case .channel(let channel): targets(ofChannel: channel)
        case .contact(let contact): contact.channels.flatMap(targets(ofChannel:))
        case .schedule(let schedule):
            onCall(in: schedule, at: now).compactMap { configuration.contacts[$0] }.flatMap(\.channels)
                .flatMap(targets(ofChannel:))
        }
    }

    /// Every target that a name can ever mean: of a schedule, those of all who take turns or stand in.
    func everTargets(named name: String) -> [Target] {
        guard case .schedule(let schedule) = configuration.recipient(named: name) else {
            return allTargets(named: name, now: .distantPast)
        }
        let people = Set(schedule.layers.flatMap(\.people) + overrides(of: schedule).map(\.person))
        return people.sorted().compactMap { configuration.contacts[$0] }.flatMap(\.channels).flatMap(targets(ofChannel:))
    }

    /// A page of the incident to the target waits or is on its way.
    func isPageOnItsWay(of id: String, to target: Target) -> Bool {
        guard let page = incidents[id]?.page else { return false }
        return outbox.rows(in: Lane(incident: id, target: target.name)).contains { $0.kind == .trigger && $0.page >= page }
    }
}

extension [String] {
    /// `ada is`, `ada and bob are`.
    fileprivate var listed: String {
        count == 1 ? "\(self[0]) is" : "\(dropLast().joined(separator: ", ")) and \(self[count - 1]) are"
    }
}
