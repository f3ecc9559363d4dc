import Model
import Scheduler
import Support
import Synchronization
import Testing

/// Keeps what was posted, and the runs that were launched until the test ends them.
private final class Bench: EventSink {
    struct Started: Sendable {
        var launch: Launch
        var done: Scheduler.Done
    }
    private let events = Mutex<[Event]>([])
    private let started = Mutex<[Started]>([])

    func post(_ event: Event) { events.withLock { $0.append(event) } }
    func launch(_ launch: Launch, _ done: @escaping Scheduler.Done) {
        started.withLock { $0.append(Started(launch: launch, done: done)) }
    }

    func takeStarted() -> [Started] {
        started.withLock { started in
            defer { started = [] }
            return started
        }
    }
    var observations: [Observation] {
        events.withLock { events in
            events.compactMap { if case .observed(let observation) = $0 { observation } else { nil } }
        }
    }
    var skipped: [String] {
        events.withLock { events in events.compactMap { if case .skipped(let probe, _) = $0 { probe } else { nil } } }
    }
}

private struct World {
    let clock = VirtualClock()
    let bench = Bench()
    let scheduler: Scheduler
    let wakes: WakeCount
    final class WakeCount: Sendable {
        let count = Atomic<Int>(0)
    }

    init(_ probes: [(name: String, every: Duration)], timeout: Duration = .seconds(5)) {
        let (bench, wakes) = (bench, WakeCount())
        self.wakes = wakes
        scheduler = Scheduler(
            clock: clock, sink: bench, wake: { wakes.count.add(1, ordering: .relaxed) },
            launch: { bench.launch($0, $1) })
        scheduler.replace(with: World.specs(probes, timeout))
    }

    static func specs(_ probes: [(name: String, every: Duration)], _ timeout: Duration = .seconds(5)) -> [ProbeSpec] {
        probes.map { ProbeSpec(name: $0.name, kind: "http", address: "test", every: $0.every, timeout: timeout) }
    }

    /// Lets time pass to the next due moment, and starts what is due.
    @discardableResult func step() -> Uptime? {
        guard let next = scheduler.runDue(now: clock.now()) else { return nil }
        clock.advance(to: next)
        return scheduler.runDue(now: clock.now())
    }

    /// Runs the loop for a time; every run ends at once.
    func run(for duration: Duration) {
        let end = clock.now().uptime + duration
        while let next = scheduler.runDue(now: clock.now()) {
            for started in bench.takeStarted() { started.done(Measured()) }
            guard next <= end else { break }
            clock.advance(to: next)
        }
        clock.advance(to: end)
    }
}

@Suite struct SchedulerTests {
    @Test func anObservationCarriesPlannedAndActualStartAndTheElapsedTime() {
        let world = World([("api", .seconds(60))])
        let planned = world.scheduler.nextRun("api")!
        world.clock.advance(by: (planned - world.clock.now().wall) + .milliseconds(3))
        _ = world.scheduler.runDue(now: world.clock.now())
        let started = world.bench.takeStarted()[0]
        #expect(started.launch.deadline == world.clock.now().uptime + .seconds(5))
        world.clock.advance(by: .milliseconds(250))
        started.done(Measured(samples: [Sample(Sample.duration, 0.25)]))
        let observation = world.bench.observations[0]
        #expect(observation.planned == planned && observation.started == planned + .milliseconds(3))
        #expect(observation.elapsed == .milliseconds(250) && observation.outcome == .ok && !observation.isExtra)
        let statistics = world.scheduler.statistics
        #expect(statistics.started == 1 && statistics.running == 0 && statistics.lateness.greatest == .milliseconds(3))
    }

    @Test func aProbeThatStillRunsIsSkippedAndTheSkipIsReported() {
        let world = World([("slow", .seconds(2))], timeout: .seconds(60))
        world.step()
        let first = world.bench.takeStarted()
        #expect(first.count == 1)
        for _ in 0..<3 { world.step() }
        #expect(world.bench.takeStarted().isEmpty)
        #expect(world.bench.skipped == ["slow", "slow", "slow"])
        #expect(world.scheduler.statistics.skipped == 3)
        first[0].done(Measured())
        world.step()
        #expect(world.bench.takeStarted().count == 1)
    }

