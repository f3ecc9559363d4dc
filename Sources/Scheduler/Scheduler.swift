internal import HeapModule
package import Model
internal import Synchronization
import Transfer

/// A run that starts now, for whoever carries it out.
package struct Launch: Sendable {
    package var probe: String
    package var planned: Timestamp
    /// The measurement must have ended by then.
    package var deadline: Uptime
    package var isExtra: Bool
}

/// What the scheduler did since the daemon started.
package struct SchedulerStatistics: Sendable, Hashable {
    package var started = 0
    package var running = 0
    /// Planned runs that did not start because the one before had not ended.
    package var skipped = 0
    /// Planned times that passed while the machine slept or the loop did not get its turn.
    package var missed = 0
    /// Runs that had no result a second after their timeout.
    package var givenUp = 0
    package var lateness = Lateness()
    package init() {}
}

/// Starts runs at their times and turns what they measured into observations.
///
/// `runDue` is called by the transfer loop; results come from any thread. One lock guards the state; `launch`, `sink` and `wake` are
/// called outside it. Times within the daemon are monotonic, but for the planned times of a calendar: `planned` and `started` are given
/// as wall time only in the observation.
package final class Scheduler: TimerSource {
    /// A run that has not ended this long after its timeout is given up: its own deadline failed it.
    package static let patience = Duration.seconds(1)
    /// A run that timed out this long after its deadline was not looked at in time.
    static let tolerance = Duration.milliseconds(500)
    /// The wall clock gains this much on the monotonic one where the machine slept.
    static let noticedSleep = Duration.seconds(1)

    package typealias Done = @Sendable (Measured) -> Void

    fileprivate struct Running {
        var id: UInt64
        var planned: Timestamp
        var started: Moment
        var deadline: Uptime
        var isExtra: Bool
        /// The loop did not get its turn for so long while it ran.
        var stalled = Duration.zero
    }
    fileprivate struct Probe {
        var timeout: Duration
        var running: Running?
    }
    /// When to look whether a run has ended. It counts only while that run is the one that runs.
    fileprivate struct Watch: Comparable {
        var due: Uptime
        var id: UInt64
        var probe: String
        static func < (a: Watch, b: Watch) -> Bool { (a.due, a.id) < (b.due, b.id) }
    }
    fileprivate struct State {
        var timetable: Timetable
        var probes: [String: Probe] = [:]
        var watches = Heap<Watch>()
        var statistics = SchedulerStatistics()
        var lastID: UInt64 = 0
        var isStopped = false
    }

    private let state: Mutex<State>
    private let clock: any Clock
    private let sink: any EventSink
    private let launch: @Sendable (Launch, @escaping Done) -> Void
    private let wake: @Sendable () -> Void

    /// - Parameters:
    ///   - launch: starts a measurement without blocking and calls back once, from any thread.
    ///   - wake: has `runDue` called soon, from any thread.
    package init(
        clock: any Clock, sink: any EventSink, wake: @escaping @Sendable () -> Void,
        launch: @escaping @Sendable (Launch, @escaping Done) -> Void
    ) {
        self.clock = clock
        self.sink = sink
        self.wake = wake
        self.launch = launch
        state = Mutex(State(timetable: Timetable(start: clock.now().uptime)))
    }

    /// Takes the probes of a configuration in place of those before. Runs of probes that stay go on; results of others are dropped.
    package func replace(with specs: [ProbeSpec]) {
        let now = clock.now()
        state.withLock { state in
            state.timetable.replace(with: specs.map { .init(name: $0.name, schedule: $0.schedule) }, now: now)
            var probes: [String: Probe] = [:]
            probes.reserveCapacity(specs.count)
            for spec in specs {
                probes[spec.name] = Probe(timeout: spec.timeout, running: state.probes[spec.name]?.running)
            }
            state.probes = probes
        }
        wake()
    }

    /// Asks for a run beside the planned ones; where one is due or under way by then, that one serves. False: no such probe.
    package func runSoon(_ name: String, at time: Uptime) -> Bool {
        guard state.withLock({ $0.timetable.addExtra(name, at: time) }) else { return false }
        wake()
        return true
    }

    /// The same, after a pause.
    package func runSoon(_ name: String, after pause: Duration = .zero) -> Bool {
        runSoon(name, at: clock.now().uptime + pause)
    }

    /// Starts no further runs; those under way still end or are given up.
    package func stop() { state.withLock { $0.isStopped = true } }

    /// When a probe runs next, in wall time as the clock stands now.
    package func nextRun(_ name: String) -> Timestamp? {
        let now = clock.now()
        return state.withLock { $0.timetable.next(name, now: now) }
    }

    /// The same for all probes, with one lock.
    package func nextRuns() -> [String: Timestamp] {
        let now = clock.now()
        let all = state.withLock { $0.timetable.all(now: now) }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.next) })
    }

    package var statistics: SchedulerStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.missed = state.timetable.missed
            statistics.running = state.probes.values.count { $0.running != nil }
            return statistics
        }
    }

    /// Starts what is due and gives up what is overdue. Returns when it wants to be called next.
    package func runDue(now: Moment) -> Uptime? {
        var starts: [(launch: Launch, id: UInt64)] = []
        var events: [Event] = []
        let next = state.withLock { state in
            state.giveUp(now, &events)
            if !state.isStopped {
                for due in state.timetable.due(now: now) { state.start(due, now, &starts, &events) }
            }
            return state.nextDue()
        }
        for event in events { sink.post(event) }
        for start in starts {
            let (name, id) = (start.launch.probe, start.id)
            launch(start.launch) { [self] measured in finish(name, id, measured) }
        }
        return next
    }

    /// The runs under way say nothing of their targets: nobody looked at what came.
    package func stalled(from: Uptime, until: Uptime) {
        state.withLock { state in
            for index in state.probes.indices {
                guard let started = state.probes.values[index].running?.started.uptime, started < until else { continue }
                state.probes.values[index].running?.stalled += until - max(from, started)
            }
        }
    }

    /// Takes the result of a run, unless it was given up or its probe is gone.
    private func finish(_ name: String, _ id: UInt64, _ measured: Measured) {
        let now = clock.now()
        let observation = state.withLock { $0.end(name, id, measured, now) }
        if let observation { sink.post(.observed(observation)) }
    }
}

