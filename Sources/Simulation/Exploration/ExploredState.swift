import Alerting
import Ledger
import Model

/// One state of the explored world: the real core, what is stored, what is on its way, and what receivers hold.
struct ExploredState: Sendable {
    /// A request whose fate is unknown: it is applied before this, or never.
    struct Lost: Sendable {
        var row: OutboxRow
        var until: Timestamp
    }

    static let start = Timestamp(seconds: 1_760_000_000)
    /// Draws are the same in every decision: which they are does not matter here, but histories that meet must meet in all.
    static let seed: UInt64 = 7
    /// Of time that passes without consequence, at most so many times in a row.
    private static let idleTicks = 100

    let configuration: AlertingConfiguration
    var core: AlertingState
    var now: Moment
    var mirror = Mirror()
    var receivers = Receivers()
    var underWay: [OutboxRow] = []
    var lost: [Lost] = []
    var latest: [String: Observation] = [:]
    private var lastRow: Int64 = 0
    var left: Budget
    var problems: [String] = []

    init(_ exploration: Exploration) {
        left = exploration.budget
        configuration = ExploredScene.configuration(exploration.policy)
        core = AlertingState(
            configuration: configuration, stored: Stored(), seed: ExploredState.seed, now: ExploredState.start)
        core.defects = exploration.defects
        mirror.people = People(configuration)
        now = Moment(wall: ExploredState.start, uptime: Uptime(nanoseconds: 0))
        take(core.start(now: now.wall))
        // Both are well at first, so that each change is news.
        for probe in [ExploredScene.parent, ExploredScene.child] { observe(probe, .good) }
    }

    private mutating func decide(_ event: Event) {
        core.random = SeededGenerator(seed: ExploredState.seed)
        take(core.decide(event, now: now))
        tick()
    }

    /// Returns whether there was anything to do.
    @discardableResult
    private mutating func tick() -> Bool {
        core.random = SeededGenerator(seed: ExploredState.seed)
        let decision = core.decide(.tick, now: now)
        take(decision)
        return !decision.isEmpty
    }

    /// Commits, then lets it take effect. What is checked is what a receiver or a reader of the ledger could see.
    private mutating func take(_ decision: Decision) {
        guard !decision.isEmpty else { return }
        mirror.take(decision, .stored)
        problems += mirror.broken(by: decision) + mirror.unsilenced(by: decision, at: now.wall)
        underWay += decision.sends
        for row in decision.outbox { lastRow = max(lastRow, row.id) }
    }

    // MARK: What happens

    mutating func observe(_ probe: String, _ result: ExploredScene.Result) {
        // A run takes a moment: a result is never as old as what it follows.
        now = now + .milliseconds(10)
        let observation = Observation(
            probe: probe, planned: now.wall, started: now.wall, elapsed: .zero, measured: result.measured)
        latest[probe] = observation
        decide(.observed(observation))
    }

    mutating func settle(_ index: Int, _ verdict: DeliveryVerdict, isApplied: Bool) {
        let row = underWay.remove(at: index)
        if isApplied { apply(row) }
        if case .inDoubt = verdict { mayArrive(row) }
        decide(.settled(Settlement(row: row.id, attempt: row.tries, verdict: verdict)))
    }

    /// Only what changes a receiver is worth following: at one without state, and of what neither opens nor closes a page, it is all
    /// the same whether and when it arrives.
    private mutating func mayArrive(_ row: OutboxRow) {
        guard row.channel == ExploredScene.pager, row.kind == .trigger || row.kind == .resolve else { return }
        lost.append(Lost(row: row, until: now.wall + Network.latest))
    }

    mutating func apply(_ row: OutboxRow) {
        let action: Receivers.Action = row.kind == .resolve ? .resolve : row.kind == .trigger ? .trigger : .acknowledge
        if let wrong = receivers.apply(row, action, key: "md-\(row.incident)-\(row.page)") { problems.append(wrong) }
    }

    /// Whether the receiver would open or close a page.
    func changesReceiver(_ row: OutboxRow) -> Bool {
        receivers.open.contains("md-\(row.incident)-\(row.page)") == (row.kind == .resolve)
    }

    /// Time passes to what is due next; what was to be applied before then and was not never is. Where nothing is due it passes to the
    /// end of what may arrive.
    mutating func wait() {
        for _ in 0..<ExploredState.idleTicks {
            guard let due = core.nextDue() ?? lost.map(\.until).min() else { return }
            now = now + max(.zero, due - now.wall)
            lost.removeAll { $0.until <= now.wall }
            // What is due may have become needless meanwhile.
            if tick() { break }
        }
    }

    /// Kill -9 and a start: every attempt on its way may or may not have arrived.
    mutating func crash() {
        for row in underWay { mayArrive(row) }
        underWay = []
        var stored = Stored()
        stored.alerts = mirror.now.alerts.values.sorted { $0.key < $1.key }
        stored.outbox = mirror.now.waiting.sorted().compactMap { mirror.now.rows[$0] }
        let alive = Set(stored.outbox.map(\.incident)).union(mirror.now.open)
        stored.incidents = alive.compactMap { mirror.now.incidents[$0] }.sorted { $0.id < $1.id }
        stored.timers = mirror.now.timers.values.sorted { ($0.due, $0.key.owner) < ($1.due, $1.key.owner) }
        stored.told = alive.sorted().flatMap { (mirror.now.told[$0] ?? [:]).values.sorted { $0.target < $1.target } }
        stored.silences = core.silences.values.sorted { $0.id < $1.id }
        stored.lastOutboxID = lastRow
        stored.latest = latest
        stored.channels = mirror.now.channels.values.sorted { $0.name < $1.name }
        let defects = core.defects
        core = AlertingState(configuration: configuration, stored: stored, seed: ExploredState.seed, now: now.wall)
        core.defects = defects
        take(core.start(now: now.wall))
        tick()
    }

    mutating func command(_ command: Command) { decide(.command(command, by: Actor(uid: 1000, pid: 1, name: "ada"))) }

    mutating func silence() {
        command(
            .addSilence(
                SilenceRequest(
                    matchers: [[Matcher("probe", equals: ExploredScene.child)]], end: .at(now.wall + ExploredScene.silenced),
                    comment: "explored")))
    }

    // MARK: What is seen when nothing is on its way

    /// Nothing is on its way that could change anything, and nothing waits to be sent: then receivers show what fires.
    var isQuiet: Bool {
        underWay.isEmpty && mirror.now.waiting.isEmpty && !lost.contains { changesReceiver($0.row) }
    }

    /// Checks what must hold then, and forgets what was checked for good: incidents that are over.
    mutating func settleDown() {
        problems += mirror.wrong(at: receivers) + mirror.unheard() + mirror.broken()
        // A lost resolve of a page that is closed for good.
        lost.removeAll { $0.row.kind == .resolve && !mirror.now.open.contains($0.row.incident) }
        guard lost.isEmpty else { return }
        mirror.forgetOver()
        receivers.forget(except: mirror.now)
    }
}
