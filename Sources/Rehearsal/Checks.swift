import Alerting
import Model

// Expectations about the state at one moment: nil where they are met, or what was found instead.
extension Runner {
    func unmet(_ expectation: Expectation, at index: Int) -> String? {
        switch expectation {
        case .message, .nothing:
            return nil
        case .state(let probe, let rule, let wanted):
            return state(probe, rule, wanted)
        case .incident(let name, let phase, let level):
            return incident(name, phase, level)
        case .incidents(let count):
            let open = daemon.state.shownIncidents()
            guard open.count != count else { return nil }
            let titles = open.isEmpty ? "none" : open.map(\.title).joined(separator: ", ")
            return "expected \(count) open incidents, found \(open.count): \(titles)"
        case .record(let text, let isWanted):
            guard daemon.records.contains(where: { $0.text.contains(text) }) != isWanted else { return nil }
            return isWanted ? "no record says \"\(text)\"" : "a record says \"\(text)\""
        case .held(let probe, let rule, let kind, let isWanted):
            return held(probe, rule, kind, isWanted)
        case .run(let probe, let isWanted):
            let since = marks[runsSince(index)].runs
            guard daemon.runsAsked[since...].contains(probe) != isWanted else { return nil }
            return isWanted
                ? "no rule has asked for a run of \(probe) since the last line that does something"
                : "a run of \(probe) was asked for since the last line that does something"
        case .refused(let text):
            return refused(text)
        case .done(let text):
            guard let reply = daemon.lastReply else { return "no command was given before" }
            guard reply.status != .done || !reply.message.contains(text) else { return nil }
            return "expected the answer \"\(text)\", got \(reply.status.rawValue): \(reply.message)"
        case .dead(let channel, let text):
            let dead = daemon.ledger.outbox.values.filter { $0.phase == .dead && $0.channel == channel }
            guard !dead.contains(where: { text.map($0.note.contains) ?? true }) else { return nil }
            let notes = dead.map(\.note).sorted().joined(separator: "; ")
            return "no message to \(channel) was given up" + (text.map { " because of \"\($0)\"" } ?? "")
                + (notes.isEmpty ? "" : ", only: \(notes)")
        }
    }

    /// The last statement before that does something; its mark is of before it.
    private func runsSince(_ index: Int) -> Int {
        timeline.statements[..<index].lastIndex { if case .expect = $0.action { false } else { true } } ?? 0
    }

    private func state(_ probe: String, _ rule: String?, _ wanted: Snapshot.State) -> String? {
        guard
            let shown = daemon.state.shownProbes(now: daemon.now.wall, nextRun: { _ in nil }).first(where: { $0.name == probe })
        else {
            return "there is no probe \(probe) now"
        }
        guard let rule else {
            return shown.state == wanted ? nil : "expected \(probe) to be \(wanted.rawValue), it is \(shown.state.rawValue)"
        }
        guard let found = shown.rules.first(where: { $0.name == rule }) else { return "\(probe) has no rule \(rule) now" }
        return found.state == wanted
            ? nil
            : "expected \(probe)/\(rule) to be \(wanted.rawValue), it is \(found.state.rawValue): \(found.reason)"
    }

    private func incident(_ name: IncidentName, _ phase: Incident.Phase, _ level: Level?) -> String? {
        guard let found = daemon.incident(named: name) else { return "there is no incident\(name.clause)" }
        let wanted = ([phase.rawValue] + (level.map { [$0.rawValue] } ?? [])).joined(separator: " ")
        guard found.phase != phase || (level.map { $0 != found.level } ?? false) else { return nil }
        return "expected the incident \"\(found.title)\" to be \(wanted), it is \(found.phase.rawValue) \(found.level.rawValue)"
    }

    private func held(_ probe: String, _ rule: String?, _ kind: SuppressionKind?, _ isWanted: Bool) -> String? {
        let alerts = daemon.state.view(of: probe)?.alerts.filter { rule == nil || $0.key.rule == rule } ?? []
        let found = alerts.compactMap(\.suppression)
        let isHeld = found.contains { kind == nil || $0.kind == kind }
        guard isHeld != isWanted else { return nil }
        let reasons = found.map { "\($0.kind.rawValue): \($0.reason)" }.joined(separator: "; ")
        let what = rule.map { "\(probe)/\($0)" } ?? probe
        return isWanted
            ? "expected \(what) to be held\(kind.map { " by \($0.rawValue)" } ?? ""), it is "
                + (reasons.isEmpty ? "not held" : "held by \(reasons)")
            : "expected \(what) not to be held, it is: \(reasons)"
    }

    private func refused(_ text: String?) -> String? {
        guard let reply = daemon.lastReply else { return "no command was given before" }
        guard reply.status != .done else { return "expected a refusal, got done: \(reply.message)" }
        guard let text, !reply.message.contains(text) else { return nil }
        return "expected a refusal that says \"\(text)\", got: \(reply.message)"
    }
}

extension VirtualDaemon {
    /// The incident that a line names; by text the newest of that title.
    func incident(named name: IncidentName) -> Incident? {
        switch name {
        case .number(let number):
            return opened.indices.contains(number - 1) ? ledger.incidents[opened[number - 1]] : nil
        case .newest:
            return opened.last.flatMap { ledger.incidents[$0] }
        case .text(let text):
            return opened.reversed().compactMap { ledger.incidents[$0] }.first { $0.title.contains(text) }
        }
    }
}

extension IncidentName {
    /// ` "api"`, ` 2`, or nothing.
    var clause: String {
        switch self {
        case .number(let number): " \(number)"
        case .text(let text): " \"\(text)\""
        case .newest: ""
        }
    }
}
