import Alerting
import Ledger
import Model

/// How much trouble one history may have.
package struct Budget: Sendable, Hashable {
    /// Results of runs.
    package var results: Int
    /// Acknowledgements, manual resolves, silences.
    package var commands: Int
    package var crashes: Int
    /// Attempts that end in doubt.
    package var losses: Int
    /// Attempts that surely fail.
    package var failures: Int
    package init(results: Int, commands: Int, crashes: Int, losses: Int, failures: Int) {
        self.results = results
        self.commands = commands
        self.crashes = crashes
        self.losses = losses
        self.failures = failures
    }
}

/// One state of the explored world: the real core, what is stored, what is on its way, and what receivers hold.
struct ExploredState {
    /// What may still happen to requests whose fate is unknown.
    struct Lost: Hashable {
        var row: OutboxRow
        /// It is applied before this, or never.
        var until: Timestamp
    }

    static let start = Timestamp(seconds: 1_760_000_000)
    /// The seed of every process: its draws do not matter here, only that they are always the same.
    static let seed: UInt64 = 7

    var core: AlertingState
    var now: Moment
    var mirror = Mirror()
    var receivers = Receivers()
    var underWay: [OutboxRow] = []
    var lost: [Lost] = []
    var latest: [String: Observation] = [:]
    var left: Budget
    var problems: [String] = []

    init(budget: Budget, defects: Defects) {
        left = budget
        core = AlertingState(
            configuration: ExploredScene.configuration, stored: Stored(), seed: ExploredState.seed, now: ExploredState.start)
        core.defects = defects
        now = Moment(wall: ExploredState.start, uptime: Uptime(nanoseconds: 0))
        take(core.start(now: now.wall))
        // Both are well at first, so that each change is news.
        for probe in [ExploredScene.parent, ExploredScene.child] { observe(probe, .good) }
    }

    mutating func decide(_ event: Event) {
        take(core.decide(event, now: now))
        take(core.decide(.tick, now: now))
    }

    /// Commits, then lets it take effect. What is checked is what a receiver or a reader of the ledger could see.
    private mutating func take(_ decision: Decision) {
        mirror.take(decision, .stored)
        problems += mirror.broken(by: decision)
        underWay += decision.sends
    }

    // MARK: Moves

    mutating func observe(_ probe: String, _ result: ExploredScene.Result) {
        // A run takes a moment: a result is never as old as what it follows.
        now = now + .milliseconds(10)
        let observation = Observation(
            probe: probe, planned: now.wall, started: now.wall, elapsed: .zero, measured: result.measured)
        latest[probe] = observation
        decide(.observed(observation))
    }

    mutating func settle(_ index: Int, _ verdict: DeliveryVerdict, isApplied: Bool, isLate: Bool) {
        let row = underWay.remove(at: index)
        if isApplied { apply(row) }
        if isLate { lost.append(Lost(row: row, until: now.wall + Network.latest)) }
        decide(.settled(Settlement(row: row.id, attempt: row.tries, verdict: verdict)))
    }

    mutating func apply(_ row: OutboxRow) {
        let action = row.kind == .resolve ? "resolve" : row.kind == .trigger ? "trigger" : "acknowledge"
        let body = "{\"event_action\":\"\(action)\",\"dedup_key\":\"md-\(row.incident)-\(row.page)\"}"
        if let wrong = receivers.apply(row, body: body) { problems.append(wrong) }
    }

    mutating func applyLost(_ index: Int) { apply(lost.remove(at: index).row) }

    /// Time passes to what is due next; what was to be applied before then and was not never is.
    mutating func wait(until due: Timestamp) {
        now = now + max(.zero, due - now.wall)
        lost.removeAll { $0.until <= now.wall }
        decide(.tick)
    }

    /// Kill -9 and a start: every attempt on its way may or may not have arrived.
    mutating func crash() {
        for row in underWay { lost.append(Lost(row: row, until: now.wall + Network.latest)) }
        underWay = []
        var stored = Stored()
        stored.alerts = mirror.now.alerts.values.sorted { $0.key < $1.key }
        stored.outbox = mirror.now.rows.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }
        let alive = Set(stored.outbox.map(\.incident)).union(mirror.now.open)
        stored.incidents = alive.compactMap { mirror.now.incidents[$0] }.sorted { $0.id < $1.id }
        stored.timers = mirror.now.timers.values.sorted { ($0.due, $0.key.owner) < ($1.due, $1.key.owner) }
        stored.told = alive.sorted().flatMap { (mirror.now.told[$0] ?? [:]).values.sorted { $0.target < $1.target } }
        stored.silences = core.silences.values.sorted { $0.id < $1.id }
        stored.lastOutboxID = mirror.now.rows.keys.max() ?? 0
        stored.latest = latest
        let defects = core.defects
        core = AlertingState(
            configuration: ExploredScene.configuration, stored: stored, seed: ExploredState.seed &+ UInt64(left.crashes),
            now: now.wall)
        core.defects = defects
        take(core.start(now: now.wall))
        decide(.tick)
    }

    mutating func command(_ command: Command) { decide(.command(command, by: Actor(uid: 1000, pid: 1, name: "ada"))) }

    /// Nothing is on its way and nothing waits to be sent: then receivers show what fires.
    var isQuiet: Bool { underWay.isEmpty && lost.isEmpty && mirror.now.rows.values.allSatisfy(\.isSettled) }

    mutating func checkQuiet() { problems += mirror.wrong(at: receivers) + mirror.unheard() + mirror.broken() }
}
