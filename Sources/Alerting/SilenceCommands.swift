import Model
import Settings

// Silences and ad-hoc maintenance as operators add, change and end them.
extension AlertingState {
    mutating func addSilence(_ request: SilenceRequest, by actor: Actor, now: Timestamp) -> CommandReply {
        guard silences.count < Silence.maximum else {
            return CommandReply(
                .refused, "there are \(Silence.maximum) silences that are not over, and no more are taken; expire some")
        }
        let start = max(request.startsAt ?? now, now)
        let end: Timestamp
        switch request.end {
        case .at(let time)?: end = time
        case .after(let duration)?: end = (start + duration).upToSecond
        case nil: end = (start + (request.untilResolved ? Silence.longestUntilResolved : Silence.usual)).upToSecond
        }
        let author =
            (request.author?.plain).flatMap { $0.isEmpty || $0 == actor.name ? nil : "\($0) (by \(actor.name))" } ?? actor.name
        let silence = Silence(
            id: ULID.make(at: now, using: &random), kind: request.kind, matchers: request.matchers, startsAt: start,
            endsAt: end,
            untilResolved: request.untilResolved, author: author, comment: request.comment.plain, createdAt: now)
        if let refusal = problem(with: silence, now: now) { return refusal }
        putSilence(silence, now: now)
        record(now, .suppression, "\(silence.title) \(span(of: silence, now: now)): \(silence.comment)")
        let late = request.startsAt.map { $0 < now } ?? false
        return reply(of: silence, "\(silence.kind.rawValue) \(silence.id)", startIsPast: late, now: now)
    }

    /// Its end, its comment and what is pending of it change in place. The matchers and the start of one that has begun are
    /// history: it ends, and another one takes its place.
    mutating func updateSilence(_ name: String, _ change: SilenceChange, by actor: Actor, now: Timestamp) -> CommandReply {
        let old: Silence
        switch silence(named: name) {
        case .failure(let refusal): return refusal.reply
        case .success(let found): old = found
        }
        guard change != SilenceChange() else {
            return CommandReply(.refused, "nothing of \(old.kind.rawValue) \(old.id) is to be different; nothing changed")
        }
        var next = old
        let hasBegun = old.isActive(at: now)
        let isAnother = hasBegun && (change.matchers.map { $0 != old.matchers } ?? false || change.startsAt != nil)
        if let matchers = change.matchers { next.matchers = matchers }
        if let start = change.startsAt { next.startsAt = max(start, now) } else if isAnother { next.startsAt = now }
        switch change.end {
        case .at(let time)?: next.endsAt = time
        case .after(let duration)?: next.endsAt = (max(next.startsAt, now) + duration).upToSecond
        case nil: break
        }
        if let untilResolved = change.untilResolved { next.untilResolved = untilResolved }
        if let comment = change.comment { next.comment = comment.plain }
        if isAnother {
            next.id = ULID.make(at: now, using: &random)
            next.createdAt = now
            next.author = actor.name
        }
        if let refusal = problem(with: next, now: now) { return refusal }
        let late = change.startsAt.map { $0 < now } ?? false
        guard isAnother else {
            putSilence(next, now: now)
            record(
                now, .suppression, "\(old.title) changed by \(actor.name): \(span(of: next, now: now)): \(next.comment)")
            return reply(of: next, "\(next.kind.rawValue) \(next.id) changed:", startIsPast: late, now: now)
        }
        var over = old
        over.endsAt = now
        over.endedBy = actor.name
        // In this order nothing that both hold is told between.
        putSilence(next, now: now)
        putSilence(over, now: now)
        record(
            now, .suppression,
            "\(old.title) is over: \(actor.name) replaced it by \(next.id), \(span(of: next, now: now)): \(next.comment)")
        return reply(
            of: next, "\(next.kind.rawValue) \(old.id) is over and replaced by \(next.id):", startIsPast: late, now: now)
    }

