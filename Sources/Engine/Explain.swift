import Alerting
package import Ledger
package import Model
import Scheduler

/// Answers "why" from what the ledger holds, and from what the running daemon adds to it.
package struct Explainer: Sendable {
    /// What only a running daemon knows.
    struct Present: Sendable {
        var views: [String: ProbeView] = [:]
        var timers: [TimerRow] = []
        var nextRuns: [String: Timestamp] = [:]
        /// Until when targets are not asked.
        var waits: [String: Timestamp] = [:]
    }
    /// Whom the answer is about.
    struct Scope: Sendable {
        var subject: String
        var probes: [String]
        var incident: Incident?
    }
    enum Finding<Value: Sendable>: Sendable {
        case found(Value)
        case unknown(String)
    }

    private enum Limit {
        static let records = 1000
        /// Among so many records the ones about the daemon itself are looked for.
        static let searched = 5000
        static let runs = 100_000
        static let incidents = 10
        /// Among so many records before the time asked for, what already held is looked for.
        static let before = 1000
        static let probes = 10
        /// Incidents among which the beginning of an id is looked for.
        static let known = 10_000
    }

    let reader: LedgerReader
    let now: Timestamp

    package init(reader: LedgerReader, now: Timestamp) {
        self.reader = reader
        self.now = now
    }

    /// The answer while no daemon runs: alerts and incidents as they were stored, without rules and routes.
    package func explain(_ query: ExplanationQuery) throws -> ExplanationReply {
        switch try scope(query.subject) {
        case .unknown(let sentence):
            return .unknown(sentence)
        case .found(let scope):
            let stored = try reader.stored(now: now)
            return try explain(query, scope, Present(timers: stored.timers), alerts: stored.alerts)
        }
    }

    /// The probe, or the one incident whose id begins so.
    func scope(_ subject: ExplanationQuery.Subject) throws -> Finding<Scope> {
        switch subject {
        case .probe(let name):
            return .found(Scope(subject: "probe \(name)", probes: [name]))
        case .incident(let prefix):
            let wanted = prefix.uppercased()
            let found = wanted.isEmpty ? [] : try reader.incidents(limit: Limit.known).filter { $0.id.hasPrefix(wanted) }
            guard found.count <= 1 else {
                let ids = found.prefix(5).map(\.id).joined(separator: ", ")
                return .unknown("\(prefix) is the beginning of \(found.count) incidents; give more of the id: \(ids)")
            }
            guard let incident = found.first else {
                return .unknown("There is no incident \(prefix): monitordctl incidents lists them.")
            }
            let probes = Set(incident.members.map(\.key.probe)).sorted()
            return .found(Scope(subject: "incident \(incident.id)", probes: probes, incident: incident))
        }
    }

    func explain(
        _ query: ExplanationQuery, _ scope: Scope, _ present: Present, alerts: [Alert] = []
    ) throws -> ExplanationReply {
        let at = min(query.at ?? now, now)
        let isPast = query.at.map { $0 < now } ?? false
        let until = query.until ?? (isPast ? at : now)
        let start = scope.incident.map { $0.openedAt - .seconds(3600) } ?? at - .seconds(86_400)
        let since = min(query.since ?? start, until)
        var answer = Explanation(subject: scope.subject, time: now, at: at, since: since, until: until)
        answer.notes = isPast && !present.views.isEmpty ? ["Rules, routes and windows are judged as configured now."] : []
        var silence = Silence(at: at)

        var ids = Set(scope.incident.map { [$0.id] } ?? [])
        if scope.probes.count > Limit.probes {
            answer.notes.append("The first \(Limit.probes) of \(scope.probes.count) probes are shown.")
        }
        let names = scope.probes.prefix(Limit.probes)
        // A record at the very end belongs to the answer: the ledger's bound is exclusive.
        let end = until + .microseconds(1)
        for name in names {
            let found = try reader.records(probe: name, since: since, until: end, limit: Limit.records)
            answer.timeline += found
            if found.count == Limit.records { answer.notes.append("The newest \(Limit.records) records of \(name) are shown.") }
            guard scope.incident == nil else { continue }
            ids.formUnion(found.compactMap(\.incident))
            ids.formUnion((present.views[name]?.alerts ?? alerts.filter { $0.key.probe == name }).flatMap(\.incidents))
        }
        if ids.count > Limit.incidents {
            answer.notes.append("The newest \(Limit.incidents) of \(ids.count) incidents are shown.")
        }
        var incidents: [Incident] = []
        for id in ids.sorted(by: >).prefix(Limit.incidents) {
            answer.timeline += try reader.records(incident: id, since: since, until: end, limit: Limit.records)
            if let incident = try reader.incident(id), incident.openedAt <= at { incidents.append(incident.asOf(at)) }
        }
        var holds: [Hold] = []
        for name in names {
            let before = try reader.records(probe: name, until: since, limit: Limit.before)
            holds += Hold.all(in: (before + answer.timeline.filter { $0.probe == name }).inOrder)
        }
        let holders = Set(holds.filter { $0.until.map { $0 > since } ?? true }.flatMap(\.ids))
        let all = try reader.records(since: since, until: end, limit: Limit.searched)
        answer.timeline += all.filter { record in
            guard record.probe == nil else { return false }
            return switch record.kind {
            case .configuration, .storage, .daemon, .deploy: true
            // Who silenced it, and who ended that.
            case .suppression, .command: holders.contains { record.text.contains($0) }
            case .alert, .incident, .step, .delivery, .oncall, .digest, .channel, .drill: false
            }
        }
        answer.timeline = answer.timeline.inOrder

        for name in names {
            let window = present.views[name]?.longestWindow ?? .zero
            let runs = try reader.history(
                probe: name, since: since - window, until: min(at, until) + .microseconds(1), limit: Limit.runs
            ).filter { $0.ended <= at }
            if runs.count == Limit.runs { answer.notes.append("The newest \(Limit.runs) runs of \(name) are looked at.") }
            let seen = runs.filter { $0.ended >= since }
            let view = present.views[name]?.replaying(runs, since: since, asOf: isPast)
            var probe = Explanation.Probe(name: name)
            probe.runs = Dictionary(grouping: seen, by: \.outcome.rawValue).mapValues(\.count)
            probe.lastRun = seen.last.map(Snapshot.Run.init)
            if let view {
                probe.describe(view, at: at)
                probe.nextRun = isPast ? nil : present.nextRuns[name]
                silence.look(at: view, probe, runs: seen, records: answer.timeline)
                silence.look(at: holds.filter { $0.alert.probe == name }, since: since)
            } else {
                silence.look(at: holds.filter { $0.alert.probe == name }, since: since)
                let own = isPast ? [] : alerts.filter { $0.key.probe == name }
                guard !own.isEmpty || !runs.isEmpty || answer.timeline.contains(where: { $0.probe == name }) else {
                    return .unknown("There is no probe \(name).")
                }
                probe.rules = own.map(Explanation.Rule.init)
                answer.notes.append(
                    "\(name): its configuration is not known"
                        + (present.views.isEmpty && !alerts.isEmpty ? "." : "; it was removed or renamed."))
            }
            answer.probes.append(probe)
        }

        for incident in incidents {
            let rows = try reader.outbox(incident: incident.id).filter { $0.createdAt <= at }.map { $0.asOf(at) }
            let deliveries = try rows.map { row in
                Explanation.Delivery(
                    row,
                    attempts: try reader.attempts(of: row.id).filter { $0.startedAt <= at }.map {
                        Explanation.Attempt($0.asOf(at))
                    })
            }
            let told = try reader.told(incident: incident.id).filter { $0.at <= at }.map { $0.asOf(at) }
            // Of a probe that was asked about, without those that failed beside it.
            let evidence = try reader.evidence(incident: incident.id).filter {
                $0.at <= at && (scope.incident != nil || names.contains($0.probe))
            }
            answer.incidents.append(
                Explanation.Incident(
                    incident, deliveries: deliveries, told: told.map(Explanation.Told.init),
                    evidence: evidence.map(Explanation.Evidence.init)))
            silence.look(at: incident, deliveries, told: Set(told.map(\.target)), records: answer.timeline)
        }
        answer.nobody = silence.sentences
        if !isPast { answer.next = coming(answer, incidents, present) }
        return .found(answer)
    }

    /// What happens next if nothing else does before, soonest first.
    private func coming(_ answer: Explanation, _ incidents: [Incident], _ present: Present) -> [Explanation.Coming] {
        var next: [Explanation.Coming] = []
        for probe in answer.probes {
            if let run = probe.nextRun { next.append(.init(run, "next run of \(probe.name)")) }
        }
        for timer in present.timers {
            switch timer.key.kind {
            case .confirm:
                guard let name = timer.key.owner.split(separator: "/").first.map(String.init),
                    answer.probes.contains(where: { $0.name == name })
                else { continue }
                next.append(.init(timer.due, "`for` of \(timer.key.owner) is over: \(name) runs once more"))
            case .step:
                guard let incident = incidents.first(where: { $0.id == timer.key.owner }) else { continue }
                next.append(.init(timer.due, "incident \(incident.id): \(incident.nextStepText)"))
            case .update:
                guard incidents.contains(where: { $0.id == timer.key.owner }) else { continue }
                next.append(.init(timer.due, "incident \(timer.key.owner): an update to those told"))
            case .ackExpiry:
                guard incidents.contains(where: { $0.id == timer.key.owner }) else { continue }
                next.append(.init(timer.due, "incident \(timer.key.owner): the acknowledgement is over, or about to be"))
            case .silence:
                guard answer.nobody.contains(where: { $0.contains(timer.key.owner) }) else { continue }
                next.append(.init(timer.due, "silence \(timer.key.owner) is over"))
            case .maintenance, .hold, .failover, .digest, .handoff, .quorum, .noData, .drill, .proof:
                continue
            }
        }
        for delivery in answer.incidents.flatMap(\.deliveries) where delivery.state == .pending {
            let earliest = max(delivery.notBefore, present.waits[delivery.target] ?? delivery.notBefore)
            next.append(
                .init(
                    earliest,
                    "attempt \(delivery.attempts.count + 1) of the \(delivery.kind.rawValue) to \(delivery.target)"))
        }
        return next.sorted { ($0.at, $0.text) < ($1.at, $1.text) }
    }
}

