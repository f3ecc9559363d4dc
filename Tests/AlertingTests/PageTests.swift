import Alerting
import Model
import Testing

private func slower(than limit: Double) -> Condition { .compare(.sample("duration"), .greater, limit, unit: .seconds) }
private let slow = RuleSpec(name: "slow", warning: slower(than: 2), critical: slower(than: 5))
private let pagerOnly = [PolicySpec.Step(after: .zero, notify: ["pager"])]

@Suite("Pages: none is left open, none wakes twice")
struct PageTests {
    @Test("a page accepted after an attempt in doubt has its resolve held too: the first attempt may be applied late")
    func acceptedAfterDoubt() {
        var world = World(World.configuration(channels: ["pager": .pager], steps: pagerOnly))
        world.answers["pager"] = [.inDoubt("no reply within 15s")]
        world.fail()
        world.pass(.seconds(2))
        world.ok()
        world.pass(.seconds(80))
        #expect(world.received.count == 1)
        world.pass(.seconds(700))
        #expect(world.received.map { $0.contains("resolve") } == [false, true, true])
    }

    @Test("the held resolve of an old page holds up neither a newer page nor the end of that one")
    func heldDoesNotBlock() {
        var world = World(World.configuration(rules: [slow], channels: ["pager": .pager], steps: pagerOnly))
        world.answers["pager"] = [.inDoubt("no reply within 15s")]
        world.ok(duration: 3)
        world.pass(.seconds(10))
        world.ok(duration: 6)
        world.pass(.seconds(10))
        world.ok(duration: 1)
        #expect(
            world.received.suffix(2) == [
                "10s pager: trigger api slow critical page 2 firing 1", "20s pager: resolve api slow critical page 2 firing 0",
            ])
        world.pass(.seconds(900))
        #expect(world.received.suffix(2).allSatisfy { $0.hasSuffix("pager: resolve api slow critical page 1 firing 1") })
        #expect(world.received.count == 5)
    }

    @Test("a page that was in doubt and then given up is resolved like one that was told")
    func doubtfulAndDead() {
        var world = World(World.configuration(channels: ["pager": .pager], steps: pagerOnly))
        world.answers["pager"] = [.inDoubt("no reply within 15s"), .rejected("status 400")]
        world.fail()
        world.pass(.seconds(300))
        world.ok()
        #expect(world.received == ["300s pager: resolve api failing critical page 1 firing 0"])
    }

    @Test("a rise before the first page left sends one page, not two")
    func riseBeforeDelivery() {
        var world = World(World.configuration(rules: [slow], channels: ["pager": .pager], steps: pagerOnly))
        world.answers["pager"] = [.retry("connection refused", after: .seconds(60))]
        world.ok(duration: 3)
        world.pass(.seconds(10))
        world.ok(duration: 6)
        world.pass(.seconds(120))
        #expect(world.received.count == 1)
        #expect(world.received[0].hasSuffix("pager: trigger api slow critical page 2 firing 1"))
    }

    @Test("a page on its way during a rise is closed after the new one")
    func riseDuringDelivery() {
        var world = World(World.configuration(rules: [slow], channels: ["pager": .pager], steps: pagerOnly))
        world.hanging = ["pager"]
        world.ok(duration: 3)
        world.ok(duration: 6)
        world.hanging = []
        world.settleHanging(.delivered(reference: nil))
        #expect(
            world.received == [
                "0s pager: trigger api slow warning page 1 firing 1", "0s pager: trigger api slow critical page 2 firing 1",
                "0s pager: resolve api slow critical page 1 firing 1",
            ])
    }

    @Test("a new member of an acknowledged incident is a new page, and the old page is closed")
    func reopened() {
        let labels: [String: Labels] = ["a": ["service": "s"], "b": ["service": "s"]]
        var world = World(
            World.configuration(
                probes: ["a", "b"], channels: ["pager": .pager], steps: pagerOnly, groupBy: ["service"], groupWait: .zero,
                labels: labels))
        world.fail("a")
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.fail("b")
        #expect(
            world.received.suffix(2) == [
                "0s pager: trigger a failing critical page 2 firing 2", "0s pager: resolve a failing critical page 1 firing 2",
            ])
    }

    @Test("a rise does not put off a step whose turn has not come")
    func riseKeepsTimes() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(900), notify: ["pager"]),
        ]
        var world = World(
            World.configuration(rules: [slow], channels: ["chat": LineChannel(), "pager": .pager], steps: steps))
        world.ok(duration: 3)
        world.pass(.seconds(840))
        world.ok(duration: 6)
        world.pass(.seconds(60))
        #expect(world.received.last == "900s pager: trigger api slow critical page 2 firing 1")
    }

    @Test("a rise reaches the target that rejected the lower page")
    func riseAfterRejection() {
        var world = World(World.configuration(rules: [slow]))
        world.answers["chat"] = [.rejected("status 400")]
        world.ok(duration: 3)
        world.ok(duration: 6)
        #expect(world.received == ["0s chat: trigger api slow critical page 2 firing 1"])
    }

    @Test("an acknowledgement within group_wait does not silence the rise that breaks it")
    func acknowledgedEarly() {
        var world = World(World.configuration(rules: [slow], groupWait: .seconds(10)))
        world.ok(duration: 3)
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.ok(duration: 6)
        world.pass(.seconds(10))
        #expect(world.received == ["10s chat: trigger api slow critical page 1 firing 1"])
    }

    @Test("repeats of a page that waits for its receiver do not pile up")
    func repeats() {
        var world = World(World.configuration(repeatAfter: .seconds(60)))
        world.answers["chat"] = Array(repeating: .retry("connection refused", after: .seconds(3500)), count: 2)
        world.fail()
        world.pass(.seconds(7020))
        #expect(world.received.count <= 2)
    }

    @Test(
        "a channel that was removed ends what it told, until a restart, and leaves a dead letter for what it should have said")
    func removedChannel() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(60), notify: ["mail"])]
        let both = ["chat": LineChannel(), "mail": LineChannel()]
        var world = World(World.configuration(channels: both, steps: steps))
        world.fail()
        let next = World.configuration(channels: ["pager": .pager], steps: pagerOnly)
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.pass(.seconds(60))
        world.ok()
        let dead = world.rows.values.filter { $0.phase == .dead }.sorted { $0.id < $1.id }
        #expect(
            dead.map { "\($0.kind.rawValue) to \($0.target): \($0.note)" } == [
                "trigger to mail: channel mail is not configured any more"
            ])
        #expect(world.received.last == "60s chat: resolve api failing critical page 1 firing 0")

        world = World(World.configuration(channels: both, steps: steps))
        world.fail()
        world.crashAndRestart(next)
        world.ok()
        #expect(
            world.rows.values.filter { $0.phase == .dead }.map { "\($0.kind.rawValue): \($0.note)" } == [
                "resolve: channel chat is not configured any more"
            ])
    }

    @Test("the name of the node may change while a page is open: its resolve has the same key")
    func renamedNode() {
        var world = World(World.configuration(channels: ["pager": .pager], steps: pagerOnly))
        let before = world.state.configuration
        var next = before
        next.node = "renamed"
        world.fail()
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.ok()
        #expect(Set(world.received.map { $0.split(separator: " ").suffix(3).first }).count == 1)
    }

    @Test("a test of a channel that was asked to wait an hour is answered within its deadline")
    func testMessage() {
        var world = World(World.configuration())
        world.answers["chat"] = [.retry("status 429", after: .seconds(3600))]
        world.fail()
        _ = world.command(.testChannel("chat"))
        world.pass(.seconds(60))
        #expect(world.rows.values.filter { $0.kind == .test }.map(\.phase) == [.superseded])
    }

    @Test("an update that fails after the end does not hold up the resolve")
    func updateAtTheEnd() {
        var world = World(World.configuration())
        world.fail()
        world.hanging = ["chat"]
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.ok()
        world.hanging = []
        world.settleHanging(.retry("status 500", after: nil))
        #expect(world.received.last == "0s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("two of five criticals that are still remembered keep the level: no page for each swing")
    func swinging() {
        let rule = RuleSpec(name: "slow", warning: slower(than: 2), critical: slower(than: 5), after: After(2, of: 5))
        var world = World(World.configuration(rules: [rule]))
        for _ in 0..<6 { for duration in [6.0, 3, 3] { world.ok(duration: duration) } }
        #expect(world.received.count { $0.contains("trigger") } <= 2)
    }
}

