import Model
import Testing

@testable import Alerting

/// The monitor itself is cut off: canaries tell, and one alert stands for all.
@Suite("Isolation")
struct IsolationTests {
    private static func configuration(
        _ probes: [String] = ["gateway", "api", "db"], canaries: [String] = ["gateway"]
    ) -> AlertingConfiguration {
        var configuration = World.configuration(probes: probes)
        configuration.probes.append(.daemon)
        configuration.canaries = canaries
        return configuration
    }
    private static let cutOff = "0s chat: trigger monitord isolated critical page 1 firing 1"

    @Test("before an alert is told a canary runs, and where it answers the alert is told")
    func answers() {
        var world = World(Self.configuration())
        world.ok("gateway")
        world.pass(.seconds(20))
        world.fail()
        #expect(world.runs == [RunRequest(probe: "gateway")])
        #expect(world.received.isEmpty)
        #expect(world.state.alert("api")?.suppression?.reason == "the canary gateway is being looked at first")
        world.pass(.milliseconds(200))
        world.ok("gateway")
        #expect(world.received == ["20s chat: trigger api failing critical page 1 firing 1"])
        #expect(world.timers.isEmpty)
    }

    @Test("a canary that ran since the first bad result need not run again")
    func knows() {
        var configuration = Self.configuration()
        configuration.probes = configuration.probes.map { probe in
            var probe = probe
            if probe.name == "api" { probe.rules[0].after = After(2) }
            return probe
        }
        var world = World(configuration)
        world.fail()
        world.pass(.seconds(5))
        world.ok("gateway")
        world.pass(.seconds(5))
        world.fail()
        #expect(world.received == ["10s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a canary that gives no result holds an alert no longer than its timeout and a second")
    func noAnswer() {
        var world = World(Self.configuration())
        world.fail()
        world.pass(.milliseconds(5999))
        #expect(world.received.isEmpty)
        world.pass(.milliseconds(1))
        #expect(world.received == ["6s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("where the canary fails too, one alert says so; failures of others count as unknown until it answers")
    func isolated() {
        var world = World(Self.configuration())
        world.fail("api")
        world.fail("gateway", "no connection within 5s")
        let told = [Self.cutOff, "0s chat: trigger gateway failing critical page 1 firing 1"]
        #expect(world.received == told)
        #expect(
            world.state.alert(.isolated)?.reason
                == "the monitor is cut off, all its canaries fail (gateway: no connection within 5s); "
                + "failures of other probes count as unknown until one answers")
        for _ in 0..<3 {
            world.pass(.seconds(30))
            world.fail("api")
            world.fail("db")
            world.fail("gateway")
        }
        #expect(world.received == told)
        #expect(world.state.probes["db"]?.verdicts[0]?.judgement == .unknown)
        #expect(world.state.alert("db")?.badBits == 0)
        #expect(world.latest["db"]?.outcome == .monitorFault)
        #expect(world.latest["db"]?.failure?.detail == "the monitor was cut off: status 503, expected 200")

        world.ok("gateway")
        #expect(
            world.received.dropFirst(2) == [
                "90s chat: resolve monitord isolated critical page 1 firing 0",
                "90s chat: resolve gateway failing critical page 1 firing 0",
            ])
        #expect(world.runs.last == RunRequest(probe: "api"))
        world.pass(.seconds(1))
        world.fail("api")
        world.ok("db")
        #expect(world.received.last == "91s chat: trigger api failing critical page 1 firing 1")
        #expect(world.received.count == 5)
    }

    @Test("a canary alone that fails is no isolation, and alerts as any probe does")
    func canaryAlone() {
        var world = World(Self.configuration())
        world.ok("api")
        world.fail("gateway")
        #expect(world.received == ["0s chat: trigger gateway failing critical page 1 firing 1"])
        #expect(world.state.alert(.isolated) == nil)
    }

    @Test("with several canaries all must fail")
    func several() {
        var world = World(Self.configuration(["gateway", "dns", "api"], canaries: ["gateway", "dns"]))
        world.fail("gateway")
        world.ok("dns")
        world.fail("api")
        #expect(world.state.alert(.isolated) == nil)
        world.pass(.seconds(30))
        world.fail("dns")
        #expect(world.state.alert(.isolated) != nil)
        world.ok("gateway")
        #expect(world.state.alert(.isolated) == nil)
    }

    @Test("probes on the host of the canary alone are one host")
    func oneHost() {
        var configuration = Self.configuration(["gateway", "api"])
        configuration.probes = configuration.probes.map { probe in
            var probe = probe
            if probe.name != "monitord" { probe.address = "https://10.0.0.1:443/\(probe.name)" }
            return probe
        }
        var world = World(configuration)
        world.fail("gateway")
        world.fail("api")
        world.pass(.seconds(10))
        #expect(world.received.filter { $0.contains("isolated") } == [])
        #expect(world.received.contains { $0.contains("trigger api failing") })
    }

    @Test("a crash does not end it")
    func crash() {
        var world = World(Self.configuration())
        world.fail("api")
        world.fail("gateway")
        world.crashAndRestart(after: .seconds(30))
        world.fail("db")
        world.fail("api")
        world.pass(.seconds(60))
        #expect(world.received.count == 2)
        world.ok("gateway")
        #expect(world.received.contains("90s chat: resolve monitord isolated critical page 1 firing 0"))
    }

    @Test("a reload without canaries ends it")
    func reload() {
        var world = World(Self.configuration())
        world.fail("api")
        world.fail("gateway")
        world.reload(Self.configuration(canaries: []))
        #expect(world.received.last == "0s chat: resolve monitord isolated critical page 1 firing 0")
        world.fail("db")
        #expect(world.received.last == "0s chat: trigger db failing critical page 1 firing 1")
    }

    @Test("who was told before goes on hearing: nothing that is unknown ends anything")
    func toldBefore() {
        var world = World(Self.configuration())
        world.ok("gateway")
        world.fail("api")
        world.ok("gateway")
        let before = world.received
        #expect(before == ["0s chat: trigger api failing critical page 1 firing 1"])
        world.fail("gateway")
        world.fail("api")
        #expect(world.state.alert("api")?.phase == .firing)
        #expect(world.state.alert("api")?.suppression == nil)
        world.ok("api")
        #expect(world.received.last == "0s chat: resolve api failing critical page 1 firing 0")
    }

    @Test(
        "the host is read from the address",
        arguments: [
            ("https://api.example.org:8443/health?x=1", "api.example.org"), ("http://[2001:db8::1]:80/", "2001:db8::1"),
            ("API.example.org:443", "api.example.org"), ("[::1]:5432/app", "::1"), ("10.0.0.7:5432/app", "10.0.0.7"),
            ("/run/postgresql:5432/app", nil), ("/var/lib/app/app.db", nil), ("", nil),
        ])
    func host(address: String, host: String?) {
        let spec = ProbeSpec(name: "p", kind: "http", address: address, every: .seconds(30), timeout: .seconds(5))
        #expect(spec.host == host)
        #expect(ProbeSpec.daemon.host == nil)
    }
}
