package import Alerting
package import Ledger
package import Model
import Synchronization

/// What happens after a commit.
package struct Effects: Sendable {
    /// Carries out an attempt whose row is stored.
    var carry: @Sendable (OutboxRow, any Channel) -> Void
    /// Runs a probe beside its plan.
    var run: @Sendable (RunRequest) -> Void
    var log: @Sendable (Record) -> Void
    package init(
        carry: @escaping @Sendable (OutboxRow, any Channel) -> Void, run: @escaping @Sendable (RunRequest) -> Void,
        log: @escaping @Sendable (Record) -> Void
    ) {
        self.carry = carry
        self.run = run
        self.log = log
    }
}

/// The only writer: takes events in order, decides them, commits what was decided in one transaction, then lets it take effect.
///
/// Unchecked because everything but the mailbox and the stamps is touched by the keeper's thread alone.
package final class Keeper: EventSink, @unchecked Sendable {
    /// Samples with no consequence wait this long for company.
    static let samplesWait = Duration.seconds(1)
    /// It wakes at least this often, so that a watchdog sees it alive.
    static let pulse = Duration.seconds(2)
    /// At the end, attempts on their way may settle for this long.
    static let drain = Duration.seconds(3)

    private static let stopping = CommandReply(.failed, "monitord is stopping; nothing changed")

    private static let unrecorded =
        "warning: it could not be stored: it is lost if monitord stops before storage works again; see monitordctl status"

    enum Letter: Sendable {
        case event(Event)
        case command(Command, Actor, id: String?, @Sendable (CommandReply) -> Void)
        case ask(@Sendable (borrowing AlertingState, KeeperFigures) -> Void)
        case reconfigure(AlertingConfiguration, note: String, @Sendable () -> Void)
        case stop
    }

    private let mailbox = Mailbox<Letter>()
    private let clock: any Clock
    private var state: AlertingState
    private var store: Store
    private let effects: Effects
    private let progress = Atomic<Int64>(0)
    private let published = Mutex<String?>(nil)

    private var pending = Decision()
    private var pendingSince: Uptime?
    private var replies: [(reply: CommandReply, to: @Sendable (CommandReply) -> Void)] = []
    /// Commands whose answer is the settlement of rows.
    private var awaiting: [AwaitedTest] = []
    private var stopBy: Uptime?

    package init(
        state: AlertingState, ledger: Ledger, effects: Effects, clock: any Clock,
        keepsSamples: Duration = .seconds(14 * 86_400), keepsRecords: Duration = .seconds(400 * 86_400)
    ) {
        self.state = state
        self.store = Store(ledger: ledger, clock: clock, keepsSamples: keepsSamples, keepsRecords: keepsRecords)
        self.effects = effects
        self.clock = clock
        // Until its first turn it has made no progress since now.
        progress.store(clock.now().uptime.nanoseconds, ordering: .relaxed)
    }

    // MARK: From any thread

    package func post(_ event: Event) { mailbox.post(.event(event), urgent: event.isUrgent) }

    package func command(
        _ command: Command, by actor: Actor, id: String? = nil, reply: @escaping @Sendable (CommandReply) -> Void
    ) {
        if !mailbox.post(.command(command, actor, id: id, reply), urgent: true) { reply(Keeper.stopping) }
    }

    /// Calls `body` on the keeper's thread, between two decisions.
    package func ask(_ body: @escaping @Sendable (borrowing AlertingState, KeeperFigures) -> Void) {
        mailbox.post(.ask(body), urgent: true)
    }

    /// Takes a new configuration and stores what follows; `note` says who wanted it and what changed.
    package func reconfigure(_ next: AlertingConfiguration, note: String, done: @escaping @Sendable () -> Void) {
        if !mailbox.post(.reconfigure(next, note: note, done), urgent: true) { done() }
    }

    /// Closes the ledger, after `run` has returned; returns what went wrong.
    package func close() -> String? { store.close() }

    /// Ends `run` once the attempts on their way have settled, or after `drain`.
    package func stop() { mailbox.post(.stop, urgent: true) }

    /// When it last finished a turn.
    package var lastTurn: Uptime { Uptime(nanoseconds: progress.load(ordering: .relaxed)) }

    /// Why the ledger cannot store; nil while it can.
    package var storageProblem: String? { published.withLock { $0 } }

    // MARK: On the keeper's thread

    package func run() {
        defer { answerEverybody() }
        var now = clock.now()
        pending.append(state.start(now: now.wall))
        commit(now)
        // The daemon may have died before it could store that storage works again.
        if !store.isBehind, state.isFiring(probe: ProbeSpec.daemonName) { report(nil, now: now) }
        while true {
            pending.append(stopBy == nil ? state.decide(.tick, now: now) : Decision())
            if mustCommit(now) { commit(now) }
            if let problem = store.tidy(now: now) { effects.log(Record(at: now.wall, .storage, problem)) }
            progress.store(now.uptime.nanoseconds, ordering: .relaxed)
            if let stopBy, now.uptime >= stopBy || !state.hasInFlight { break }
            let letters = mailbox.take(until: nextWake(now), clock: clock)
            now = clock.now()
            for letter in letters { handle(letter, now: now) }
        }
        commit(clock.now())
        // What could not be stored gets a last chance.
        guard store.isBehind else { return }
        store.retryNow(at: clock.now().uptime)
        commit(clock.now())
    }

    /// Nobody shall wait for an answer that cannot come.
    private func answerEverybody() {
        for test in awaiting {
            test.reply(CommandReply(.failed, "monitord is stopping; whether the test message arrives is not known"))
        }
        awaiting = []
        for (_, to) in replies { to(Keeper.stopping) }
        replies = []
        for letter in mailbox.close() {
            switch letter {
            case .command(_, _, _, let reply): reply(Keeper.stopping)
            case .reconfigure(_, _, let done): done()
            case .ask(let body): body(state, store.figures)
            case .event, .stop: break
            }
        }
    }

    private func handle(_ letter: Letter, now: Moment) {
        switch letter {
        case .event(let event):
            take(state.decide(event, now: now), now: now)
        case .command(let command, let actor, let id, let reply):
            let decision = state.decide(.command(command, by: actor, id: id), now: now)
            if !decision.repliesWithRows.isEmpty {
                awaiting.append(AwaitedTest(rows: decision.repliesWithRows, reply: reply))
            } else if let answer = decision.reply {
                replies.append((answer, reply))
            }
            take(decision, now: now)
        case .ask(let body):
            body(state, store.figures)
        case .reconfigure(let next, let note, let done):
            pending.records.append(Record(at: now.wall, .configuration, note))
            reconfigure(next, note: note, now: now)
            done()
        case .stop:
            stopBy = stopBy ?? now.uptime + Keeper.drain
        }
    }

    private func take(_ decision: Decision, now: Moment) {
        if pendingSince == nil, !decision.observations.isEmpty { pendingSince = now.uptime }
        pending.append(decision)
    }

    /// What was decided before is stored first, so that windows are filled from all of it.
    private func reconfigure(_ next: AlertingConfiguration, note: String, now: Moment) {
        commit(now)
        let (decision, refill) = state.reconfigure(to: next, note: note, now: now.wall)
        pending.append(decision)
        if !refill.isEmpty {
            let problem = store.replay(since: now.wall - state.longestWindow) { observation in
                if refill.contains(observation.probe) { state.replay(observation) }
            }
            if let problem {
                pending.records.append(Record(at: now.wall, .storage, "windows could not be filled from history: \(problem)"))
            }
        }
        commit(now)
    }

    private func mustCommit(_ now: Moment) -> Bool {
        guard pending.isOnlySamples, pending.repeats.isEmpty, replies.isEmpty else { return true }
        if let since = pendingSince { return now.uptime - since >= Keeper.samplesWait }
        return store.wantsRetry(at: now.uptime)
    }

    private func nextWake(_ now: Moment) -> Uptime {
        var wake = now.uptime + Keeper.pulse
        if let since = pendingSince { wake = min(wake, since + Keeper.samplesWait) }
        if let due = state.nextDue(), stopBy == nil { wake = min(wake, now.uptime + max(.zero, due - now.wall)) }
        if let stopBy { wake = min(wake, stopBy) }
        return wake
    }

    /// Stores what is pending, then lets it take effect. Where it cannot be stored, it takes effect as unrecorded.
    private func commit(_ now: Moment) {
        let decision = pending
        pending = Decision()
        pendingSince = nil
        let result = store.write(decision, whole: { state.everything() }, now: now)
        published.withLock { $0 = store.figures.problem }
        for note in store.takeNotes() { pending.records.append(Record(at: now.wall, .storage, note)) }
        switch result {
        case .stored:
            takeEffect(decision)
        case .failed(let problem):
            state.isUnrecorded = true
            var unrecorded = decision
            unrecorded.sends = state.reword(decision.sends)
            for index in replies.indices where replies[index].reply.status == .done {
                replies[index].reply.details.append(Keeper.unrecorded)
            }
            takeEffect(unrecorded)
            if let problem { report(problem, now: now) }
        case .recovered:
            state.isUnrecorded = false
            takeEffect(decision)
            report(nil, now: now)
        }
    }

    /// The daemon's own storage incident: it opens and ends like that of any probe.
    private func report(_ problem: String?, now: Moment) {
        let measured = problem.map { Measured.failed(.storage, $0) } ?? Measured()
        let observation = Observation(
            probe: ProbeSpec.daemonName, planned: now.wall, started: now.wall, elapsed: .zero, isExtra: true, measured: measured
        )
        pending.append(state.decide(.observed(observation), now: now))
        pending.records.append(Record(at: now.wall, .storage, problem ?? "storage works again; what was unrecorded is stored"))
        if stopBy == nil { pending.append(state.decide(.tick, now: now)) }
        commit(now)
    }

    private func takeEffect(_ decision: Decision) {
        for row in decision.sends {
            // A channel that is gone was answered for when the attempt was to start.
            if let channel = state.channel(for: row) { effects.carry(row, channel) }
        }
        for row in decision.repeats {
            if let channel = state.configuration.channels[row.channel] { effects.carry(row, channel) }
        }
        for request in decision.runs { effects.run(request) }
        for record in decision.records { effects.log(record) }
        for (reply, to) in replies { to(reply) }
        replies = []
        guard !awaiting.isEmpty else { return }
        for index in awaiting.indices { awaiting[index].settle(decision.outbox) }
        for test in awaiting where test.rows.isEmpty { test.reply(test.answer) }
        awaiting.removeAll { $0.rows.isEmpty }
    }
}

extension Event {
    /// It may concern somebody: the keeper wakes at once.
    fileprivate var isUrgent: Bool {
        switch self {
        case .observed(let observation): observation.outcome != .ok
        case .skipped: false
        case .settled, .tick, .command, .carriedOut: true
        }
    }
}
