import Alerting
import Model
import Testing

@Suite("Incidents: who is told what, and when")
struct IncidentTests {
    @Test("a failure is told once, its end once, to those told")
    func onceEach() {
        var world = World(World.configuration())
        world.ok()
        world.fail()
        world.pass(.seconds(30))
        world.fail()
        world.pass(.seconds(30))
        world.ok()
        world.pass(.seconds(600))
        #expect(
            world.received == [
                "0s chat: trigger api failing critical page 1 firing 1",
                "60s chat: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test(
        "what fails again within ten minutes of its end says so",
        arguments: [(600, ", again: incident ID ended 10m before"), (601, "")])
    func again(gap: Int, says: String) throws {
        var world = World(World.configuration())
        world.fail()
        let id = try #require(world.incidents.keys.first)
        world.ok()
        world.pass(.seconds(gap))
        world.fail()
        #expect(
            world.said("opened for").last
                == "opened for api/failing by policy default" + says.replacing("ID", with: id))
    }

    @Test("an acknowledgement withdraws the pages of its incident that have not left, and those that were surely refused")
    func withdrawn() throws {
        var world = World(World.configuration(probes: ["api", "db", "web"]))
        world.answers["chat"] = [.retry("status 429", after: .seconds(600))]
        for probe in ["api", "db", "web"] { world.fail(probe) }
        #expect(world.rows.values.sorted { $0.id < $1.id }.map(\.tries) == [1, 0, 0])
        for incident in world.incidents.values where incident.title != "web failing" {
            #expect(world.command(.acknowledge(incident: incident.id))?.status == .done)
        }
        #expect(world.said("superseded").count == 2)
        world.pass(.seconds(700))
        #expect(world.pages.count == 1)
        #expect(world.received.filter { $0.contains("trigger") }.map { $0.contains("web") } == [true])
    }

