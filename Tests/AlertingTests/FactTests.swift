import Alerting
import Model
import Testing

@Suite("Facts: what messages say beside the results")
struct FactTests {
    private static let api: Labels = ["service": "api", "environment": "production"]
    private static let db: Labels = ["service": "db", "environment": "production"]
    private static let web: Labels = ["service": "web", "environment": "staging"]

    private static func world(_ change: (inout AlertingConfiguration) -> Void = { _ in }) -> World {
        var configuration = World.configuration(
            probes: ["api", "db", "web"], labels: ["api": api, "db": db, "web": web])
        configuration.channels["chat"] = FactChannel()
        change(&configuration)
        return World(configuration)
    }

    private static func deploy(_ version: String, _ labels: Labels = ["service": "api"]) -> Command {
        .deploy(DeployRequest(version: version, labels: labels))
    }

    @Test("a message without anything to say beside the results has no fact and no link")
    func nothing() {
        var world = Self.world()
        world.fail("web")
        #expect(world.lastLines() == [])
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var happens: @Sendable (inout World) -> Void
        var lines: [String]
    }

    static let rows: [Row] = [
        Row(
            testDescription: "the last deploy of what failed is named, with how long before",
            happens: {
                _ = $0.command(deploy("4.1"))
                $0.pass(.seconds(60))
                _ = $0.command(deploy("4.2"))
                $0.pass(.seconds(720))
                $0.fail("api")
            }, lines: ["Last deploy: 4.2 of api, 12m before it began"]),
        Row(
            testDescription: "a deploy of something else is no suspect",
            happens: {
                _ = $0.command(deploy("4.2", ["service": "api", "environment": "staging"]))
                _ = $0.command(deploy("9", ["probe": "web"]))
                $0.fail("api")
            }, lines: []),
        Row(
            testDescription: "all labels count, and those beside the service are named",
            happens: {
                _ = $0.command(deploy("4.2", api))
                $0.pass(.seconds(5))
                $0.fail("api")
            }, lines: ["Last deploy: 4.2 of api (environment=production), 5s before it began"]),
        Row(
            testDescription: "a deploy without labels concerns everything",
            happens: {
                _ = $0.command(deploy("2026-11", [:]))
                $0.pass(.seconds(5))
                $0.fail("web")
            }, lines: ["Last deploy: 2026-11, 5s before it began"]),
        Row(
            testDescription: "a day before is a suspect",
            happens: {
                _ = $0.command(deploy("4.2"))
                $0.pass(.seconds(86_400))
                $0.fail("api")
            }, lines: ["Last deploy: 4.2 of api, 1d before it began"]),
        Row(
            testDescription: "more than a day before is none",
            happens: {
                _ = $0.command(deploy("4.2"))
                $0.pass(.seconds(86_401))
                $0.fail("api")
            }, lines: []),
        Row(
            testDescription: "a configuration read an hour before is a suspect",
            happens: {
                let (decision, _) = $0.state.reconfigure(
                    to: $0.state.configuration, note: "reloaded by ada: 1 changed, 2 kept", now: $0.now.wall)
                $0.take(decision)
                $0.pass(.seconds(3600))
                $0.fail("api")
            }, lines: ["Changed: configuration reloaded by ada: 1 changed, 2 kept, 1h before it began"]),
        Row(
            testDescription: "one read longer before is none",
            happens: {
                let (decision, _) = $0.state.reconfigure(
                    to: $0.state.configuration, note: "reloaded by ada: 1 changed, 2 kept", now: $0.now.wall)
                $0.take(decision)
                $0.pass(.seconds(3601))
                $0.fail("api")
            }, lines: []),
        Row(
            testDescription: "what else fails in the same environment is counted and named",
            happens: {
                $0.fail("db")
                $0.fail("web")
                $0.fail("api")
            }, lines: ["Also failing: 1 other incident of production: db failing"]),
        Row(
            testDescription: "what has ended does not fail",
            happens: {
                $0.fail("db")
                $0.ok("db")
                $0.fail("api")
            }, lines: []),
    ]

    @Test("the first message says what may explain it", arguments: rows)
    func says(row: Row) {
        var world = Self.world()
        row.happens(&world)
        #expect(world.lastLines() == row.lines)
    }

    @Test("a deploy that came after it began is named in what follows")
    func after() throws {
        var world = Self.world()
        world.fail("api")
        world.pass(.seconds(300))
        _ = world.command(Self.deploy("4.3"))
        let id = try #require(world.incidents.keys.first)
        #expect(world.command(.acknowledge(incident: id))?.status == .done)
        #expect(world.lastLines() == ["Deploy since: 4.3 of api, 5m after it began"])
    }

