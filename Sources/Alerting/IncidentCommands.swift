import Model

/// One thing that happened to an incident, and the version that it then had.
struct IncidentNote: Sendable {
    /// For each incident the latest of them are kept.
    static let kept = 8
    var version: Int
    var text: String
}

// Acknowledging, taking that back, and resolving by hand.
extension AlertingState {
    /// Finds the open incident, checks that it is as the operator saw it, and lets `body` change it.
    mutating func onIncident(
        _ name: String, _ version: Int?, _ subject: inout String?,
        _ body: (inout AlertingState, Incident) -> CommandReply
    ) -> CommandReply {
        let incident: Incident
        switch openIncident(named: name) {
        case .failure(let refusal): return refusal.reply
        case .success(let found): incident = found
        }
        subject = incident.id
        if let version, version != incident.version { return conflict(incident, seen: version) }
        if let parent = incident.mergedInto, incidents[parent]?.isOpen == true {
            return CommandReply(
                .refused, "incident \(incident.id) is merged into \(parent), which tells people instead: name that one")
        }
        return body(&self, incident)
    }

    /// - Parameter sparing: channels that are not told of it, for it came from there.
    mutating func acknowledge(
        _ incident: Incident, for lasts: Duration?, by actor: Actor, sparing: Set<String> = [], now: Timestamp
    ) -> CommandReply {
        if let lasts, lasts <= .zero || lasts > Silence.longest {
            return CommandReply(.refused, "an acknowledgement lasts longer than 0s, at most 3660d, not \(lasts.short)")
        }
        let isAgain = incident.phase == .acked
        if isAgain, lasts == nil || incident.ackedBy != actor.name {
            return CommandReply(.refused, "incident \(incident.id) is already acknowledged by \(acker(of: incident))")
        }
        acknowledge(incident.id, by: actor, for: lasts, sparing: sparing, now: now)
        if incident.kind == .drill {
            drillAcknowledged(incident.id, now: now)
            return CommandReply(.done, "acknowledged \(incident.id): the drill succeeded, nothing was wrong")
        }
        let until = incidents[incident.id]?.ackExpiresAt.map { " until \($0.toSecond)" } ?? ""
        return CommandReply(.done, "acknowledged \(incident.id)\(until): \(incident.title)")
    }

    private func acker(of incident: Incident) -> String {
        (incident.ackedBy ?? "somebody") + (incident.ackExpiresAt.map { " until \($0.toSecond)" } ?? "")
    }

    /// The policy starts over: nobody has it any more.
    mutating func unacknowledge(_ incident: Incident, by actor: Actor, now: Timestamp) -> CommandReply {
        guard incident.phase == .acked else {
            return CommandReply(.refused, "incident \(incident.id) is not acknowledged: there is nothing to take back")
        }
        unacknowledge(incident.id, by: actor, now: now)
        return CommandReply(
            .done,
            "took back the acknowledgement of \(incident.id): \(incident.title); its policy starts again in "
                + AlertingState.reopenDelay.short)
    }

    mutating func resolve(_ incident: Incident, by actor: Actor, now: Timestamp) -> CommandReply {
        let reopens = now + incident.policy.reopenAfter
        let ended = gathered(by: incident.id) + [incident.id]
        for member in incident.firing where alert(member.key) != nil {
            changeAlert(member.key) { $0.incidents.removeAll(where: ended.contains) }
            setTimer(TimerRow(.confirm, owner: member.key.description, due: reopens, epoch: 0))
        }
        cancelTimer(.ackExpiry, of: incident.id)
        for id in ended { resolve(id, "by \(actor.withComment)", now: now) }
        return CommandReply(
            .done,
            "resolved \(incident.id): \(incident.title); what still fails in \(incident.policy.reopenAfter.short) opens a new "
                + "incident")
    }

    /// An open incident by its id or a beginning of it that only one has.
    private func openIncident(named name: String) -> Result<Incident, Refusal> {
        let wanted = name.uppercased()
        let open = incidents.values.filter { $0.isOpen && $0.id.hasPrefix(wanted) }.sorted { $0.id < $1.id }
        if !wanted.isEmpty, open.count == 1 { return .success(open[0]) }
        if open.count > 1, !wanted.isEmpty {
            return .failure(
                Refusal(.refused, "\(open.count) open incidents begin with \(name); give more of the id", open.map(\.id)))
        }
        if !wanted.isEmpty, incidents.values.contains(where: { $0.id.hasPrefix(wanted) }) {
            return .failure(Refusal(.refused, "incident \(name) is already resolved"))
        }
        return .failure(Refusal(.unknown, "there is no open incident \(name.isEmpty ? "without an id" : name)"))
    }

    // MARK: Versions

    /// Keeps what happened, for `conflict`.
    mutating func note(_ text: String, of id: String) {
        guard let incident = incidents[id] else { return }
        notes[id, default: []].append(IncidentNote(version: incident.version, text: text))
        if notes[id]!.count > IncidentNote.kept { notes[id]!.removeFirst() }
    }

    /// The operator decided on something else than what there is: both versions, and what happened between them.
    private func conflict(_ incident: Incident, seen: Int) -> CommandReply {
        let happened = (notes[incident.id] ?? []).filter { $0.version > seen }.map(\.text)
        let what =
            seen > incident.version
            ? "there is no such version yet"
            : happened.isEmpty ? "what happened between is in monitordctl explain" : happened.joined(separator: "; ")
        let firing = incident.firing.map { "\($0.key) (\($0.level.rawValue))" }.sorted()
        var details = [
            "it is \(incident.phase == .acked ? "acknowledged by \(acker(of: incident))" : incident.phase.rawValue) now, "
                + "\(incident.level.rawValue); fires: \(AlertingState.listed(firing))"
        ]
        details.append("nothing changed; look at it, and ask again with version \(incident.version)")
        return CommandReply(
            .refused, "incident \(incident.id) is at version \(incident.version), you saw \(seen): \(what)", details: details)
    }
}

/// Why a command is not carried out.
struct Refusal: Error {
    var reply: CommandReply
    init(_ status: CommandReply.Status, _ message: String, _ details: [String] = []) {
        reply = CommandReply(status, message, details: details)
    }
}

extension AlertingState {
    /// `a, b, c and 4 more`; `none`.
    static func listed(_ names: [String], atMost limit: Int = 10) -> String {
        guard !names.isEmpty else { return "none" }
        let shown = names.prefix(limit).joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }
}

extension Timestamp {
    /// For people: without a fraction of a second.
    var toSecond: Timestamp { Timestamp(seconds: Int64(seconds.rounded(.down))) }
}