extension Daemon {
    /// Why somebody was told, or nobody.
    package func explain(_ query: ExplanationQuery) async throws -> ExplanationReply {
        let now = clock.now().wall
        let explainer = Explainer(reader: reader, now: now)
        let scope: Explainer.Scope
        switch try await onWorker({ try explainer.scope(query.subject) }) {
        case .unknown(let sentence): return .unknown(sentence)
        case .found(let found): scope = found
        }
        let nextRuns = scheduler.nextRuns()
        let present = await Once<Explainer.Present?>.wait(atMost: Daemon.patience, else: nil) { once in
            keeper.ask { state, _ in
                var present = Explainer.Present(timers: state.plannedTimers, nextRuns: nextRuns)
                present.waits = state.shownWaits(now: now).mapValues(\.until)
                for name in scope.probes { present.views[name] = state.view(of: name) }
                once.answer(present)
            }
        }
        guard let present else {
            throw Failure(.saturated, "the keeper did not answer in time: it may be stuck in a write; see the daemon's log")
        }
        return try await onWorker { try explainer.explain(query, scope, present) }
    }
}

extension [Record] {
    /// Each once, by time; those of one moment stay in the order in which they were written.
    fileprivate var inOrder: [Record] {
        var seen: Set<Record> = []
        return filter { seen.insert($0).inserted }.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }.map(\.element)
    }
}

