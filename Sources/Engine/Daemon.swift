import Alerting
package import Config
import Delivery
import Glibc
package import Ledger
package import Model
import Scheduler
import Synchronization
import Transfer

/// The daemon with all its parts, started in order and stopped in reverse. The server is wired to it by `monitord`.
///
///     timetable → run → Observation ─┐
///     settlement of the courier ─────┼→ Keeper: decide → commit → effects (courier, runs, replies)
///     command of an operator ────────┘
package final class Daemon: Sendable {
    /// A question that the keeper has not answered by then is answered "unknown": it is stuck in a write.
    static let patience = Duration.seconds(2)

    package let clock: any Clock
    package let log: Log
    let reread: @Sendable () -> Result<DaemonConfiguration, ConfigurationError>
    let startedAt: Timestamp
    let version: String

    let transfers: TransferEngine
    let workers: Workers
    let runner: ProbeRunner
    let scheduler: Scheduler
    let courier: Courier
    let keeper: Keeper
    let reader: LedgerReader
    private let lock: LedgerLock
    private let keeperThread = Mutex<PosixThread?>(nil)
    let present: Mutex<Present>

    /// What a reload changes.
    struct Present: Sendable {
        var configuration: DaemonConfiguration
        var loadedAt: Timestamp
        /// The last reload failed: a sentence.
        var problem: String?
        var isReloading = false
        var isReady = false
        /// When the dead man's switch outside last took a call, and why it does not.
        var heartbeatAt: Timestamp?
        var heartbeatProblem: String?
    }

    /// Takes the lock, opens the ledger, rebuilds the state and the windows. Nothing runs yet, and nothing is bound.
    package init(
        configuration: DaemonConfiguration, reread: @escaping @Sendable () -> Result<DaemonConfiguration, ConfigurationError>,
        clock: any Clock, log: Log, version: String, ledgerOptions: Ledger.Options = Ledger.Options()
    ) throws {
        let now = clock.now().wall
        self.clock = clock
        self.log = log
        self.reread = reread
        self.version = version
        startedAt = now
        let path = configuration.storage.path
        lock = try LedgerLock.take(ledger: path, for: .daemon, now: now)
        var options = ledgerOptions
        options.maximumBytes = configuration.storage.maxSize
        options.program = "monitord \(version)"
        let ledger = try Ledger.open(path: path, now: now, options: options)
        for note in ledger.openingNotes { log.write(.warning, "storage: \(note)", at: now) }

        let alerting = configuration.alerting.withDaemon
        var state = AlertingState(
            configuration: alerting, stored: try ledger.load(now: now), seed: UInt64.random(in: .min ... .max), now: now)
        try ledger.replay(since: now - max(state.longestWindow, Daemon.shownHistory)) { state.replay($0) }
        for sentence in ledger.damage { log.write(.error, "storage: \(sentence)", at: now) }
        reader = try LedgerReader(path: path)

        let transfers = try TransferEngine(clock: clock)
        let workers = try Workers(clock: clock)
        let runner = ProbeRunner(transfers: transfers, workers: workers, clock: clock)
        let links = Links()
        let keeper = Keeper(
            state: state, ledger: ledger,
            effects: Effects(
                carry: { row, channel in links.courier?.carry(row, by: channel) },
                run: { request in _ = links.scheduler?.runSoon(request.probe, after: request.after) },
                log: { log.write($0) }),
            clock: clock, keepsSamples: configuration.storage.raw, keepsRecords: configuration.storage.hourly)
        let courier = Courier(transfers: transfers, sink: keeper, clock: clock)
        let scheduler = Scheduler(clock: clock, sink: keeper, wake: { transfers.wake() }) { launch, done in
            runner.measure(launch.probe, deadline: launch.deadline, done: done)
        }
        links.set(courier, scheduler)
        self.transfers = transfers
        self.workers = workers
        self.runner = runner
        self.keeper = keeper
        self.courier = courier
        self.scheduler = scheduler
        present = Mutex(Present(configuration: configuration, loadedAt: now))
        runner.replace(with: configuration.probes)
    }

    /// Latencies for the P95 of `status` are read back this far.
    static let shownHistory = Duration.seconds(3600)

    // MARK: Start and stop

    /// Starts deciding, delivering and probing.
    package func start() throws(Failure) {
        try transfers.run()
        let keeper = keeper
        let thread = try PosixThread("keeper") { keeper.run() }
        keeperThread.withLock { $0 = thread }
        scheduler.replace(with: present.withLock { $0.configuration.probes.map(\.spec) })
        transfers.setTimerSource(scheduler)
    }

    /// The server listens: the daemon takes part in monitoring.
    package func markReady() { present.withLock { $0.isReady = true } }

    /// No further runs; the attempts on their way settle; everything is stored; then all ends. At most three seconds.
    package func stop() {
        scheduler.stop()
        keeper.stop()
        keeperThread.withLock { $0.take() }?.join()
        transfers.stop()
        if let problem = keeper.close() { log.write(.error, "storage: \(problem)", at: clock.now().wall) }
    }

    /// No further runs and no further attempts, and whoever waits for an answer gets one: the daemon is about to stop.
    package func quiesce() {
        scheduler.stop()
        keeper.stop()
    }

    // MARK: Health

    /// The loop, the keeper and the courier make progress; sentences for what does not.
    package func stalls() -> [String] {
        let now = clock.now().uptime
        var stalls: [String] = []
        let loop = now - transfers.lastTurn
        if loop > .seconds(10) { stalls.append("the scheduler's loop made no progress for \(loop.short)") }
        let deciding = now - keeper.lastTurn
        if deciding > .seconds(15) { stalls.append("the keeper made no progress for \(deciding.short)") }
        let attempt = courier.oldestAttempt(now: now)
        if attempt > .seconds(120) { stalls.append("the courier has an attempt under way for \(attempt.short)") }
        return stalls
    }

    package var isReady: Bool { present.withLock { $0.isReady } }
    /// Why what happens cannot be stored; nil while it can.
    package var storageProblem: String? { keeper.storageProblem }
    package var configurationProblem: String? { present.withLock { $0.problem } }
}

/// Ties the circle of keeper, courier and scheduler: the keeper's effects reach the two that post to it.
private final class Links: Sendable {
    private let both = Mutex<(courier: Courier?, scheduler: Scheduler?)>((nil, nil))
    func set(_ courier: Courier, _ scheduler: Scheduler) { both.withLock { $0 = (courier, scheduler) } }
    var courier: Courier? { both.withLock { $0.courier } }
    var scheduler: Scheduler? { both.withLock { $0.scheduler } }
}
