import Model
import Testing

@testable import Alerting

/// Quorums and storms: many failures at once are one page.
@Suite("Incidents that gather others")
struct MergeTests {
    static let three = QuorumSpec(
        name: "platform", matchers: [Matcher("tier", equals: "front")], quorum: .count(3), policy: "quorum")

    static func configuration(
        _ names: [String], services: [String: String] = [:], quorums: [QuorumSpec] = [three]
    ) -> AlertingConfiguration {
        var configuration = World.configuration(
            probes: names, channels: ["chat": LineChannel(), "pager": .pager],
            labels: Dictionary(
                uniqueKeysWithValues: names.map { ($0, ["tier": "front", "service": services[$0] ?? $0]) }))
        configuration.policies["quorum"] = PolicySpec(
            name: "quorum", steps: [PolicySpec.Step(after: .zero, notify: ["pager"])], repeatAfter: .zero)
        configuration.quorums = quorums
        return configuration
    }

    @Test("the third service that fails opens one critical incident, and is not told by itself")
    func quorum() {
        var world = World(Self.configuration(["a", "b", "c", "d"]))
        for name in ["a", "b", "c", "d"] { world.fail(name) }
        #expect(
            world.received == [
                "0s chat: trigger a failing critical page 1 firing 1",
                "0s chat: trigger b failing critical page 1 firing 1",
                "0s pager: trigger platform: 3 of service fail at once: a, b, c critical page 1 firing 3",
            ])
        let merged = world.state.shownIncidents().filter { $0.probes.count == 1 }
        #expect(merged.count == 4)
        #expect(
            world.state.shownIncidents().map(\.told).sorted { $0.count < $1.count }
                == [["pager"], ["pager"], ["pager"], ["chat", "pager"], ["chat", "pager"]],
            "of what is merged people hear by the incident that gathers it")
    }

    @Test("its title says who fails now; below the quorum it keeps the last that was one, and each change is one update")
    func retitled() {
        var configuration = Self.configuration(["a", "b", "c", "d"])
        configuration.channels["pager"] = LineChannel()
        var world = World(configuration)
        for name in ["a", "b", "c"] { world.fail(name) }
        world.fail("d")
        world.pass(.seconds(300))
        world.ok("a")
        world.ok("b")
        world.pass(.seconds(299))
        world.fail("b")
        world.pass(.seconds(300))
        #expect(
            world.received.filter { $0.contains("pager") } == [
                "0s pager: trigger platform: 3 of service fail at once: a, b, c critical page 1 firing 3",
                "300s pager: update platform: 4 of service fail at once: a, b, c, d critical page 1 firing 4",
                "600s pager: update platform: 3 of service fail at once: b, c, d critical page 1 firing 3",
            ])
    }

    @Test("its members are there since their first failure")
    func sinceTheFirstFailure() {
        var world = World(Self.configuration(["a", "b", "c"]))
        for name in ["a", "b", "c"] {
            world.fail(name)
            world.pass(.seconds(60))
        }
        let times = world.incidents.values.first { $0.kind == .quorum }?.members.map { $0.since - World.start }
        #expect(times == [.zero, .seconds(60), .seconds(120)])
    }

    @Test("two probes of one service count once")
    func distinct() {
        var world = World(Self.configuration(["a", "a2", "b"], services: ["a2": "a"]))
        for name in ["a", "a2", "b"] { world.fail(name) }
        #expect(!world.received.contains { $0.contains("pager") })
    }

    @Test("what failed longer ago than the window does not count, nor what a dependency holds")
    func window() {
        var world = World(Self.configuration(["a", "b", "c"]))
        world.fail("a")
        world.pass(.seconds(301))
        world.fail("b")
        world.fail("c")
        #expect(!world.received.contains { $0.contains("pager") })

        var dependent = Self.configuration(["a", "b", "c"])
        dependent.probes[2].dependsOn = ["a"]
        var second = World(dependent)
        for name in ["a", "b", "c"] { second.fail(name) }
        #expect(!second.received.contains { $0.contains("pager") })
    }

    @Test("a share is taken of the services that match")
    func share() {
        var half = Self.three
        half.quorum = .share(0.5)
        var world = World(Self.configuration(["a", "b", "c", "d"], quorums: [half]))
        world.fail("a")
        #expect(!world.received.contains { $0.contains("pager") })
        world.fail("b")
        #expect(world.received.last?.hasPrefix("0s pager: trigger platform: 2 of service") == true)
    }

    @Test("it is over when too few have failed for five minutes; what fails still goes on by itself and tells nobody twice")
    func over() {
        var world = World(Self.configuration(["a", "b", "c"]))
        for name in ["a", "b", "c"] { world.fail(name) }
        world.pass(.seconds(60))
        world.ok("b")
        world.pass(.seconds(299))
        #expect(!world.received.contains { $0.contains("pager: resolve") })
        world.pass(.seconds(1))
        #expect(
            Array(world.received.suffix(2)) == [
                "360s chat: trigger c failing critical page 1 firing 1",
                "360s pager: resolve platform: 3 of service failed at once: a, b, c critical page 1 firing 2",
            ])
        #expect(world.received.filter { $0.contains("trigger a ") }.count == 1)
        world.ok("a")
        world.ok("c")
        #expect(world.state.shownIncidents().isEmpty)
        #expect(world.received.filter { $0.contains("chat: resolve") }.count == 3)
    }

    @Test("a quorum survives a crash: nobody is told again, and it ends by its timer")
    func crash() {
        var world = World(Self.configuration(["a", "b", "c"]))
        for name in ["a", "b", "c"] { world.fail(name) }
        let before = world.received.count
        world.crashAndRestart(after: .seconds(10))
        #expect(world.received.count == before)
        for name in ["a", "b", "c"] { world.ok(name) }
        world.pass(.seconds(300))
        #expect(world.received.last?.hasPrefix("310s pager: resolve platform") == true)
        #expect(world.state.shownIncidents().isEmpty)
    }

    @Test("500 probes that fail in one second are five messages, the last of which has the other 496")
    func storm() {
        let names = (1...500).map { "p\($0)" }
        var world = World(Self.configuration(names, quorums: []))
        for name in names { world.fail(name) }
        world.pass(.seconds(2))
        #expect(world.received.count == 5)
        #expect(world.received.last == "2s chat: trigger Many alerts at once: p5 failing and others critical page 1 firing 496")
        for name in names { world.ok(name) }
        world.pass(.seconds(60))
        #expect(world.received.filter { $0.contains("resolve") }.count == 5)
        #expect(world.state.shownIncidents().isEmpty)
    }

    @Test("a storm of 500 is full: who comes next begins another one")
    func full() {
        let names = (1...505).map { "p\($0)" }
        var world = World(Self.configuration(names, quorums: []))
        for name in names { world.fail(name) }
        world.pass(.seconds(2))
        #expect(
            Array(world.received.dropFirst(4)) == [
                "2s chat: trigger Many alerts at once: p5 failing and others critical page 1 firing 500",
                "2s chat: trigger Many alerts at once: p505 failing and others critical page 1 firing 1",
            ])
    }

    @Test("after a quiet minute a page is a page again, although the storm is not over")
    func afterTheStorm() {
        let names = (1...7).map { "p\($0)" }
        var world = World(Self.configuration(names, quorums: []))
        for name in names.dropLast() { world.fail(name) }
        world.pass(.seconds(61))
        world.fail("p7")
        #expect(world.received.last == "61s chat: trigger p7 failing critical page 1 firing 1")
    }

    @Test("resolving a storm ends what it gathered; what fails an hour later is told anew")
    func resolved() {
        let names = (1...6).map { "p\($0)" }
        var world = World(Self.configuration(names, quorums: []))
        for name in names { world.fail(name) }
        world.pass(.seconds(5))
        let storm = world.state.shownIncidents().first { $0.title.hasPrefix("Many") }!
        #expect(world.command(.resolve(incident: storm.id))?.status == .done)
        #expect(world.state.shownIncidents().count == 4)
        let before = world.received.count
        world.pass(.seconds(3600))
        #expect(world.received.count == before + 2)
    }
}
