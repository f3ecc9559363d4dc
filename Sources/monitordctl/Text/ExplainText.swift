import Model

/// `monitordctl explain`: how it stands, why nobody was told, what happened, who was told, what comes next.
enum ExplainText {
    static func lines(_ answer: Explanation, _ paint: Paint) -> [String] {
        var lines = ["\(paint.strong(answer.subject.withoutControls))  as of \(answer.at.readable)"]
        lines += answer.notes.map { "note: \($0.withoutControls)" }
        for probe in answer.probes { lines += [""] + self.probe(probe, at: answer.at, paint) }
        if !answer.nobody.isEmpty {
            let nobody = answer.incidents.allSatisfy(\.told.isEmpty)
            lines += section(nobody ? "Why nobody was told" : "Why not more people were told", paint)
            lines += answer.nobody.map { "  - \($0.withoutControls)" }
        }
        let evidence = EvidenceText.lines(answer.incidents)
        if !evidence.isEmpty { lines += section("What the first bad run saw", paint) + evidence }
        lines += section("Who was told", paint)
        lines += answer.incidents.isEmpty ? ["  There was no incident."] : answer.incidents.flatMap { told($0, paint) }
        lines += section("What happened since \(answer.since.readable)", paint)
        lines += timeline(answer)
        if !answer.next.isEmpty {
            lines += section("What comes next", paint)
            lines += answer.next.map { coming in
                let wait = coming.at <= answer.at ? "now" : "in \((coming.at - answer.at).rough)"
                return "  \(coming.at.brief)  \(wait.padded(8)) \(coming.text.withoutControls)"
            }
        }
        return lines
    }

    private static func section(_ title: String, _ paint: Paint) -> [String] { ["", paint.strong(title)] }

    // MARK: How it stands

    private static func probe(_ probe: Explanation.Probe, at: Timestamp, _ paint: Paint) -> [String] {
        var lines = [paint.strong("How \(probe.name.withoutControls) stands")]
        if !probe.kind.isEmpty {
            lines.append("  \(probe.kind) \(probe.address), every \(probe.every), timeout \(probe.timeout)".withoutControls)
        }
        if !probe.labels.isEmpty {
            let labels = probe.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.append("  labels: \(labels.joined(separator: ", "))".withoutControls)
        }
        if let run = probe.lastRun {
            let reason = run.reason.map { ": \($0)" } ?? ""
            lines.append("  last run \(run.time.brief): \(run.outcome.words)\(reason)".withoutControls)
        }
        let counts = Outcome.allCases.compactMap { outcome in
            probe.runs[outcome.rawValue].map { "\($0) \(outcome.words)" }
        }
        lines.append("  runs: \(counts.isEmpty ? "none" : counts.joined(separator: ", "))")
        for rule in probe.rules { lines += self.rule(rule, at: at, paint) }
        return lines
    }

    private static func rule(_ rule: Explanation.Rule, at: Timestamp, _ paint: Paint) -> [String] {
        let level = rule.level.map { " (\($0.rawValue))" } ?? ""
        let phase = "\(rule.phase.words)\(level)"
        let shown: Snapshot.State =
            switch rule.phase {
            case .firing, .recovering: rule.level == .critical ? .critical : .warning
            case .pending: .pending
            case .new, .ok: rule.verdict == "unknown" ? .unknown : .ok
            }
        var lines = [
            "  rule \(rule.name.withoutControls): \(paint.state(shown, phase)) since \(rule.since.brief), "
                + "\((at - rule.since).rough) ago"
        ]
        func add(_ key: String, _ text: String) { lines.append("    \(key.padded(10)) \(text.withoutControls)") }
        if !rule.settings.isEmpty { add("is", rule.settings.joined(separator: "; ")) }
        let samples = rule.n.map { $0 < rule.minSamples ? " (\($0) of min_samples \(rule.minSamples))" : "" } ?? ""
        add("says", rule.verdict.map { "\($0): \(rule.reason)\(samples)" } ?? rule.reason)
        if rule.bad > 0 {
            let critical = rule.critical > 0 && rule.critical < rule.bad ? ", \(rule.critical) of them critical" : ""
            let of = rule.outOf == 1 ? "the last result is bad" : "\(rule.bad) of the last \(rule.outOf) results are bad"
            add("counts", "\(of)\(critical), \(rule.needed) needed")
        }
        if let badSince = rule.badSince, let over = rule.forOver {
            add("for", "bad since \(badSince.brief); for is over at \(over.brief)")
        }
        if let waits = rule.waitsFor { add("waits", waits) }
        if let held = rule.suppressedBy {
            add("held", "since \(held.since.brief) (\(held.kind.rawValue)): \(held.reason)")
        }
        if let route = rule.route { lines += self.route(route) }
        if let incident = rule.incident { add("incident", incident) }
        return lines
    }