    mutating func endSilence(_ name: String, _ kind: Silence.Kind, by actor: Actor, now: Timestamp) -> CommandReply {
        let found: Silence
        switch silence(named: name, kind) {
        case .success(let silence): found = silence
        case .failure where kind == .maintenance && configuration.maintenance.contains(where: { $0.name == name }):
            return CommandReply(
                .refused,
                "maintenance \(name) is a window of the configuration: it ends by its time, or when it is taken out and read again"
            )
        case .failure(let refusal):
            let over = name.isEmpty ? [] : overSilences.beginning(with: name.uppercased())
            guard refusal.reply.status == .unknown, over.count == 1, let only = over.first else { return refusal.reply }
            return CommandReply(.done, "\(only.name) was over at \(only.at.toSecond) already; nothing changed")
        }
        guard found.kind == kind else {
            let instead = found.kind == .silence ? "silence expire" : "maintenance end"
            return CommandReply(.refused, "\(found.id) is a \(found.kind.rawValue): use monitordctl \(instead) \(found.id)")
        }
        var over = found
        let wasPending = found.phase(at: now) == .pending
        if wasPending { over.startsAt = now }
        over.endsAt = now
        over.endedBy = actor.name
        putSilence(over, now: now)
        let when = wasPending ? "before it began" : "\((found.endsAt - now).rough) before its time"
        record(now, .suppression, "\(found.title) is over: \(actor.name) ended it \(when)")
        let freed = wasPending ? [] : firing(matching: found).map(\.shown)
        return CommandReply(
            .done, "\(found.kind.rawValue) \(found.id) is over, \(when)",
            details: freed.isEmpty ? [] : ["holds no longer: \(AlertingState.listed(freed))"], silence: shown(over, now: now))
    }

    /// One that is not over, by its id or a beginning of it that only one has; `kind` is the one that is meant.
    private func silence(named name: String, _ kind: Silence.Kind = .silence) -> Result<Silence, Refusal> {
        let wanted = name.uppercased()
        let found = wanted.isEmpty ? [] : silences.values.filter { $0.id.hasPrefix(wanted) }.sorted { $0.id < $1.id }
        if found.count == 1 { return .success(found[0]) }
        guard found.isEmpty else {
            return .failure(
                Refusal(
                    .refused, "\(counted(found.count, kind.rawValue)) begin with \(name); give more of the id",
                    found.prefix(10).map { "\($0.id) \($0.comment)" }))
        }
        let over = wanted.isEmpty ? [] : overSilences.beginning(with: wanted)
        if over.count == 1, let only = over.first {
            return .failure(Refusal(.unknown, "\(only.name) was over at \(only.at.toSecond); add a new one"))
        }
        let sentence = "there is no \(kind.rawValue) \(name.isEmpty ? "without an id" : name) that is not over"
        guard kind == .maintenance else {
            return .failure(Refusal(.unknown, "\(sentence): monitordctl silence list --all shows all"))
        }
        let others =
            silences.values.filter { $0.kind == kind }.sorted { $0.id < $1.id }.map {
                "\($0.id) until \($0.endsAt.toSecond): \($0.comment)"
            } + openWindows.map { "\($0.window.name) until \($0.until.toSecond), configured" }
        return .failure(Refusal(.unknown, "\(sentence)\(others.isEmpty ? ", nor any other" : ", but these:")", others))
    }

    // MARK: What is refused

    private func problem(with silence: Silence, now: Timestamp) -> CommandReply? {
        sentence(against: silence, now: now).map { CommandReply(.refused, $0) }
    }

    private func sentence(against silence: Silence, now: Timestamp) -> String? {
        let noun = silence.kind.rawValue
        guard !silence.matchers.isEmpty, !silence.matchers.contains(where: \.isEmpty) else {
            return "a \(noun) without matchers would hold everything: say what it is for, such as service=\"db\""
        }
        guard silence.matchers.reduce(0, { $0 + $1.count }) <= Silence.maximumMatchers else {
            return "a \(noun) has at most \(Silence.maximumMatchers) matchers"
        }
        for set in silence.matchers where set.matchWithoutLabels {
            return "\([set].text) also matches whatever lacks its labels, which is nearly everything: "
                + "add a matcher that wants a value, such as service=\"db\""
        }
        guard !silence.comment.isEmpty else { return "a \(noun) needs a comment: say why, for whoever is on call after you" }
        guard silence.comment.unicodeScalars.count <= Silence.longestText,
            silence.author.unicodeScalars.count <= Silence.longestText
        else { return "comment and author have at most \(Silence.longestText) characters each" }
        guard silence.startsAt < silence.endsAt else {
            return
                "the \(noun) would end at \(silence.endsAt.toSecond), and not after its start at \(silence.startsAt.toSecond)"
        }
        guard silence.endsAt > now else {
            return "the \(noun) would end at \(silence.endsAt.toSecond), and it is \(now.toSecond) already"
        }
        guard silence.endsAt - now <= Silence.longest else {
            return
                "the \(noun) would last until \(silence.endsAt.toSecond): at most \(Silence.longest.short) from now are taken"
        }
        let all = everyAlert()
        let own = Level.allCases.map { AlertingConfiguration.labels(ofRule: "storage", of: .daemon, level: $0) }
        if all.contains(where: { $0.key.probe != ProbeSpec.daemonName }),
            (all.map(\.labels) + [own]).allSatisfy({ $0.allSatisfy(silence.matches) })
        {
            return "\(silence.matchers.text) matches every alert there is, monitord's own among them: nobody would be told of "
                + "anything; name what is being worked on"
        }
        if silence.kind == .maintenance, own.contains(where: silence.matches) {
            return "\(silence.matchers.text) matches monitord's own alerts, and a maintenance does not count failures: its own "
                + "would go unnoticed; add probe!=\"monitord\", or use a silence"
        }
        return nil
    }