extension Incident {
    /// As it was then, as far as its own times tell.
    func asOf(_ at: Timestamp) -> Incident {
        var then = self
        if let resolvedAt, resolvedAt > at {
            then.resolvedAt = nil
            then.phase = ackedAt.map { $0 <= at } == true ? .acked : .open
        }
        if let ackedAt, ackedAt > at {
            then.ackedAt = nil
            then.ackedBy = nil
            if then.phase == .acked { then.phase = .open }
        }
        then.members = members.filter { $0.since <= at }
        for index in then.members.indices {
            if let end = then.members[index].resolvedAt, end > at { then.members[index].resolvedAt = nil }
        }
        return then
    }

    /// What its next timer brings.
    fileprivate var nextStepText: String {
        guard nextStep < policy.steps.count else { return "the policy \(policy.name) repeats from step 1" }
        return "step \(nextStep + 1) tells \(policy.steps[nextStep].notify.joined(separator: ", "))"
    }
}

extension OutboxRow {
    fileprivate func asOf(_ at: Timestamp) -> OutboxRow {
        guard let settledAt, settledAt > at else { return self }
        var then = self
        then.phase = .pending
        then.settledAt = nil
        then.note = ""
        return then
    }
}

extension Attempt {
    fileprivate func asOf(_ at: Timestamp) -> Attempt {
        guard let endedAt, endedAt > at else { return self }
        return Attempt(row: row, number: number, startedAt: startedAt)
    }
}

extension Told {
    fileprivate func asOf(_ at: Timestamp) -> Told {
        var then = self
        if let resolvedAt, resolvedAt > at { then.resolvedAt = nil }
        return then
    }
}