    @Test("the end of an incident needs no explanation")
    func over() {
        var world = Self.world()
        _ = world.command(Self.deploy("4.2"))
        world.fail("api")
        world.ok("api")
        #expect(world.received.last?.contains("resolve api failing") == true)
        #expect(world.lastLines() == [])
    }

    @Test("what a member depends on and is not well is its probable cause")
    func cause() {
        let slow = RuleSpec(name: "slow", warning: .compare(.sample("duration"), .greater, 1, unit: .seconds))
        var world = Self.world { configuration in
            configuration.probes[0].dependsOn = ["db"]
            configuration.probes[1].rules = [slow]
        }
        world.ok("db", duration: 2)
        world.fail("api")
        let lines = world.lastLines()
        #expect(lines.first?.hasPrefix("Probable cause: api depends on db, which is warning: ") == true, "\(lines)")
        #expect(lines.dropFirst() == ["Also failing: 1 other incident of production: db slow"])
    }

    @Test("what a member depends on and nothing is known of is said to be so")
    func unknownCause() {
        var world = Self.world { $0.probes[0].dependsOn = ["db"] }
        world.fault("db")
        world.fail("api")
        world.pass(.seconds(10))
        #expect(world.lastLines() == ["Probable cause: api depends on db, of which nothing is known now"])
    }

    @Test("a parent that did not answer when it was looked at is said to be unknown")
    func unansweredParent() {
        var world = Self.world { $0.probes[0].dependsOn = ["db"] }
        world.ok("db")
        world.pass(.seconds(20))
        world.fail("api")
        world.pass(.seconds(10))
        #expect(world.lastLines() == ["Parent unknown: api depends on db, of which there is no result since this began"])
        world.ok("db")
        world.pass(.seconds(10))
        world.fail("api")
        #expect(world.lastLines().count == 1, "it is not said again")
    }

    @Test("in a storm messages do not look at everything")
    func storm() {
        let names = (0..<600).map { "p\($0)" }
        var configuration = World.configuration(
            probes: names, steps: [PolicySpec.Step(after: .seconds(3600), notify: ["chat"])],
            labels: Dictionary(uniqueKeysWithValues: names.map { ($0, Self.api) }))
        configuration.channels["chat"] = FactChannel()
        var world = World(configuration)
        for name in names { world.fail(name) }
        world.pass(.seconds(3600))
        #expect(!world.received.isEmpty)
        #expect(!world.received.contains { $0.contains("Also failing") })
    }

    // MARK: Links

    @Test("links are those of the members' probes, each address once, at most six")
    func links() {
        var configuration = World.configuration(
            probes: ["api", "db"], groupBy: ["environment"], groupWait: .seconds(10), labels: ["api": Self.api, "db": Self.db])
        configuration.channels["chat"] = FactChannel()
        configuration.probes[0].links = [
            Notification.Link("Runbook", "https://wiki/api"), Notification.Link("Dashboard", "https://grafana/all"),
        ]
        configuration.probes[1].links =
            [Notification.Link("Runbook", "https://wiki/db"), Notification.Link("Dashboard", "https://grafana/all")]
            + (1...5).map { Notification.Link("L\($0)", "https://l/\($0)") }
        var world = World(configuration)
        world.fail("api")
        world.fail("db")
        world.pass(.seconds(10))
        #expect(
            world.lastLines() == [
                "Runbook <https://wiki/api>", "Dashboard <https://grafana/all>", "Runbook of db <https://wiki/db>",
                "L1 <https://l/1>", "L2 <https://l/2>", "L3 <https://l/3>",
            ])
    }

    @Test("a link that acknowledges stands where there is something to acknowledge, and only with a public address")
    func acknowledgeLinks() throws {
        var world = Self.world { $0.publicURL = "https://ops.example.com/m" }
        world.fail("web")
        let id = try #require(world.incidents.keys.first)
        let link = "Acknowledge <https://ops.example.com/m/ack/\(id)?until=1760086400&key="
        #expect(world.lastLines().map { String($0.prefix(link.count)) } == [link])
        _ = world.command(.acknowledge(incident: id))
        #expect(world.lastLines() == [], "it is acknowledged")
        _ = world.command(.unacknowledge(incident: id))
        world.pass(.seconds(10))
        #expect(world.lastLines().count == 1, "it is open again")
        world.ok("web")
        #expect(world.lastLines() == [], "it is over")
    }
}
