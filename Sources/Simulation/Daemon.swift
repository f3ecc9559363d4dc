import Alerting
import Ledger
import Model

/// The daemon between its events and its effects, in one thread of virtual time: the keeper's order of things. A class, for to hand
/// it on would copy all that it remembers.
final class Daemon {
    static let samplesWait = Duration.seconds(1)
    static let keepsSamples = Duration.seconds(6 * 3600)
    /// Old samples go once in six hours: that is no more than one thing that commits.
    static let tidyEvery: Int64 = 6 * 3_600_000_000

    let ledger: Ledger
    var state: AlertingState
    var store: Store
    var pending = Decision()
    var pendingSince: Uptime?

    init(
        configuration: AlertingConfiguration, ledger: Ledger, stored: Stored, seed: UInt64, clock: VirtualClock
    ) throws(LedgerError) {
        self.ledger = ledger
        let now = clock.now()
        var state = AlertingState(configuration: configuration, stored: stored, seed: seed, now: now.wall)
        try ledger.replay(since: now.wall - state.longestWindow) { state.replay($0) }
        pending.append(state.start(now: now.wall))
        self.state = state
        store = Store(
            ledger: ledger, clock: clock, keepsSamples: Daemon.keepsSamples, keepsRecords: .seconds(400 * 86_400))
    }

    func decide(_ event: Event, now: Moment) {
        let decision = state.decide(event, now: now)
        if pendingSince == nil, !decision.observations.isEmpty { pendingSince = now.uptime }
        pending.append(decision)
    }

    func mustCommit(_ now: Moment) -> Bool {
        guard pending.isOnlySamples else { return true }
        if let since = pendingSince { return now.uptime - since >= Daemon.samplesWait }
        return store.wantsRetry(at: now.uptime)
    }

    func hasSettled(_ now: Moment) -> Bool { pending.isEmpty && !store.isBehind }
}

// MARK: - One turn

extension Simulation {
    /// When the daemon has something to do.
    func nextWake() -> Int64 {
        guard let daemon else { return .max }
        var wake = pulse
        if let since = daemon.pendingSince { wake = min(wake, clock.time(ofUptime: since + Daemon.samplesWait)) }
        if daemon.store.isBehind { wake = min(wake, clock.elapsed + 2_000_000) }
        if let due = daemon.state.nextDue() { wake = min(wake, max(clock.elapsed, clock.time(ofWall: due))) }
        return wake
    }

    mutating func turn() throws {
        let now = clock.now()
        if pulse <= clock.elapsed { pulse = .max }
        daemon!.decide(.tick, now: now)
        if isArmed(.atOnce) { return try kill() }
        guard daemon!.mustCommit(now) else { return }
        try commit()
        guard daemon != nil, problems.isEmpty, clock.elapsed >= tidyAt else { return }
        tidyAt = clock.elapsed + Daemon.tidyEvery
        if let wrong = daemon!.store.tidy(now: now) { log.add(clock.elapsed, wrong) }
    }

    /// Stores what is pending, then lets it take effect. Where it cannot be stored, it takes effect as unrecorded.
    mutating func commit() throws {
        let now = clock.now()
        var decision = daemon!.pending
        daemon!.pending = Decision()
        daemon!.pendingSince = nil
        let matters = !decision.isOnlySamples
        if matters, isArmed(.beforeCommit) { return try kill() }
        let before = isArmed(.duringCommit) ? disk.walBytes : 0
        statistics.commits += 1
        let daemon = daemon!
        let result = daemon.store.write(decision, whole: { daemon.state.everything() }, now: now)
        if matters, isArmed(.duringCommit) {
            if case .stored = result, let torn = disk.tornLength(walBefore: before, Double.random(in: 0..<1, using: &random)) {
                return try kill(cutting: torn)
            }
            armed!.point = .afterCommit
        }
        for note in daemon.store.takeNotes() { problem("the ledger refused a row: \(note)") }
        mirror.take(decision, result)
        // What was missed is written as the whole state.
        if case .recovered = result { mirror.take(daemon.state.everything(), result) }
        var report: String??
        switch result {
        case .stored: break
        case .failed(let problem):
            daemon.state.isUnrecorded = true
            decision.sends = daemon.state.reword(decision.sends)
            if let problem { report = .some(problem) }
        case .recovered:
            daemon.state.isUnrecorded = false
            report = .some(nil)
        }
        if matters {
            note(decision)
            check(decision)
        }
        if matters, isArmed(.afterCommit) { return try kill() }
        try takeEffect(decision)
        guard let report, self.daemon != nil else { return }
        self.report(report, now: now)
        try commit()
    }

    private mutating func report(_ problem: String?, now: Moment) {
        let measured = problem.map { Measured.failed(.storage, $0) } ?? Measured()
        let observation = Observation(
            probe: ProbeSpec.daemonName, planned: now.wall, started: now.wall, elapsed: .zero, isExtra: true,
            measured: measured)
        daemon!.decide(.observed(observation), now: now)
        daemon!.decide(.tick, now: now)
    }

    private mutating func takeEffect(_ decision: Decision) throws {
        for (number, row) in decision.sends.enumerated() {
            guard let channel = daemon!.state.channel(for: row) else { continue }
            // Killed between two sends: some are on their way, some never left.
            if isArmed(.betweenEffects), number > 0 { return try kill() }
            start(row, by: channel)
            if isArmed(.betweenEffects), decision.sends.count == 1 { return try kill() }
        }
        for request in decision.runs {
            happenings.add(
                .run(probe: request.probe, isExtra: true, life: life),
                at: clock.elapsed + max(1000, request.after.microseconds))
        }
    }

    private mutating func start(_ row: OutboxRow, by channel: any Channel) {
        statistics.attempts += 1
        var fate = network.fate(of: row, &random)
        if isCalm { fate.latency = min(fate.latency, .seconds(1)) }
        if let wrong = watch.starts(row, now: clock.elapsed) { problem(wrong) }
        log.add(clock.elapsed, "\(row.kind.rawValue) \(row.id) page \(row.page) to \(row.target), attempt \(row.tries)")
        if let applied = fate.applied, case .http(let request) = channel.outgoing(row) {
            happenings.add(
                .applied(row, body: String(decoding: request.body, as: UTF8.self)), at: clock.elapsed + applied.microseconds)
        }
        let settlement = Settlement(
            row: row.id, attempt: row.tries, verdict: channel.judge(fate.reply), status: fate.reply.status)
        happenings.add(
            .settled(settlement, target: row.channel, kind: row.kind, life: life),
            at: clock.elapsed + fate.latency.microseconds)
    }

    private mutating func note(_ decision: Decision) {
        for record in decision.records { log.add(clock.elapsed, record.text) }
    }
}
