import Alerting
package import Model

/// Whom the names in a policy's steps mean, and what the scene says of causes, as the checks reckon it: none of this asks the code
/// that is tested.
struct People: Sendable {
    var contacts: [String: Contact] = [:]
    /// The people of a schedule.
    var schedules: [String: Set<String>] = [:]
    var fallback: String?
    private var parents: [String: [AlertKey]] = [:]
    private var inhibitions: [InhibitRule] = []
    private var labels: [String: Labels] = [:]

    init() {}

    init(_ configuration: AlertingConfiguration) {
        contacts = configuration.contacts
        schedules = configuration.schedules.mapValues { Set($0.layers.flatMap(\.people)) }
        fallback = configuration.fallbackContact
        inhibitions = configuration.inhibitions
        for probe in configuration.probes {
            labels[probe.name] = probe.labels
            parents[probe.name] = probe.dependsOn.map { AlertKey(probe: $0, rule: WholeScene.failing) }
        }
    }

    /// Whether a trigger that `counts` was written to whom a name means; the fallback contact stands for everybody.
    func isTold(_ name: String, of incident: Incident, by rows: [OutboxRow], _ counts: (OutboxRow) -> Bool) -> Bool {
        if let contact = contacts[name] {
            return incident.fallbackPage > 0 || rows.contains { $0.kind == .trigger && isFor(contact, $0) && counts($0) }
        }
        if let people = schedules[name] {
            return incident.fallbackPage > 0 || people.contains { isTold($0, of: incident, by: rows, counts) }
        }
        return rows.contains { $0.kind == .trigger && $0.target == name && counts($0) }
    }

    func isFor(_ contact: Contact, _ row: OutboxRow) -> Bool {
        row.contacts.contains(contact.name) || contact.channels.contains(row.channel)
    }

    /// The alerts that hold back what this one has to say, while they are critical.
    func causes(of member: Incident.Member) -> [AlertKey] {
        let probe = member.key.probe
        let inhibiting = inhibitions.filter { rule in
            var own = labels[probe] ?? [:]
            own["level"] = member.level.rawValue
            return rule.target.match(own)
        }
        // The scene's sources are the failures of one probe.
        let sources = inhibiting.flatMap { rule in
            labels.keys.filter { name in
                var source = labels[name] ?? [:]
                source["probe"] = name
                source["level"] = Level.critical.rawValue
                return name != probe && rule.source.match(source)
                    && rule.equal.allSatisfy { source[$0, default: ""] == labels[probe]?[$0] ?? "" }
            }
        }
        return (parents[probe] ?? []) + sources.map { AlertKey(probe: $0, rule: WholeScene.failing) }
    }
}

// Who is on call, reckoned from the wall clock and the scene's one rotation.
extension Mirror {
    /// Of each incident whose steps called the schedule and that nobody has, whoever is on call now has a message; where nobody is,
    /// the fallback contact has.
    func wrongPeople(at time: Timestamp, up: Duration) -> [String] {
        guard !people.schedules.isEmpty, up > .zero else { return [] }
        let onCall = Duty.person(at: time, overrides: now.overrides.values)
        var found: [String] = []
        for id in now.open.sorted() where !forgotten.contains(id) {
            guard let incident = now.incidents[id], incident.phase == .open, !isHeld(incident),
                incident.ranSteps.contains(where: { incident.policy.steps[$0].notify.contains(Duty.schedule) }),
                incident.fallbackPage < incident.page
            else { continue }
            guard let onCall, let contact = people.contacts[onCall] else {
                found.append("nobody is on call and the fallback contact is not told of \(id)")
                continue
            }
            let rows = now.rows(of: id)
            let isTold = rows.contains {
                people.isFor(contact, $0) && $0.page == incident.page && $0.kind == .trigger && $0.phase != .superseded
            }
            if !isTold, !isSummarized(incident, for: onCall) { found.append("\(onCall) is on call and was not told of \(id)") }
        }
        return found
    }

    /// A summary named the incident to the person since it opened, and what calls them next is a step to come.
    private func isSummarized(_ incident: Incident, for person: String) -> Bool {
        let isCalledAgain =
            incident.policy.repeatAfter > .zero
            || incident.policy.steps.dropFirst(incident.nextStep).contains { $0.notify.contains(Duty.schedule) }
        return isCalledAgain
            && now.rows.values.contains {
                $0.kind == .digest && $0.incident.hasPrefix("handoff/\(Duty.schedule)/\(person)/")
                    && $0.createdAt >= incident.openedAt && [.pending, .inflight, .done].contains($0.phase)
                    && $0.message.body.contains(incident.id)
            }
    }
}

/// The scene's schedule, as a person would reckon it: one of three a day, from 08:30 to 08:30 by the clock of Berlin, and nobody from
/// 03:00 to 04:00.
package enum Duty {
    static let schedule = "duty"
    static let names = ["ada", "bob", "eve"]
    static let start = LocalTime(2024, 1, 1, 8, 30)
    static let handoffMinute = 8 * 60 + 30
    static let rest = 3 * 60..<4 * 60

    /// The same as the daemon has it.
    package static let configured: OnCallSchedule = {
        let restriction = Rotation.Restriction(from: rest.upperBound, until: rest.lowerBound)
        let rotation = Rotation(name: "turns", people: names, start: start, handoff: .days(1), restrictions: [restriction])
        return OnCallSchedule(name: schedule, zone: Berlin.zone, layers: [rotation])
    }()

    package static func person(at time: Timestamp, overrides: some Collection<OnCallOverride>) -> String? {
        let holding = overrides.filter { $0.startsAt <= time && time < $0.endsAt }
        if let latest = holding.max(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) { return latest.person }
        let local = Berlin.local(at: time)
        let minute = Int(local.secondOfDay / 60)
        if rest.contains(minute) { return nil }
        let turn = local.day - start.day - (minute < handoffMinute ? 1 : 0)
        return names[Int(turn % Int64(names.count))]
    }
}