    @Test("whoever accepts a page only after somebody has it hears that too", arguments: ["on its way", "in doubt"])
    func acceptedAfterTheAcknowledgement(state: String) throws {
        var configuration = World.configuration(channels: ["pager": .pager], steps: [.init(after: .zero, notify: ["pager"])])
        configuration.probes[0].rules = [.failing]
        var world = World(configuration)
        if state == "in doubt" { world.answers["pager"] = [.inDoubt("no answer")] } else { world.hanging = ["pager"] }
        world.fail()
        _ = world.command(.acknowledge(incident: try #require(world.incidents.keys.first)))
        world.hanging = []
        world.settleHanging(.delivered(reference: nil))
        world.pass(.seconds(60))
        #expect(
            world.received.map { $0.drop { $0 != " " } } == [
                " pager: trigger api failing critical page 1 firing 1",
                " pager: acknowledge api failing critical page 1 firing 1",
            ])
    }

    @Test("after: 2 fires at the second bad result in a row, and asks for a retry after the first")
    func consecutive() {
        var world = World(World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, after: After(2))]))
        world.fail()
        #expect(world.received.isEmpty)
        #expect(world.runs == [RunRequest(probe: "api", after: .seconds(10))])
        world.ok()
        world.fail()
        #expect(world.received.isEmpty)
        world.fail()
        #expect(world.received.count == 1)
    }

    @Test("2 of 3 fires although a good result stands between")
    func outOf() {
        var world = World(World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, after: After(2, of: 3))]))
        world.fail()
        world.ok()
        world.fail()
        #expect(world.received.count == 1)
    }

    @Test("for: 5m fires only on a bad result that is fresh after five minutes, which the daemon asks for")
    func holds() {
        var world = World(
            World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, forDuration: .seconds(300))]))
        world.fail()
        world.pass(.seconds(299))
        #expect(world.runs.isEmpty)
        world.pass(.seconds(1))
        #expect(world.runs == [RunRequest(probe: "api")])
        #expect(world.received.isEmpty)
        world.fail()
        #expect(world.received == ["300s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a monitor fault is neither good nor bad: it fires nothing and resolves nothing")
    func faults() {
        var world = World(World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, after: After(2))]))
        world.fail()
        world.fault()
        world.fault()
        #expect(world.received.isEmpty)
        world.fail()
        #expect(world.received.count == 1)
        world.fault()
        #expect(world.received.count == 1)
    }

    @Test("steps run at their times for their levels; the later one is told only while nobody took it")
    func steps() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["chat"]),
            PolicySpec.Step(after: .seconds(300), level: .critical, notify: ["pager"]),
        ]
        var world = World(World.configuration(channels: ["chat": LineChannel(), "pager": .pager], steps: steps))
        world.fail()
        world.pass(.seconds(299))
        #expect(world.received.count == 1)
        world.pass(.seconds(1))
        #expect(world.received.last == "300s pager: trigger api failing critical page 1 firing 1")
        world.ok()
        #expect(
            world.received.suffix(2) == [
                "300s chat: resolve api failing critical page 1 firing 0",
                "300s pager: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test("acknowledging cancels the later steps and tells those told")
    func acknowledging() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(300), notify: ["pager"])]
        var world = World(
            World.configuration(channels: ["chat": LineChannel(), "pager": .pager], steps: steps, repeatAfter: .seconds(3600)))
        world.fail()
        let id = world.state.shownIncidents()[0].id
        #expect(world.command(.acknowledge(incident: String(id.prefix(20)).lowercased()))?.status == .done)
        #expect(world.timers.isEmpty)
        world.pass(.seconds(7200))
        #expect(
            world.received == [
                "0s chat: trigger api failing critical page 1 firing 1", "0s chat: update api failing critical page 1 firing 1",
            ])
        #expect(world.command(.acknowledge(incident: id))?.message == "incident \(id) is already acknowledged by ada")
        world.ok()
        #expect(world.received.last == "7200s chat: resolve api failing critical page 1 firing 0")
        #expect(world.command(.acknowledge(incident: id))?.message == "there is no open incident \(id)")
    }

    @Test("an incident that nobody takes is told again after repeat, exactly")
    func repeats() {
        var world = World(World.configuration(repeatAfter: .seconds(420)))
        world.fail()
        world.pass(.seconds(900))
        #expect(world.received.map { $0.prefix(4) } == ["0s c", "420s", "840s"])
    }

    @Test("an incident that ends within group_wait is told to nobody, and the record says so")
    func blip() {
        var world = World(World.configuration(groupWait: .seconds(10)))
        world.fail()
        world.pass(.seconds(5))
        world.ok()
        world.pass(.seconds(60))
        #expect(world.received.isEmpty)
        #expect(world.records.contains("nobody was told: it ended within group_wait"))
    }

    @Test("alerts of one group are one incident: one trigger, one coalesced update, one resolve")
    func groups() {
        let labels: [String: Labels] = ["a": ["service": "s"], "b": ["service": "s"], "c": ["service": "s"]]
        var world = World(
            World.configuration(probes: ["a", "b", "c"], groupBy: ["service"], groupWait: .seconds(10), labels: labels))
        world.fail("a")
        world.pass(.seconds(5))
        world.fail("b")
        world.pass(.seconds(5))
        #expect(world.received == ["10s chat: trigger a failing critical page 1 firing 2"])
        world.fail("c")
        world.ok("a")
        world.pass(.seconds(300))
        #expect(world.received.last == "310s chat: update a failing critical page 1 firing 2")
        world.ok("b")
        world.ok("c")
        #expect(world.received.last == "310s chat: resolve a failing critical page 1 firing 0")
        #expect(world.received.count == 3)
    }

    @Test("who joins an acknowledged incident is told by its new page and not again five minutes later")
    func joinsAcknowledged() throws {
        let labels: [String: Labels] = ["a": ["service": "s"], "b": ["service": "s"]]
        var world = World(
            World.configuration(probes: ["a", "b"], groupBy: ["service"], groupWait: .zero, labels: labels))
        world.fail("a")
        _ = world.command(.acknowledge(incident: try #require(world.incidents.keys.first)))
        world.fail("b")
        world.pass(.seconds(3600))
        #expect(
            world.received == [
                "0s chat: trigger a failing critical page 1 firing 1",
                "0s chat: update a failing critical page 1 firing 1",
                "0s chat: trigger a failing critical page 2 firing 2",
            ])
    }

    @Test("a page that was worded before somebody joined is followed by an update")
    func joinsWhileThePageWaits() {
        let labels: [String: Labels] = ["a": ["service": "s"], "b": ["service": "s"]]
        var world = World(
            World.configuration(probes: ["a", "b"], groupBy: ["service"], groupWait: .zero, labels: labels))
        world.answers["chat"] = [.retry("status 429", after: nil)]
        world.fail("a")
        world.fail("b")
        world.pass(.seconds(3600))
        #expect(
            world.received.map { $0.drop { $0 != " " } } == [
                " chat: trigger a failing critical page 1 firing 1", " chat: update a failing critical page 1 firing 2",
            ])
    }

    @Test("a rise from warning to critical is a new page; the old one is closed after the new one")
    func rises() {
        let duration = { (limit: Double) in Condition.compare(.sample("duration"), .greater, limit, unit: .seconds) }
        let rule = RuleSpec(name: "slow", warning: duration(2), critical: duration(5))
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["pager"]), PolicySpec.Step(after: .zero, level: .critical, notify: ["chat"]),
        ]
        var world = World(World.configuration(rules: [rule], channels: ["chat": LineChannel(), "pager": .pager], steps: steps))
        world.ok(duration: 3)
        #expect(world.received == ["0s pager: trigger api slow warning page 1 firing 1"])
        world.pass(.seconds(30))
        world.ok(duration: 6)
        #expect(
            world.received.dropFirst() == [
                "30s pager: trigger api slow critical page 2 firing 1", "30s pager: resolve api slow critical page 1 firing 1",
                "30s chat: trigger api slow critical page 2 firing 1",
            ])
        world.ok(duration: 1)
        #expect(
            world.received.suffix(2) == [
                "30s chat: resolve api slow critical page 2 firing 0", "30s pager: resolve api slow critical page 2 firing 0",
            ])
    }

    @Test("a probe that is removed while it fires ends its incident, and those told hear it")
    func removal() {
        var world = World(World.configuration())
        world.fail()
        let (decision, _) = world.state.reconfigure(to: World.configuration(probes: ["other"]), now: world.now.wall)
        world.take(decision)
        world.take(world.state.decide(.tick, now: world.now))
        #expect(world.received.last == "0s chat: resolve api failing critical page 1 firing 0")
        #expect(world.alerts.isEmpty)
        #expect(world.records.contains("api/failing ended: it was removed from the configuration"))
    }

    @Test("a reload that keeps the probe's name sends nothing and moves no firing alert")
    func reload() {
        var world = World(World.configuration())
        world.fail()
        var next = World.configuration()
        next.probes[0].address = "http://elsewhere"
        next.probes[0].rules[0].after = After(5)
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.pass(.seconds(600))
        #expect(world.received.count == 1)
        #expect(world.state.shownProbes(now: world.now.wall) { _ in nil }[0].state == .critical)
    }

    @Test("an incident that no route takes is open in status, and the record says that nobody is told")
    func noRoute() {
        var configuration = World.configuration()
        configuration.routes = []
        var world = World(configuration)
        world.fail()
        #expect(world.state.shownIncidents().count == 1)
        #expect(world.records.contains("nobody is told: no route and policy with steps matches"))
    }

    private static let slow = RuleSpec(
        name: "slow", warning: .compare(.sample("duration"), .greater, 2, unit: .seconds),
        critical: .compare(.sample("duration"), .greater, 5, unit: .seconds))

    @Test("one alert of a probe ends as another begins: the incident goes on, and those told hear what it is about now")
    func goesOn() {
        var world = World(World.configuration(rules: [.failing, Self.slow]))
        world.fail()
        world.ok(duration: 9)
        world.pass(.seconds(300))
        #expect(
            world.received == [
                "0s chat: trigger api failing critical page 1 firing 1",
                "300s chat: update api failing critical page 1 firing 1",
            ])
    }

    @Test("an alert that becomes critical within an acknowledged critical incident is a new page, or an update if none has it")
    func worsensWithin() throws {
        for isAcked in [true, false] {
            var world = World(World.configuration(rules: [.failing, Self.slow]))
            world.observe(
                "api",
                Measured(samples: [Model.Sample(Model.Sample.duration, 3)], failure: Failure(.status, "status 503")))
            if isAcked { _ = world.command(.acknowledge(incident: try #require(world.incidents.keys.first))) }
            let before = world.received.count
            world.observe(
                "api",
                Measured(samples: [Model.Sample(Model.Sample.duration, 9)], failure: Failure(.status, "status 503")))
            world.pass(.seconds(301))
            let kind = isAcked ? "trigger api failing critical page 2" : "update api failing critical page 1"
            #expect(world.received.dropFirst(before).contains { $0.contains(kind) }, "\(isAcked): \(world.received)")
        }
    }

    @Test("what was recovering untold when the daemon stopped is told if it fails again after the start")
    func recoveringAcrossARestart() throws {
        let rule = RuleSpec(name: "failing", critical: .failed, recoverAfter: 5, flapping: nil)
        var world = World(World.configuration(rules: [rule]))
        world.fail()
        _ = world.command(.resolve(incident: try #require(world.incidents.keys.first)))
        world.ok()
        world.pass(.seconds(3601))
        world.crashAndRestart(after: .seconds(1))
        #expect(world.pages == ["0s chat"])
        world.fail()
        #expect(world.pages == ["0s chat", "3602s chat"])
    }

    @Test("after a restart an episode names the one before all the same")
    func linkedAcrossARestart() {
        var world = World(World.configuration())
        world.fail()
        world.ok()
        let first = world.incidents.values.first?.id
        world.crashAndRestart(after: .seconds(10))
        world.pass(.seconds(60))
        world.fail()
        #expect(world.incidents.values.compactMap(\.previous) == [first])
    }

    @Test("an episode within ten minutes of the one before names it, a later one does not")
    func episodesAreLinked() {
        var configuration = World.configuration()
        configuration.channels = ["chat": SentenceChannel()]
        var world = World(configuration)
        world.fail()
        world.ok()
        let first = world.incidents.values.first!.id
        world.pass(.seconds(600))
        world.fail()
        #expect(world.state.shownIncidents()[0].previous == first)
        #expect(
            world.received.last
                == "600s chat: CRITICAL: api failing (since 09:03 UTC; again: incident \(first) ended 10m before): "
                + "failed: status 503, expected 200")
        #expect(
            world.records.contains(
                "opened for api/failing by policy default, again: incident \(first) ended 10m before"))
        world.ok()
        world.pass(.seconds(601))
        world.fail()
        #expect(world.state.shownIncidents()[0].previous == nil)
    }
}
