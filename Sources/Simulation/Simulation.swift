import Alerting
import Ledger
import Model

/// The daemon in a world that one seed decides: its clock, what probes find, operators, networks, disks and kills are simulated;
/// deciding, the ledger and what happens at a restart are the daemon's own code.
///
/// What a run finds wrong is a sentence in `problems`. The first one ends it.
package struct Simulation {
    package let plan: Plan
    package private(set) var problems: [String] = []
    package internal(set) var statistics = Statistics()

    package struct Statistics: Sendable {
        package var days = 0.0
        package var runs = 0
        package var attempts = 0
        package var pages = 0
        package var kills = 0
        package var commits = 0
        package var incidents = 0
        package init() {}
        package static func += (a: inout Statistics, b: Statistics) {
            a.days += b.days
            a.runs += b.runs
            a.attempts += b.attempts
            a.pages += b.pages
            a.kills += b.kills
            a.commits += b.commits
            a.incidents += b.incidents
        }
    }

    let clock: VirtualClock
    var random: SeededGenerator
    var happenings = Happenings()
    var disk: Disk
    var daemon: Daemon?
    var services = Services()
    var network = Network()
    var receivers = Receivers()
    var mirror = Mirror()
    var watch = Watch()
    var bounds = Bounds()
    /// What the wall clock showed when digests were first planned.
    let digestsSince: Timestamp
    var log: EventLog
    var variant = 0
    /// Counts processes: what an earlier one asked for does not reach a later one.
    var life = 0
    /// The machine sleeps until then.
    var asleepUntil: Int64 = 0
    /// The daemon looks at its clocks then, whatever is due.
    var pulse: Int64 = .max
    var tidyAt: Int64 = 0
    var armed: (point: Plan.KillPoint, downtime: Duration, variant: Int?)?
    /// No more trouble: what is under way may end.
    var isCalm = false

    /// `folder` must not exist; it is removed at the end.
    package init(plan: Plan, folder: String, keepsLog: Bool = false) throws {
        self.plan = plan
        clock = VirtualClock(wallAtStart: plan.startsAt)
        digestsSince = plan.startsAt
        random = SeededGenerator(seed: plan.seed)
        disk = try Disk(folder: folder)
        log = EventLog(isKept: keepsLog)
        for entry in plan.entries { happenings.add(.act(entry.act), at: entry.at.microseconds) }
    }

    package var logHash: UInt64 { log.hash }
    package var lines: [String] { log.lines }

    /// The true time of the first problem, or of the end.
    package var elapsed: Duration { .microseconds(clock.elapsed) }

    mutating func problem(_ sentence: String) {
        problems.append(sentence)
        log.add(clock.elapsed, "WRONG: \(sentence)")
    }

    func expect(_ isTrue: Bool, _ problems: inout [String], _ sentence: @autoclosure () -> String) {
        if !isTrue { problems.append(sentence()) }
    }

    // MARK: The run

    /// Lives through the plan, then lets everything settle.
    package mutating func run() throws {
        try boot()
        try live(until: plan.profile.length.microseconds)
        try calmDown()
        statistics.days = elapsed.seconds / 86_400
        statistics.incidents = mirror.now.incidents.count
        statistics.pages = receivers.opened.count
        daemon = nil
        try disk.remove()
    }

    mutating func live(until end: Int64) throws {
        var turnsAtOnce = 0
        while problems.isEmpty {
            let wake = daemon == nil ? Int64.max : max(nextWake(), asleepUntil)
            let next = min(happenings.next ?? .max, wake)
            guard next <= end else { break }
            turnsAtOnce = next > clock.elapsed ? 0 : turnsAtOnce + 1
            if turnsAtOnce > 2000 { return problem("the daemon does not come to rest") }
            clock.advance(to: next)
            while problems.isEmpty, let happening = happenings.pop(by: next) { try take(happening) }
            guard daemon != nil, asleepUntil <= next else { continue }
            try turn()
            if problems.isEmpty { checkTime() }
        }
        clock.advance(to: end)
    }

    private mutating func take(_ happening: Happening) throws {
        switch happening {
        case .act(let act):
            try carryOut(act)
        case .applied(let row, let body):
            log.add(clock.elapsed, "\(row.target) gets \(row.kind.rawValue) \(row.id), page \(row.page)")
            if let wrong = receivers.apply(row, body: body), !mirror.forgotten.contains(row.incident) { problem(wrong) }
        case .run(_, _, let life) where life != self.life: break
        case .settled(_, _, _, let life) where life != self.life: break
        case .run, .settled:
            guard asleepUntil <= clock.elapsed else { return happenings.add(happening, at: asleepUntil) }
            decide(happening)
        case .restart(let variant):
            guard asleepUntil <= clock.elapsed else { return happenings.add(happening, at: asleepUntil) }
            if let variant { self.variant = variant }
            try boot()
        }
    }

    private mutating func decide(_ happening: Happening) {
        switch happening {
        case .run(let probe, let isExtra, _):
            if !isExtra { planRun(of: probe, after: plan.profile.every.microseconds) }
            guard daemon!.state.configuration.probes.contains(where: { $0.name == probe }) else { return }
            statistics.runs += 1
            let now = clock.now()
            let observation = Observation(
                probe: probe, planned: now.wall, started: now.wall, elapsed: .zero, isExtra: isExtra,
                measured: services.measure(probe, &random))
            daemon!.decide(.observed(observation), now: now)
        case .settled(let settlement, let target, let kind, _):
            log.add(
                clock.elapsed,
                "\(kind.rawValue) \(settlement.row) to \(target): \(settlement.verdict.outcome) at attempt \(settlement.attempt)"
            )
            watch.settled(settlement, channel: target, now: clock.elapsed)
            bounds.settled(settlement, channel: target, now: clock.elapsed)
            daemon!.decide(.settled(settlement), now: clock.now())
        case .act, .applied, .restart:
            break
        }
    }

    // MARK: Processes

    func planned(_ probe: String, _ time: Int64) -> Happening { .run(probe: probe, isExtra: false, life: life) }

    private mutating func planRun(of probe: String, after microseconds: Int64) {
        happenings.add(planned(probe, clock.elapsed), at: clock.elapsed + microseconds)
    }

    /// A process starts: from an empty folder or from what the one before left.
    mutating func boot() throws {
        let now = clock.now()
        life += 1
        let ledger = try disk.open(now: now.wall)
        let stored = try ledger.load(now: now.wall)
        for note in ledger.openingNotes + ledger.damage { problem("the ledger says at a start: \(note)") }
        if life > 1 { compareWithMirror(stored, place: "after a restart") }
        daemon = try Daemon(
            configuration: plan.profile.scene.configuration(variant, every: plan.profile.every), ledger: ledger,
            stored: stored, seed: random.next(), clock: clock)
        mirror.people = People(daemon!.state.configuration)
        bounds.begin(at: clock.elapsed)
        watch.restarted(now: clock.elapsed, channels: daemon!.state.configuration.channels)
        log.add(clock.elapsed, "start \(life), configuration \(variant)")
        for (index, probe) in plan.profile.scene.probeNames.enumerated() {
            let phase = plan.profile.every.microseconds - clock.elapsed % plan.profile.every.microseconds
            planRun(of: probe, after: phase + Int64(index) * 150_000)
        }
        try commit()
    }

    /// The process is killed. With `cutting`, its last commit was torn.
    mutating func kill(cutting length: Int64? = nil) throws {
        guard let armed else { return }
        self.armed = nil
        statistics.kills += 1
        log.add(
            clock.elapsed,
            "killed \(armed.point.rawValue)\(length == nil ? "" : ", torn"), down for \(armed.downtime.short)")
        try disk.crash(cutting: length)
        if length != nil || mirror.isBehind { watch.loseTrack() }
        mirror.crash()
        daemon = nil
        life += 1
        try disk.removeOld()
        happenings.add(.restart(variant: armed.variant), at: clock.elapsed + armed.downtime.microseconds)
    }

    func isArmed(_ point: Plan.KillPoint) -> Bool { armed?.point == point }
}
