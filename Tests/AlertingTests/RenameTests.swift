import Model
import Testing

@testable import Alerting

@Suite("A probe that was renamed")
struct RenameTests {
    static func configuration(_ name: String, from old: String? = nil) -> AlertingConfiguration {
        var configuration = World.configuration(probes: [name])
        configuration.probes[0].renamedFrom = old
        return configuration
    }

    enum How: String, CaseIterable { case reload, restart }

    @Test("keeps its incident, and its end reaches those told of the old name", arguments: How.allCases)
    func keepsIncident(how: How) {
        var world = World(Self.configuration("api"))
        world.fail("api")
        let renamed = Self.configuration("shop-api", from: "api")
        switch how {
        case .reload: world.reload(renamed)
        case .restart: world.crashAndRestart(renamed, after: .seconds(1))
        }
        #expect(world.received.count == 1)
        world.fail("shop-api")
        #expect(world.received.count == 1)
        #expect(Array(world.alerts.keys) == [AlertKey(probe: "shop-api", rule: "failing")])
        world.ok("shop-api")
        #expect(world.received.count == 2)
        #expect(world.received.last?.contains("chat: resolve") == true)
        #expect(world.state.shownIncidents().isEmpty)
    }

    @Test("is a new one where the old name is still configured")
    func oldNameStays() {
        var world = World(Self.configuration("api"))
        world.fail("api")
        var both = World.configuration(probes: ["api", "shop-api"])
        both.probes[1].renamedFrom = "api"
        world.reload(both)
        #expect(world.state.alert("api")?.phase == .firing)
        #expect(world.state.alert("shop-api")?.phase == .new)
    }

    @Test("counts on: a pending alert keeps its failures")
    func counts() {
        var first = Self.configuration("api")
        first.probes[0].rules = [RuleSpec(name: "failing", critical: .failed, after: After(2))]
        var world = World(first)
        world.fail("api")
        var second = Self.configuration("shop-api", from: "api")
        second.probes[0].rules = first.probes[0].rules
        world.reload(second)
        world.fail("shop-api")
        #expect(world.received == ["0s chat: trigger shop-api failing critical page 1 firing 1"])
    }

    @Test("is looked at under its new name when `for` is over", arguments: How.allCases)
    func looksAgain(how: How) {
        let rules = [RuleSpec(name: "failing", critical: .failed, forDuration: .seconds(60))]
        var first = Self.configuration("api")
        first.probes[0].rules = rules
        var second = Self.configuration("shop-api", from: "api")
        second.probes[0].rules = rules
        var world = World(first)
        world.fail("api")
        world.pass(.seconds(10))
        switch how {
        case .reload: world.reload(second)
        case .restart: world.crashAndRestart(second)
        }
        world.pass(.seconds(49))
        #expect(world.runs.isEmpty)
        world.pass(.seconds(1))
        #expect(world.runs.map(\.probe) == ["shop-api"])
    }

    @Test("has the results of its old name in its windows")
    func history() {
        let slow = Condition.compare(
            .aggregate(.maximum, sample: Model.Sample.duration, window: .seconds(900)), .greater, 1, unit: .seconds)
        var configuration = Self.configuration("shop-api", from: "api")
        configuration.probes[0].rules = [RuleSpec(name: "slow", critical: slow, minSamples: 4)]
        var world = World(configuration)
        for _ in 0..<3 {
            world.state.replay(
                Observation(
                    probe: "api", planned: world.now.wall, started: world.now.wall, elapsed: .zero,
                    measured: Measured(samples: [Model.Sample(Model.Sample.duration, 2)])))
        }
        world.ok("shop-api")
        #expect(world.received == ["0s chat: trigger shop-api slow critical page 1 firing 1"])
    }
}
