package import Alerting
package import Model

/// A message that a receiver got.
package struct ReceivedMessage: Sendable, Hashable {
    package var at: Timestamp
    /// Since the start.
    var elapsed: Duration
    package var target: String
    package var channel: String
    package var kind: Notification.Kind
    package var level: Level
    package var incident: String
    /// The incident's title and the reasons of its members: what a person reads, without a vendor's form.
    package var text: String

    /// `trigger to slack-devops: api-health failing …`
    var shown: String { "\(kind.rawValue) to \(target) (\(level.rawValue)): \(text)" }
}

/// The alert core with everything around it played: the clock, the ledger, the receivers, the runs that rules ask for. The same
/// events at the same times give the same messages, always.
package struct VirtualDaemon: Sendable {
    /// So much happens at one instant only where something asks for its own turn for ever.
    static let mostTurnsAtOnce = 20_000

    package private(set) var state: AlertingState
    package private(set) var now: Moment
    package private(set) var ledger = VirtualLedger()
    package private(set) var received: [ReceivedMessage] = []
    package private(set) var records: [Record] = []
    /// Runs that rules asked for, in order.
    private(set) var runsAsked: [String] = []
    var receivers: [String: Receiver] = [:]
    /// What runs give that rules ask for.
    var whenAsked: [String: ScriptedResult] = [:]
    private(set) var lastReply: CommandReply?
    /// What must not be: a sentence each.
    private(set) var troubles: [String] = []
    /// Ids of incidents in the order in which they opened.
    private(set) var opened: [String] = []
    private let start: Uptime
    private let keepsHistory: Bool
    private var agenda: [Appointment] = []
    /// What rows say, as people read it, kept from when they were written.
    private var texts: [Int64: String] = [:]
    private var restarts: UInt64 = 0

    /// Something that happens later unless the daemon dies before.
    private struct Appointment: Sendable {
        enum Matter: Sendable {
            case settle(OutboxRow, Receiver.Answer.Settled)
            case run(String)
        }
        var at: Uptime
        var matter: Matter
    }

    /// - Parameter keepsHistory: what a restart or a person may ask of the past is kept; a replay of months needs none of it.
    package init(_ configuration: AlertingConfiguration, start: Timestamp, keepsHistory: Bool = true) {
        self.keepsHistory = keepsHistory
        now = Moment(wall: start, uptime: Uptime(nanoseconds: 0))
        self.start = now.uptime
        state = AlertingState(
            configuration: configuration.withDaemon, stored: Stored(), seed: 1, now: start)
        ledger.keepsObservations = keepsHistory
        take(state.start(now: start))
    }

    /// Since the start, by the clock that is never set.
    var elapsed: Duration { now.uptime - start }

    // MARK: Time

    /// Lets time pass until so long after the start; whatever is due on the way happens at its time.
    mutating func pass(to elapsed: Duration) {
        let end = start + elapsed
        var turns = 0
        while let next = [nextTimer, agenda.map(\.at).min()].compactMap({ $0 }).min(), next <= end {
            turns = next > now.uptime ? 0 : turns + 1
            guard turns < VirtualDaemon.mostTurnsAtOnce else {
                return troubles.append("it does not come to rest at \(self.elapsed.short): something is due again and again")
            }
            advance(to: next)
            carryOutAppointments()
            tick()
        }
        advance(to: end)
    }

    /// Lets time pass until a wall time.
    package mutating func pass(toWall wall: Timestamp) { pass(to: elapsed + max(.zero, wall - now.wall)) }

    private var nextTimer: Uptime? { state.nextDue().map { now.uptime + max(.zero, $0 - now.wall) } }

    private mutating func advance(to uptime: Uptime) {
        if uptime > now.uptime { now = now + (uptime - now.uptime) }
    }

    private mutating func tick() { take(state.decide(.tick, now: now)) }

    private mutating func carryOutAppointments() {
        let due = agenda.filter { $0.at <= now.uptime }
        guard !due.isEmpty else { return }
        agenda.removeAll { $0.at <= now.uptime }
        for appointment in due {
            switch appointment.matter {
            case .settle(let row, let settled): settle(row, settled)
            case .run(let probe): if let result = whenAsked[probe] { observe(probe, result, isExtra: true) }
            }
        }
    }

    /// The wall clock is set; what was due by distance stays due at its distance.
    mutating func setClock(by step: Duration) {
        now.wall = now.wall + step
        tick()
    }

    // MARK: Events

    mutating func observe(_ probe: String, _ result: ScriptedResult, isExtra: Bool = false) {
        guard let spec = state.configuration.probes.first(where: { $0.name == probe }) else { return }
        observe(
            Observation(
                probe: probe, planned: now.wall, started: now.wall, elapsed: .zero, isExtra: isExtra,
                measured: result.measured(timeout: spec.timeout)))
    }

    package mutating func observe(_ observation: Observation) {
        take(state.decide(.observed(observation), now: now))
        tick()
    }

    mutating func skip(_ probe: String) {
        take(state.decide(.skipped(probe: probe, planned: now.wall), now: now))
        tick()
    }

    mutating func command(_ command: Command, by name: String) {
        let decision = state.decide(.command(command, by: Actor(uid: 1000, pid: 1, name: name)), now: now)
        lastReply = decision.reply
        take(decision)
        tick()
    }

    /// Fills windows with an observation of before the start.
    package mutating func replay(_ observation: Observation) { state.replay(observation) }

    /// The process dies, stays away for so long, and starts again from what was stored.
    mutating func kill(for downtime: Duration) {
        agenda = []
        now = now + downtime
        restarts += 1
        state = AlertingState(
            configuration: state.configuration, stored: ledger.stored(at: now.wall), seed: 1 + restarts, now: now.wall)
        refill { _ in true }
        take(state.start(now: now.wall))
        tick()
    }

    mutating func reload(_ configuration: AlertingConfiguration) {
        let (decision, wanted) = state.reconfigure(to: configuration.withDaemon, now: now.wall)
        take(decision)
        refill { wanted.contains($0) }
        tick()
    }

    /// Fills windows from what was observed.
    private mutating func refill(_ wants: (String) -> Bool) {
        let since = now.wall - state.longestWindow
        for observation in ledger.observations where observation.ended >= since && wants(observation.probe) {
            state.replay(observation)
        }
    }

    // MARK: Consequences

    private mutating func take(_ decision: Decision) {
        for incident in decision.incidents where ledger.incidents[incident.id] == nil && opened.last != incident.id {
            opened.append(incident.id)
        }
        ledger.commit(decision)
        if keepsHistory { records += decision.records }
        for row in decision.outbox where texts[row.id] == nil {
            texts[row.id] = ledger.incidents[row.incident].map(VirtualDaemon.text) ?? row.message.body
        }
        for request in decision.runs {
            runsAsked.append(request.probe)
            if whenAsked[request.probe] != nil {
                agenda.append(Appointment(at: now.uptime + request.after, matter: .run(request.probe)))
            }
        }
        for row in decision.sends { send(row) }
    }

    private mutating func send(_ row: OutboxRow) {
        guard let channel = state.channel(for: row) else { return }
        var receiver = receivers[row.channel] ?? Receiver(manner: .accepts)
        let answer = receiver.answer(channel)
        receivers[row.channel] = receiver
        let settled = Receiver.Answer.Settled(verdict: answer.verdict, status: answer.status, arrives: answer.arrives)
        if answer.after == .zero {
            settle(row, settled)
        } else {
            agenda.append(Appointment(at: now.uptime + answer.after, matter: .settle(row, settled)))
        }
    }

    private mutating func settle(_ row: OutboxRow, _ settled: Receiver.Answer.Settled) {
        if settled.arrives {
            received.append(
                ReceivedMessage(
                    at: now.wall, elapsed: elapsed, target: row.target, channel: row.channel, kind: row.kind,
                    level: row.level, incident: row.incident, text: texts[row.id] ?? row.message.body))
        }
        let settlement = Settlement(row: row.id, attempt: row.tries, verdict: settled.verdict, status: settled.status)
        take(state.decide(.settled(settlement), now: now))
        tick()
    }

    /// What a person reads of an incident.
    private static func text(_ incident: Incident) -> String {
        let members = incident.members.map { "\($0.key): \($0.reason)" }
        let taken = incident.ackedBy.map { ["acknowledged by \($0)"] } ?? []
        return ([incident.title] + members + taken).joined(separator: "; ")
    }
}

extension Receiver.Answer {
    /// How an attempt ended.
    struct Settled: Sendable {
        var verdict: DeliveryVerdict
        var status: Int
        var arrives: Bool
    }
}

extension ScriptedResult {
    /// A run that says nothing else of it took so many seconds.
    private static let usualDuration = 0.1

    func measured(timeout: Duration) -> Measured {
        var samples = samples
        switch kind {
        case .ok:
            if !samples.contains(where: { $0.name == Sample.duration }) {
                samples.append(Sample(Sample.duration, ScriptedResult.usualDuration))
            }
            return Measured(samples: samples)
        case .fail:
            return .failed(.status, detail ?? "the run failed", samples: samples)
        case .timeout:
            samples.append(Sample(Sample.duration, timeout.seconds, isCensored: true))
            return .failed(.timeout, detail ?? "no answer within \(timeout.short)", samples: samples)
        case .fault:
            return .failed(.saturated, detail ?? "no worker is free", samples: samples)
        }
    }
}
