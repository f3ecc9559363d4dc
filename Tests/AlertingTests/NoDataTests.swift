import Model
import Testing

@testable import Alerting

/// Planned runs without a result: they say nothing of the target, and people hear that they are missing.
@Suite("No data")
struct NoDataTests {
    private static func configuration(_ probes: [String] = ["api"]) -> AlertingConfiguration {
        var configuration = World.configuration(probes: probes)
        configuration.probes.append(.daemon)
        return configuration
    }
    private func shown(_ world: World, _ name: String = "api") -> Snapshot.Probe? {
        world.state.shownProbes(now: world.now.wall) { _ in nil }.first { $0.name == name }
    }

    // MARK: Runs that overlap

    @Test("three planned runs that were skipped are an alert of the probe, which then is unknown; a result ends it")
    func skipped() {
        var world = World(Self.configuration())
        world.ok()
        world.skip()
        world.skip()
        #expect(world.received.isEmpty)
        world.skip()
        #expect(world.received == ["0s chat: trigger api no-data warning page 1 firing 1"])
        #expect(shown(world)?.state == .unknown)
        #expect(shown(world)?.rules.map(\.name) == ["failing", "no-data"])
        #expect(
            shown(world)?.rules.last?.reason
                == "no result of 3 planned runs in a row: each was due before the run before it had ended")
        #expect(shown(world)?.skipped == 3)
        world.skip()
        #expect(world.received.count == 1)
        world.ok()
        #expect(world.received.last == "0s chat: resolve api no-data warning page 1 firing 0")
        #expect(shown(world)?.state == .ok)
        #expect(shown(world)?.rules.map(\.name) == ["failing"])
        #expect(world.alerts.keys.filter { $0.rule == "no-data" } == [])
    }

    @Test("a result in between counts anew")
    func between() {
        var world = World(Self.configuration())
        for _ in 0..<3 {
            world.skip()
            world.skip()
            world.ok()
        }
        #expect(world.received.isEmpty)
    }

    @Test("missing results end nothing, and a result ends only that they are missing")
    func endsNothing() {
        var world = World(Self.configuration())
        world.fail()
        for _ in 0..<3 { world.skip() }
        #expect(world.state.alert("api")?.phase == .firing)
        #expect(shown(world)?.state == .critical)
        #expect(world.state.shownIncidents().map(\.probes) == [["api"]])
        world.fail()
        #expect(world.state.alert("api")?.phase == .firing)
        #expect(world.records.contains("api/no-data resolved: api has a result again"))
        #expect(!world.received.contains { $0.contains("resolve") })
    }

    @Test("the alert survives a crash, and ends with the first result")
    func crash() {
        var world = World(Self.configuration())
        for _ in 0..<3 { world.skip() }
        world.crashAndRestart(after: .seconds(5))
        #expect(shown(world)?.rules.map(\.name) == ["failing", "no-data"])
        world.skip()
        #expect(world.received.count == 1)
        world.ok()
        #expect(world.received.last == "5s chat: resolve api no-data warning page 1 firing 0")
    }

    @Test("a probe that is removed is missed no longer, one that is changed still is")
    func reload() {
        var world = World(Self.configuration(["api", "db"]))
        for _ in 0..<3 {
            world.skip("api")
            world.skip("db")
        }
        var next = Self.configuration(["api"])
        next.probes[0].labels = ["team": "web"]
        world.reload(next)
        #expect(world.received.last == "0s chat: resolve db no-data warning page 1 firing 0")
        #expect(shown(world)?.rules.map(\.name) == ["failing", "no-data"])
        world.ok()
        #expect(world.received.last == "0s chat: resolve api no-data warning page 1 firing 0")
    }

    @Test("routes, silences and groups take it like any alert")
    func routed() {
        var configuration = Self.configuration()
        configuration.routes.insert(RouteSpec(match: ["rule": "no-data"], policy: "none", groupBy: ["rule"]), at: 0)
        configuration.policies["none"] = PolicySpec(name: "none", steps: [])
        var world = World(configuration)
        for _ in 0..<3 { world.skip() }
        #expect(world.received.isEmpty)
        #expect(world.state.shownIncidents().count == 1)
        world.add(SuppressionTests.silence([Matcher("rule", equals: "no-data")], until: 600))
        #expect(world.state.alert(AlertKey(probe: "api", rule: "no-data"))?.suppression?.kind == .silence)
    }

    // MARK: Our own fault

    @Test("probes that cannot be measured are one incident of the daemon, with its cause, until all have results")
    func blind() {
        let names = ["a", "b", "c", "d", "e", "f", "g"]
        var world = World(Self.configuration(names))
        for _ in 0..<2 {
            for name in names { world.fault(name) }
            world.pass(.seconds(30))
        }
        #expect(world.received.isEmpty)
        for name in names { world.fault(name) }
        #expect(world.received == ["60s chat: trigger monitord blind critical page 1 firing 1"])
        world.pass(.seconds(10))
        #expect(
            world.state.alert(.blind)?.reason
                == "7 probes cannot be measured (a, b, c, d, e and 2 more): saturated: no worker is free")
        for name in names.dropLast() { world.ok(name) }
        world.pass(.seconds(10))
        #expect(world.state.alert(.blind)?.reason == "1 probe cannot be measured (g): saturated: no worker is free")
        #expect(world.state.shownIncidents().map(\.title) == ["monitord blind"])
        world.fail("g")
        #expect(world.received.contains("80s chat: resolve monitord blind critical page 1 firing 0"))
        #expect(world.state.alert(.blind) == nil)
        #expect(world.timers.isEmpty)
    }

    @Test("with several causes each is named with how many probes it keeps from being measured")
    func causes() {
        var world = World(Self.configuration(["a", "b", "c"]))
        for _ in 0..<3 {
            world.fault("a")
            for name in ["b", "c"] { world.observe(name, .failed(.resolver, "16 name look-ups hang already")) }
        }
        world.pass(.seconds(10))
        #expect(
            world.state.alert(.blind)?.reason
                == "3 probes cannot be measured (a, b, c): resolver 2, saturated 1: 16 name look-ups hang already")
    }

    @Test("after a restart the incident goes on until the probes that were not measured have results")
    func blindRestart() {
        var world = World(Self.configuration(["a", "b"]))
        for _ in 0..<3 {
            world.fault("a")
            world.fault("b")
        }
        world.crashAndRestart(after: .seconds(60))
        world.ok("a")
        #expect(world.received.count == 1)
        world.fault("b")
        #expect(world.received.count == 1)
        world.ok("b")
        #expect(world.received.last == "60s chat: resolve monitord blind critical page 1 firing 0")
    }

    @Test("a probe that is removed is no reason to be blind")
    func blindReload() {
        var world = World(Self.configuration(["a", "b"]))
        for _ in 0..<3 { world.fault("a") }
        world.reload(Self.configuration(["b"]))
        #expect(world.received.last == "0s chat: resolve monitord blind critical page 1 firing 0")
    }

    @Test("runs that nobody planned do not count as missing")
    func extra() {
        var world = World(Self.configuration())
        for _ in 0..<5 {
            let run = Observation(
                probe: "api", planned: world.now.wall, started: world.now.wall, elapsed: .zero, isExtra: true,
                measured: .failed(.saturated, "no worker is free"))
            world.take(world.state.decide(.observed(run), now: world.now))
        }
        #expect(world.received.isEmpty)
    }

    @Test("the daemon's storage incident is not asked for while it is only blind")
    func storage() {
        var world = World(Self.configuration())
        for _ in 0..<3 { world.fault() }
        #expect(!world.state.isFiring(probe: ProbeSpec.daemonName))
    }
}

extension World {
    /// A planned run does not start, for the one before it has not ended.
    mutating func skip(_ probe: String = "api") {
        take(state.decide(.skipped(probe: probe, planned: now.wall), now: now))
        take(state.decide(.tick, now: now))
    }
}
