import Model
import Settings

// Who stands in for whoever is on call.
extension AlertingState {
    mutating func addOverride(_ request: OverrideRequest, by actor: Actor, now: Timestamp) -> CommandReply {
        forgetOverrides(now: now)
        guard overrides.count < OnCallOverride.maximum else {
            return CommandReply(.refused, "there are \(OnCallOverride.maximum) overrides that are not over; remove some")
        }
        let schedules = configuration.schedules.keys.sorted()
        guard schedules.contains(request.schedule) else {
            return CommandReply(
                .unknown,
                "there is no schedule \(request.schedule)\(instead(of: request.schedule, in: schedules))")
        }
        let people = configuration.contacts.keys.sorted()
        guard people.contains(request.person) else {
            return CommandReply(.unknown, "there is no contact \(request.person)\(instead(of: request.person, in: people))")
        }
        let start = max(request.startsAt ?? now, now)
        let end: Timestamp
        switch request.end {
        case .at(let time): end = time
        case .after(let duration): end = start + duration
        }
        guard start < end else {
            return CommandReply(
                .refused, "the override would end at \(end.toSecond), and not after its start at \(start.toSecond)")
        }
        guard end - now <= Silence.longest, request.comment.unicodeScalars.count <= Silence.longestText else {
            return CommandReply(
                .refused,
                "an override ends within \(Silence.longest.short), and its comment has at most \(Silence.longestText) characters"
            )
        }
        let override = OnCallOverride(
            id: ULID.make(at: now, using: &random), schedule: request.schedule, person: request.person, startsAt: start,
            endsAt: end, author: actor.name, comment: request.comment.plain, createdAt: now)
        let others = overrides.values.filter {
            $0.schedule == override.schedule && $0.startsAt < override.endsAt && override.startsAt < $0.endsAt
        }.sorted { $0.id < $1.id }
        set(override, now: now)
        let what = "\(override.person) is on call for \(override.schedule) \(span(of: override, now: now))"
        record(now, .oncall, "\(what): override \(override.id) of \(actor.name)")
        let details = others.map {
            "it goes before override \($0.id), \($0.person) from \($0.startsAt.toSecond) until \($0.endsAt.toSecond), where both hold"
        }
        return CommandReply(.done, "override \(override.id): \(what)", details: details, override: shown(override, now: now))
    }

    mutating func removeOverride(_ name: String, by actor: Actor, now: Timestamp) -> CommandReply {
        forgetOverrides(now: now)
        let wanted = name.uppercased()
        let found = wanted.isEmpty ? [] : overrides.values.filter { $0.id.hasPrefix(wanted) }.sorted { $0.id < $1.id }
        guard let only = found.first, found.count == 1 else {
            guard found.isEmpty else {
                return CommandReply(
                    .refused, "\(found.count) overrides begin with \(name); give more of the id", details: found.map(\.id))
            }
            let over = wanted.isEmpty ? [] : overSilences.beginning(with: wanted)
            if over.count == 1, let only = over.first {
                return CommandReply(.done, "\(only.name) was over at \(only.at.toSecond) already; nothing changed")
            }
            return CommandReply(
                .unknown,
                "there is no override \(name.isEmpty ? "without an id" : name) that is not over: "
                    + "monitordctl oncall override list shows them")
        }
        var over = only
        let wasPending = over.startsAt > now
        if wasPending { over.startsAt = now }
        over.endsAt = now
        set(over, now: now)
        overrides[over.id] = nil
        overSilences.insert(over.id, at: now)
        let when = wasPending ? "before it began" : "\((only.endsAt - now).rough) before its time"
        record(
            now, .oncall, "override \(over.id), \(over.person) for \(over.schedule), is over: \(actor.name) removed it \(when)")
        return CommandReply(
            .done, "override \(over.id), \(over.person) for \(over.schedule), is over, \(when)",
            override: shown(over, now: now))
    }

    /// The ledger keeps them.
    private mutating func forgetOverrides(now: Timestamp) {
        for override in overrides.values where override.endsAt <= now {
            overrides[override.id] = nil
            overSilences.insert(override.id, at: override.endsAt)
        }
    }

    private func span(of override: OnCallOverride, now: Timestamp) -> String {
        let start = override.startsAt <= now ? "from now" : "from \(override.startsAt.toSecond)"
        return "\(start) until \(override.endsAt.toSecond) (\((override.endsAt - override.startsAt).rough))"
    }

    private func instead(of name: String, in known: [String]) -> String {
        let near = Suggestion.clause(for: name, in: known)
        return near.isEmpty ? "; configured: \(AlertingState.listed(known))" : near
    }
}