    private static func route(_ route: Explanation.Route) -> [String] {
        var texts: [String] = []
        if let number = route.number, let policy = route.policy {
            let match = route.match.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            texts.append(
                "route \(number) (\(match.isEmpty ? "matches everything" : match)), policy \(policy), group_wait \(route.groupWait)"
            )
            texts += route.steps.isEmpty ? ["no steps: nobody is told"] : route.steps
        } else {
            texts.append("no route matches: nobody is told")
        }
        texts += route.passed.map { "not \($0)" }
        return texts.enumerated().map { index, text in
            "    \((index == 0 ? "goes to" : "").padded(10)) \(text.withoutControls)"
        }
    }

    // MARK: Who was told

    private static func told(_ incident: Explanation.Incident, _ paint: Paint) -> [String] {
        var state = "opened \(incident.openedAt.brief)"
        if let ackedBy = incident.ackedBy { state += ", acknowledged by \(ackedBy)" }
        if let ackedAt = incident.ackedAt { state += " \(ackedAt.brief)" }
        state +=
            incident.resolvedAt.map { ", resolved \($0.brief)" } ?? ", \(incident.state == .acked ? "not resolved" : "open")"
        var lines = [
            "  \(incident.id)  \(paint.level(incident.level, incident.level.rawValue)): \(incident.title.withoutControls)",
            "    \(state), policy \(incident.policy)".withoutControls,
        ]
        if incident.told.isEmpty { lines.append("    nobody was told") }
        for entry in incident.told {
            let surely =
                entry.isSure ? "told \(entry.at.brief), accepted" : "perhaps told \(entry.at.brief): no answer was seen"
            let end = entry.resolvedAt.map { ", told the end \($0.brief)" } ?? ""
            lines.append("    \(entry.target.withoutControls): \(surely)\(end)")
        }
        for delivery in incident.deliveries {
            let note = delivery.note.isEmpty ? "" : ": \(delivery.note)"
            lines.append(
                "    \(delivery.createdAt.brief)  \(delivery.kind.rawValue) to \(delivery.target): \(delivery.state.words)\(note)"
                    .withoutControls)
            for attempt in delivery.attempts {
                let status = attempt.status > 0 ? ", status \(attempt.status)" : ""
                let reason = attempt.reason.isEmpty ? "" : ": \(attempt.reason)"
                let outcome = attempt.outcome.map { $0.replacing("_", with: " ") } ?? "on its way"
                lines.append(
                    "      \(attempt.startedAt.brief)  attempt \(attempt.number): \(outcome)\(status)\(reason)".withoutControls)
            }
        }
        return lines
    }

    // MARK: What happened

    private static func timeline(_ answer: Explanation) -> [String] {
        guard !answer.timeline.isEmpty else { return ["  Nothing is recorded."] }
        return answer.timeline.map { "  \($0.at.brief)  \($0.kind.rawValue.padded(13)) \($0.text.withoutControls)" }
    }
}

extension Alert.Phase {
    fileprivate var words: String {
        switch self {
        case .new: "no verdict yet"
        case .ok: "ok"
        case .pending: "bad, not firing yet"
        case .firing: "firing"
        case .recovering: "firing, recovering"
        }
    }
}

extension OutboxRow.Phase {
    fileprivate var words: String {
        switch self {
        case .pending: "waits"
        case .inflight: "on its way"
        case .done: "accepted"
        case .superseded: "not needed any more"
        case .dead: "given up"
        }
    }
}

extension Timestamp {
    /// `03-29 01:30:00`, in UTC.
    var brief: String { String(description.prefix(19).dropFirst(5)).replacing("T", with: " ") }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