@Suite("Resolved by hand while it still fails")
struct ManualResolveTests {
    private func resolved(_ rules: [RuleSpec] = [.failing], _ fail: (inout World) -> Void) -> World {
        var world = World(World.configuration(rules: rules))
        fail(&world)
        _ = world.command(.resolve(incident: world.state.shownIncidents()[0].id))
        return world
    }

    @Test("what still fails after an hour is a new incident and a new page")
    func stillFailing() {
        var world = resolved { $0.fail() }
        world.pass(.seconds(3599))
        #expect(world.received.count == 2)
        world.pass(.seconds(1))
        #expect(world.received.last == "3600s chat: trigger api failing critical page 1 firing 1")
    }

    @Test("what recovers within the hour is over, and its next failure pages at once")
    func recovers() {
        var world = resolved { $0.fail() }
        world.ok()
        #expect(world.timers.isEmpty)
        world.pass(.seconds(7200))
        #expect(world.received.count == 2)
        world.fail()
        #expect(world.received.last == "7200s chat: trigger api failing critical page 1 firing 1")
    }

    @Test("a rise to critical pages at once")
    func rises() {
        var world = resolved([slow]) { $0.ok(duration: 3) }
        world.ok(duration: 6)
        #expect(world.received.last == "0s chat: trigger api slow critical page 1 firing 1")
    }