extension Scheduler.Running {
    /// What was measured, or why it says nothing: the process was stopped, starved, or slept with the machine, and a target must not
    /// be blamed for that.
    fileprivate func trusted(_ measured: Measured, _ now: Moment) -> Measured {
        if measured.failure?.reason.outcome == .monitorFault { return measured }
        if stalled > .zero {
            return .failed(.interrupted, "the daemon did not get its turn for \(stalled.short) while the run was under way")
        }
        guard let failure = measured.failure else { return measured }
        let late = now.uptime - deadline
        if failure.reason == .timeout, late > Scheduler.tolerance {
            return .failed(.interrupted, "the run was looked at \(late.short) after its deadline only: \(failure.detail)")
        }
        let slept = (now.wall - started.wall) - (now.uptime - started.uptime)
        if slept > Scheduler.noticedSleep {
            return .failed(
                .interrupted,
                "the machine slept, or its clock was set, by \(slept.short) while the run was under way: \(failure.detail)")
        }
        return measured
    }
}

extension Scheduler.State {
    fileprivate mutating func start(
        _ due: Timetable.Due, _ now: Moment, _ starts: inout [(launch: Launch, id: UInt64)], _ events: inout [Event]
    ) {
        guard let probe = probes[due.name] else { return }
        let late = now.uptime - due.planned
        let planned = due.wall ?? now.wall - late
        if probe.running != nil {
            // A run is under way: for an extra run its result will do, a planned one is reported.
            guard !due.isExtra else { return }
            statistics.skipped += 1
            events.append(.skipped(probe: due.name, planned: planned))
            return
        }
        lastID += 1
        let deadline = now.uptime + probe.timeout
        probes[due.name]?.running = .init(
            id: lastID, planned: planned, started: now, deadline: deadline, isExtra: due.isExtra)
        watches.insert(.init(due: deadline + Scheduler.patience, id: lastID, probe: due.name))
        statistics.started += 1
        if !due.isExtra { statistics.lateness.add(late) }
        starts.append((Launch(probe: due.name, planned: planned, deadline: deadline, isExtra: due.isExtra), lastID))
    }

    fileprivate mutating func end(_ name: String, _ id: UInt64, _ measured: Measured, _ now: Moment) -> Observation? {
        guard let running = probes[name]?.running, running.id == id else { return nil }
        probes[name]?.running = nil
        return Observation(
            probe: name, planned: running.planned, started: running.started.wall, elapsed: now.uptime - running.started.uptime,
            isExtra: running.isExtra, measured: running.trusted(measured, now))
    }

    fileprivate mutating func giveUp(_ now: Moment, _ events: inout [Event]) {
        while let watch = watches.min, watch.due <= now.uptime {
            watches.removeMin()
            guard let probe = probes[watch.probe], let running = probe.running, running.id == watch.id else { continue }
            let timeout = running.deadline - running.started.uptime
            let measured = Measured.failed(
                .interrupted, "the run had not ended \(Scheduler.patience.short) after its timeout of \(timeout.short)")
            guard let observation = end(watch.probe, watch.id, measured, now) else { continue }
            statistics.givenUp += 1
            events.append(.observed(observation))
        }
    }

    fileprivate mutating func nextDue() -> Uptime? {
        while let watch = watches.min, probes[watch.probe]?.running?.id != watch.id { watches.removeMin() }
        let planned = isStopped ? nil : timetable.nextDue()
        guard let planned, let watched = watches.min?.due else { return planned ?? watches.min?.due }
        return min(planned, watched)
    }
}
