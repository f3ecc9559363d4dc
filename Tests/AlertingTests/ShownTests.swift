import Alerting
import Model
import Testing

@Suite("What status shows of a probe")
struct ShownTests {
    private static func compare(_ name: String, _ limit: Double) -> Condition {
        .compare(.sample(name), .greater, limit, unit: .seconds)
    }

    private func shown(_ world: World) -> Snapshot.Probe { world.state.shownProbes(now: world.now.wall) { _ in nil }[0] }

    @Test("P95 is taken from planned runs: a retry is no fair sample of latency")
    func p95() {
        var world = World(World.configuration())
        for _ in 0..<19 { world.ok(duration: 0.1) }
        world.ok(duration: 0.3)
        for _ in 0..<20 {
            let extra = Observation(
                probe: "api", planned: world.now.wall, started: world.now.wall, elapsed: .zero, isExtra: true,
                measured: Measured(samples: [Sample("duration", 9)]))
            world.take(world.state.decide(.observed(extra), now: world.now))
        }
        #expect(shown(world).p95Seconds == 0.1)
        #expect(shown(world).p95N == 20)
    }

    @Test("a probe that has not run is pending, and so is one whose alert waits for its second bad result")
    func pending() {
        var world = World(World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, after: After(2))]))
        #expect(shown(world).state == .pending)
        world.ok()
        #expect(shown(world).state == .ok)
        world.fail()
        #expect(shown(world).state == .pending)
        world.fail()
        #expect(shown(world).state == .critical)
    }

    @Test("a rule that only lacks samples is unknown in its own line and does not change the probe")
    func lacking() {
        let rules = [RuleSpec.failing, RuleSpec(name: "expiry", warning: Self.compare("expires_in", 9))]
        var world = World(World.configuration(rules: rules))
        world.ok()
        #expect(shown(world).state == .ok)
        #expect(shown(world).rules.map(\.state) == [.ok, .unknown])
    }

    @Test("a probe whose every rule is unknown is unknown, and keeps what it was when it fired")
    func unknown() {
        var world = World(World.configuration())
        world.ok()
        world.fault()
        #expect(shown(world).state == .unknown)
        world.fail()
        world.fault()
        #expect(shown(world).state == .critical)
    }

    @Test("a probe shows its worst rule, and since when")
    func worst() {
        let rules = [
            RuleSpec(name: "slow", warning: Self.compare("duration", 2), critical: Self.compare("duration", 5)), .failing,
        ]
        var world = World(World.configuration(rules: rules))
        world.ok(duration: 3)
        #expect(shown(world).state == .warning)
        world.pass(.seconds(30))
        world.ok(duration: 6)
        #expect(shown(world).state == .critical)
        #expect(shown(world).since == World.start + .seconds(30))
        world.pass(.seconds(30))
        world.ok(duration: 7)
        #expect(shown(world).since == World.start + .seconds(30))
    }
}