    @Test("the hour survives a restart")
    func restart() {
        var world = resolved { $0.fail() }
        world.crashAndRestart(after: .seconds(1800))
        world.pass(.seconds(1800))
        #expect(world.received.last == "3600s chat: trigger api failing critical page 1 firing 1")
    }
}

@Suite("The wall clock is set")
struct ClockStepTests {
    private func step(_ world: inout World, by duration: Duration) {
        world.now.wall = world.now.wall + duration
        world.take(world.state.decide(.tick, now: world.now))
    }

    @Test("set back by an hour: a page that waits for its next attempt does not wait an hour longer")
    func back() {
        var world = World(World.configuration())
        world.answers["chat"] = [.retry("connection refused", after: nil)]
        world.fail()
        step(&world, by: .seconds(-3600))
        world.pass(.seconds(2))
        #expect(world.received.count == 1)
        #expect(world.records.contains("the wall clock was set back by 1h; what waits keeps its distance"))
    }

    @Test("set forward by an hour: no step runs early, and `for` is not met by it")
    func forward() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(900), notify: ["pager"]),
        ]
        let channels = ["chat": LineChannel(), "pager": LineChannel.pager]
        let rules = [
            RuleSpec.failing, RuleSpec(name: "long", critical: .failed, forDuration: .seconds(600)),
        ]
        var world = World(World.configuration(rules: rules, channels: channels, steps: steps))
        world.fail()
        step(&world, by: .seconds(3600))
        world.fail()
        world.pass(.seconds(599))
        #expect(world.received.count == 1)
        world.pass(.seconds(301))
        #expect(world.received.last?.hasPrefix("4500s pager: trigger") == true)
    }

    @Test("a step of the clock is stored with all that it moves")
    func stored() {
        var world = World(World.configuration(repeatAfter: .seconds(600)))
        world.fail()
        step(&world, by: .seconds(-7200))
        #expect(world.state.everything().timers == Array(world.timers.values))
        world.crashAndRestart()
        world.pass(.seconds(600))
        #expect(world.received.count == 2)
    }
}