    // MARK: What is answered

    /// `holds from now until 2026-03-29T01:30:00Z (2h)`
    private func span(of silence: Silence, now: Timestamp) -> String {
        let length = (silence.endsAt - max(silence.startsAt, now)).rough
        let early = silence.untilResolved ? ", or until nothing that it matches fires any more" : ""
        let start = silence.isActive(at: now) ? "holds from now" : "will hold from \(silence.startsAt.toSecond)"
        return "\(start) until \(silence.endsAt.toSecond) (\(length))\(early)"
    }

    private func reply(of silence: Silence, _ what: String, startIsPast: Bool, now: Timestamp) -> CommandReply {
        var details = ["matches \(silence.matchers.text)"]
        let firing = firing(matching: silence).map(\.shown)
        let covered = everyAlert().filter { $0.labels.contains(where: silence.matches) }.map(\.key.description).sorted()
        let verb = silence.isActive(at: now) ? "holds" : "will hold"
        if !firing.isEmpty {
            details.append(
                "\(verb) \(counted(firing.count, "alert")) that fire\(firing.count == 1 ? "s" : "") now: "
                    + AlertingState.listed(firing))
        } else if !covered.isEmpty {
            details.append(
                "nothing that it matches fires now; it covers \(counted(covered.count, "alert")): "
                    + AlertingState.listed(covered))
        }
        if startIsPast { details.append("warning: the start that was asked for is past; it begins now") }
        if covered.isEmpty { details.append("warning: it matches no alert there is: \(whyNone(silence))") }
        if covered.contains(where: { $0.hasPrefix(ProbeSpec.daemonName + "/") }) {
            details.append("warning: it covers monitord's own alerts: nobody would be told that monitord itself is in trouble")
        }
        if silence.endsAt - silence.startsAt > Silence.long {
            details.append("warning: it lasts more than \(Silence.long.short): one that long is easily forgotten")
        }
        return CommandReply(
            .done, "\(what) \(span(of: silence, now: now))", details: details, silence: shown(silence, now: now))
    }

    /// Which matcher nothing satisfies, and what was probably meant.
    private func whyNone(_ silence: Silence) -> String {
        let all = everyAlert().flatMap(\.labels)
        for matcher in silence.matchers.joined() where !all.contains(where: matcher.matches) {
            let values = Set(all.compactMap { $0[matcher.name] })
            guard !values.isEmpty else {
                let names = Set(all.flatMap(\.keys)).sorted()
                return "none has a label \(matcher.name)\(Suggestion.clause(for: matcher.name, in: names))"
            }
            let near = Suggestion.clause(for: matcher.value, in: values.sorted())
            return "none has \(matcher)\(near.isEmpty ? "; \(matcher.name) is \(AlertingState.listed(values.sorted()))" : near)"
        }
        return "each matcher is satisfied by some, but none satisfies all"
    }
}

extension Alert {
    /// `api/failing (critical)`
    fileprivate var shown: String { level.map { "\(key) (\($0.rawValue))" } ?? "\(key)" }
}

extension Timestamp {
    /// Ends are whole seconds: they are told to people.
    fileprivate var upToSecond: Timestamp {
        let second = toSecond
        return second == self ? self : second + .seconds(1)
    }
}

extension String {
    /// A comment as it is kept: without space around it, and without control characters.
    var plain: String {
        let clean = unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        let kept = clean.drop { $0.properties.isWhitespace }
        let count = kept.reversed().drop { $0.properties.isWhitespace }.count
        var view = String.UnicodeScalarView()
        view.append(contentsOf: kept.prefix(count))
        return String(view)
    }
}