    @Test func aRunWithoutAResultIsGivenUpAndItsLateResultIgnored() {
        let world = World([("stuck", .seconds(3600))])
        world.step()
        let stuck = world.bench.takeStarted()[0]
        let next = world.scheduler.runDue(now: world.clock.now())
        #expect(next == world.clock.now().uptime + .seconds(6), "the timeout and one second of patience")
        world.clock.advance(by: .milliseconds(5999))
        _ = world.scheduler.runDue(now: world.clock.now())
        #expect(world.bench.observations.isEmpty)
        world.clock.advance(by: .milliseconds(1))
        _ = world.scheduler.runDue(now: world.clock.now())
        stuck.done(Measured())
        #expect(world.bench.observations.map(\.outcome) == [.monitorFault])
        #expect(
            world.bench.observations[0].failure
                == Failure(.interrupted, "the run had not ended 1s after its timeout of 5s"))
        #expect(world.scheduler.statistics.givenUp == 1)
    }

    private static let timedOut = Measured.failed(.timeout, "no reply from api within 5s")

    @Test func aTimeoutInTimeIsTheTargets() {
        let world = World([("api", .seconds(60))])
        world.step()
        let run = world.bench.takeStarted()[0]
        world.clock.advance(by: .milliseconds(5400))
        run.done(Self.timedOut)
        #expect(world.bench.observations.map(\.failure) == [Self.timedOut.failure])
    }

    @Test func aTimeoutThatWasLookedAtTooLateIsOurOwnFault() {
        let world = World([("api", .seconds(60))])
        world.step()
        let run = world.bench.takeStarted()[0]
        world.clock.advance(by: .milliseconds(5700))
        run.done(Self.timedOut)
        #expect(world.bench.observations.map(\.outcome) == [.monitorFault])
        #expect(
            world.bench.observations[0].failure
                == Failure(
                    .interrupted, "the run was looked at 700ms after its deadline only: no reply from api within 5s"))
    }

    @Test func aRunDuringWhichTheLoopStoodStillSaysNothing() {
        let world = World([("api", .seconds(60)), ("db", .seconds(60))], timeout: .seconds(30))
        while world.scheduler.statistics.running < 2 { world.step() }
        let runs = world.bench.takeStarted()
        let stopped = world.clock.now().uptime
        world.clock.advance(by: .milliseconds(4300))
        world.scheduler.stalled(from: stopped, until: world.clock.now().uptime)
        runs[0].done(Measured(samples: [Sample(Sample.duration, 4.3)]))
        runs[1].done(.failed(.connect, "cannot connect to db:5432: connection reset by peer"))
        let why = Failure(.interrupted, "the daemon did not get its turn for 4.3s while the run was under way")
        #expect(world.bench.observations.map(\.failure) == [why, why])
        #expect(world.bench.observations.allSatisfy { $0.samples.isEmpty })
    }

    @Test func aRunThatStartsAfterTheLoopStoodStillCounts() {
        let world = World([("api", .seconds(60))])
        let stopped = world.clock.now().uptime
        world.step()
        world.scheduler.stalled(from: stopped, until: world.clock.now().uptime)
        world.bench.takeStarted()[0].done(Measured())
        #expect(world.bench.observations.map(\.outcome) == [.ok])
    }

    @Test func aRunThatFailedWhileTheMachineSleptIsOurOwnFault() {
        let world = World([("api", .seconds(60)), ("db", .seconds(60))], timeout: .seconds(30))
        while world.scheduler.statistics.running < 2 { world.step() }
        let runs = world.bench.takeStarted()
        // The monotonic clock stands still while the machine is suspended.
        world.clock.stepWall(by: .seconds(8 * 3600))
        world.clock.advance(by: .milliseconds(100))
        runs[0].done(.failed(.connect, "cannot connect to api:80: connection reset by peer"))
        runs[1].done(Measured())
        #expect(world.bench.observations.map(\.outcome) == [.monitorFault, .ok])
        #expect(
            world.bench.observations[0].failure
                == Failure(
                    .interrupted,
                    "the machine slept, or its clock was set, by 8h while the run was under way: "
                        + "cannot connect to api:80: connection reset by peer"))
    }

    @Test func hundredStepsOfTheWallClockMissNothingAndAddNothing() {
        let world = World((0..<20).map { ("probe-\($0)", .seconds(30)) })
        let still = World((0..<20).map { ("probe-\($0)", .seconds(30)) })
        for step in 0..<100 {
            world.run(for: .seconds(37))
            still.run(for: .seconds(37))
            world.clock.stepWall(by: .seconds(step % 2 == 0 ? 3600 : -3600))
        }
        #expect(world.bench.observations.count == still.bench.observations.count)
        #expect(world.bench.observations.allSatisfy { $0.started == $0.planned })
        let statistics = world.scheduler.statistics
        #expect(statistics.missed == 0 && statistics.skipped == 0 && statistics.lateness.greatest == .zero)
        #expect(statistics.started == still.scheduler.statistics.started)
    }

    @Test func afterALongStopNoBurstAndOneRunAProbe() {
        let world = World((0..<100).map { ("probe-\($0)", .seconds(30)) })
        world.run(for: .seconds(300))
        let before = world.scheduler.statistics.started
        world.clock.advance(by: .seconds(600))
        _ = world.scheduler.runDue(now: world.clock.now())
        #expect(world.bench.takeStarted().isEmpty)
        world.run(for: .seconds(10))
        #expect(world.scheduler.statistics.started - before == 100)
        #expect(world.scheduler.statistics.missed == 2000)
        #expect(world.bench.skipped.isEmpty)
    }

    @Test func aRunOnRequestIsExtraAndWakesTheLoop() {
        let world = World([("api", .seconds(3600))])
        world.run(for: .seconds(20))
        let wakes = world.wakes.count.load(ordering: .relaxed)
        #expect(world.scheduler.runSoon("api", after: .seconds(2)))
        #expect(!world.scheduler.runSoon("unknown"))
        #expect(world.wakes.count.load(ordering: .relaxed) == wakes + 1)
        #expect(world.scheduler.nextRun("api") == world.clock.now().wall + .seconds(2))
        world.run(for: .seconds(2))
        #expect(world.bench.observations.map(\.isExtra) == [false, true])
        #expect(world.scheduler.statistics.lateness.count == 1, "lateness is of planned runs")
    }

    @Test func aReloadKeepsRunsUnderWayAndDropsThoseOfRemovedProbes() {
        let world = World([("stays", .seconds(60)), ("goes", .seconds(60))])
        while world.scheduler.statistics.running < 2 { world.step() }
        let started = world.bench.takeStarted()
        world.scheduler.replace(with: World.specs([("stays", .seconds(60))]))
        for run in started { run.done(Measured()) }
        #expect(world.bench.observations.map(\.probe) == ["stays"])
        #expect(world.scheduler.nextRun("goes") == nil)
        #expect(world.scheduler.nextRuns().keys.sorted() == ["stays"])
    }

    @Test func afterStopNothingStartsAndRunsUnderWayEnd() {
        let world = World([("api", .seconds(5))], timeout: .seconds(2))
        world.step()
        let started = world.bench.takeStarted()
        world.scheduler.stop()
        #expect(world.scheduler.runDue(now: world.clock.now()) != nil, "the run under way is watched")
        started[0].done(Measured())
        #expect(world.scheduler.runDue(now: world.clock.now()) == nil)
        world.clock.advance(by: .seconds(60))
        _ = world.scheduler.runDue(now: world.clock.now())
        #expect(world.bench.takeStarted().isEmpty && world.bench.observations.count == 1)
    }

    @Test func aQuantileOfLatenessIsAtMostAnEighthTooGreat() {
        var lateness = Lateness()
        #expect(lateness.quantile(0.99) == .zero)
        for micros in 1...10_000 { lateness.add(.microseconds(micros)) }
        for q in [0.001, 0.5, 0.9, 0.99, 1] {
            let exact = Int64((q * 10_000).rounded(.up))
            let shown = lateness.quantile(q).microseconds
            #expect(shown >= exact && shown <= exact + exact / 8, "\(q): \(shown) for \(exact)")
        }
        lateness.add(.seconds(86_400 * 365))
        #expect(lateness.quantile(1) <= lateness.greatest)
        #expect(lateness.sum > lateness.greatest)
    }
}
