import Model
import Scheduler
import Support
import Synchronization
import Testing

/// Runs that end at once, with what they say of their times.
private final class Runs: EventSink {
    private let observations = Mutex<[Observation]>([])
    func post(_ event: Event) {
        if case .observed(let observation) = event { observations.withLock { $0.append(observation) } }
    }
    var all: [Observation] { observations.withLock { $0 } }
    var planned: [String] { all.map { String($0.planned.description.dropFirst(11).dropLast(4)) } }
}

/// A scheduler whose wall clock starts at noon on UTC.
private struct World {
    let clock = VirtualClock()
    let runs = Runs()
    let scheduler: Scheduler

    init(_ text: String) throws {
        scheduler = Scheduler(clock: clock, sink: runs, wake: {}, launch: { $1(Measured()) })
        scheduler.replace(with: [try World.spec(text)])
    }

    static func spec(_ text: String) throws -> ProbeSpec {
        ProbeSpec(
            name: "probe", kind: "http", address: "test",
            schedule: .cron(try CronSchedule.parse(text).get(), zone: .utc), timeout: .seconds(5))
    }

    func run(for duration: Duration) {
        let end = clock.now().uptime + duration
        while let next = scheduler.runDue(now: clock.now()), next <= end { clock.advance(to: next) }
        clock.advance(to: end)
        _ = scheduler.runDue(now: clock.now())
    }
}

@Suite("A calendar") struct CalendarTests {
    @Test("runs at its times to the microsecond, and not at the start") func times() throws {
        let world = try World("*/20 * * * *")
        #expect(world.scheduler.nextRun("probe") == Timestamp("2026-03-02T12:20:00Z"))
        world.run(for: .seconds(3600))
        #expect(world.runs.planned == ["12:20", "12:40", "13:00"])
        #expect(world.runs.all.allSatisfy { $0.started == $0.planned })
        #expect(world.scheduler.nextRuns() == ["probe": Timestamp("2026-03-02T13:20:00Z")])
        #expect(world.scheduler.statistics.missed == 0 && world.scheduler.statistics.lateness.greatest == .zero)
    }

    @Test("runs once, when it is noticed, for times that a step of the wall clock jumped over") func forward() throws {
        let world = try World("30 * * * *")
        world.run(for: .seconds(600))
        world.clock.stepWall(by: .seconds(3600))
        #expect(world.scheduler.nextRun("probe") == Timestamp("2026-03-02T12:30:00Z"), "it is due")
        world.run(for: .seconds(15))
        #expect(world.runs.planned == ["12:30"])
        #expect(world.runs.all[0].started <= Timestamp("2026-03-02T13:10:15Z")!)
        #expect(world.scheduler.statistics.lateness.greatest <= .seconds(15), "due since the step")
        world.run(for: .seconds(3600))
        #expect(world.runs.planned == ["12:30", "13:30"])
        world.clock.stepWall(by: .seconds(3 * 3600))
        world.run(for: .seconds(60))
        #expect(world.runs.planned == ["12:30", "13:30", "16:30"])
        #expect(world.scheduler.statistics.missed == 2)
    }

    @Test("does not run again for times that ran before the wall clock was set back") func back() throws {
        let world = try World("30 * * * *")
        world.run(for: .seconds(2400))
        world.clock.stepWall(by: .seconds(-3600))
        world.run(for: .seconds(2400))
        #expect(world.runs.planned == ["12:30"], "12:30 comes again, at 12:20 of the clock's second count")
        #expect(world.scheduler.nextRun("probe") == Timestamp("2026-03-02T13:30:00Z"))
        world.run(for: .seconds(7200))
        #expect(world.runs.planned == ["12:30", "13:30"])
    }

    @Test("runs at a time that comes again and did not run before") func backBeforeTheStart() throws {
        let world = try World("30 * * * *")
        world.clock.stepWall(by: .seconds(-3600))
        world.run(for: .seconds(3600))
        #expect(world.runs.planned == ["11:30"])
    }

    @Test("begins anew when the wall clock was far ahead and is set right") func corrected() throws {
        let world = try World("30 * * * *")
        world.run(for: .seconds(600))
        world.clock.stepWall(by: .seconds(86_400 * 3650))
        world.run(for: .seconds(60))
        #expect(world.runs.all.count == 1)
        #expect(world.scheduler.statistics.missed == 10_000, "ten years of hours are not counted one by one")
        world.clock.stepWall(by: .seconds(-86_400 * 3650))
        world.run(for: .seconds(3600))
        #expect(world.runs.planned.dropFirst() == ["12:30"])
    }

    @Test("runs no planned time twice and leaves none out, whatever the steps of an hour") func manySteps() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var state = seed
        func draw(_ below: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % below
        }
        let world = try World("30 * * * *")
        // Up to an hour before or after what the clock would show.
        var ahead: Int64 = 0
        for _ in 0..<300 {
            world.run(for: .seconds(Int64(60 + draw(3500))))
            let target = Int64(draw(3)) - 1
            world.clock.stepWall(by: .seconds((target - ahead) * 3600))
            ahead = target
        }
        world.run(for: .seconds(3 * 3600))
        let planned = world.runs.all.map(\.planned)
        let hours = zip(planned, planned.dropFirst()).map { ($1 - $0).seconds / 3600 }
        #expect(planned.count > 100 && hours.allSatisfy { $0 >= 1 }, "none twice")
        // Two hours jumped over at once are one run; the other is counted.
        #expect(hours.reduce(0) { $0 + $1 - 1 } == Double(world.scheduler.statistics.missed), "none left out")
    }

    @Test("runs once after a long stop, for the latest time") func longStop() throws {
        let world = try World("*/5 * * * *")
        world.run(for: .seconds(330))
        world.clock.advance(by: .seconds(3600))
        world.run(for: .seconds(1))
        #expect(world.runs.planned == ["12:05", "13:05"])
        #expect(world.scheduler.statistics.missed == 11)
        #expect(world.scheduler.statistics.lateness.greatest >= .seconds(30), "a run that the machine slept through is late")
    }

    @Test("keeps its place over a reload, and takes up another schedule at once") func reload() throws {
        let world = try World("30 * * * *")
        world.run(for: .seconds(1800))
        world.clock.stepWall(by: .seconds(-600))
        world.scheduler.replace(with: [try World.spec("30 * * * *")])
        world.run(for: .seconds(1200))
        #expect(world.runs.planned == ["12:30"])
        world.scheduler.replace(with: [try World.spec("*/15 * * * *")])
        #expect(world.scheduler.nextRun("probe") == Timestamp("2026-03-02T12:45:00Z"))
        world.scheduler.replace(with: [
            ProbeSpec(name: "probe", kind: "http", address: "test", every: .seconds(60), timeout: .seconds(5))
        ])
        world.run(for: .seconds(180))
        #expect(world.runs.all.count == 4)
    }

    @Test("may be asked for a run in between") func extra() throws {
        let world = try World("0 9 1 jan *")
        #expect(world.scheduler.runSoon("probe", after: .seconds(20)))
        #expect(world.scheduler.nextRun("probe") == Timestamp("2026-03-02T12:00:20Z"))
        world.run(for: .seconds(60))
        #expect(world.runs.all.map(\.isExtra) == [true])
        #expect(world.scheduler.nextRun("probe") == Timestamp("2027-01-01T09:00:00Z"))
    }
}
