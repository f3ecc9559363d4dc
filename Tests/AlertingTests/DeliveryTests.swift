import Alerting
import Model
import Testing

@Suite("Delivery: nothing lost, nothing out of order")
struct DeliveryTests {
    @Test("a receiver that is away is tried again until it takes the page")
    func retries() {
        var world = World(World.configuration())
        world.answers["chat"] = [.retry("connection refused", after: nil), .retry("status 503", after: nil)]
        world.fail()
        world.pass(.seconds(60))
        #expect(world.received.count == 1)
        #expect(world.rows.values.map(\.phase) == [.done])
        #expect(world.rows.values.map(\.tries) == [3])
    }

    @Test("Retry-After: 20 holds the whole channel for 20 to 21 seconds", arguments: [1, 2, 3] as [UInt64])
    func retryAfter(seed: UInt64) {
        var world = World(World.configuration(probes: ["api", "web"]), seed: seed)
        world.answers["chat"] = [.retry("status 429", after: .seconds(20))]
        world.fail()
        world.fail("web")
        world.pass(.milliseconds(19_999))
        #expect(world.received.isEmpty, "seed \(seed)")
        world.pass(.milliseconds(1001))
        #expect(world.received.count == 2, "seed \(seed)")
    }

    @Test("a page that was never delivered before the end becomes one quiet message, at the policy's first quiet target")
    func collapsed() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["pager"]), PolicySpec.Step(after: .seconds(300), notify: ["chat"])]
        var world = World(World.configuration(channels: ["chat": LineChannel(), "pager": .pager], steps: steps))
        world.answers["pager"] = Array(repeating: .retry("connection refused", after: nil), count: 50)
        world.fail()
        world.pass(.seconds(30))
        world.ok()
        world.pass(.seconds(900))
        #expect(world.received == ["30s chat: delayed api failing critical page 1 firing 0"])
    }

    @Test("a chat message that was never delivered before the end becomes one delayed message when the receiver returns")
    func delayedChat() {
        var world = World(World.configuration())
        world.answers["chat"] = Array(repeating: .retry("connection refused", after: nil), count: 6)
        world.fail()
        world.pass(.seconds(2))
        world.ok()
        world.pass(.seconds(900))
        #expect(world.received.count == 1)
        #expect(world.received[0].contains("chat: delayed api failing"))
    }

    @Test("a trigger on its way when the incident ends is followed by its resolve")
    func crossing() {
        var world = World(World.configuration())
        world.hanging = ["chat"]
        world.fail()
        world.pass(.seconds(5))
        world.ok()
        world.pass(.seconds(5))
        #expect(world.received.isEmpty)
        world.hanging = []
        world.settleHanging(.delivered(reference: nil))
        #expect(
            world.received == [
                "10s chat: trigger api failing critical page 1 firing 1",
                "10s chat: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test("while a page is in doubt its resolve is held 90 s, then said, and said again after ten minutes")
    func inDoubt() {
        var world = World(
            World.configuration(channels: ["pager": .pager], steps: [PolicySpec.Step(after: .zero, notify: ["pager"])]))
        world.hanging = ["pager"]
        world.fail()
        world.pass(.seconds(15))
        world.ok()
        world.hanging = []
        world.settleHanging(.inDoubt("no reply within 15s"))
        world.pass(.seconds(89))
        #expect(world.received.isEmpty)
        world.pass(.seconds(1))
        #expect(world.received == ["105s pager: resolve api failing critical page 1 firing 0"])
        world.pass(.seconds(600))
        #expect(world.received.last == "705s pager: resolve api failing critical page 1 firing 0")
        #expect(world.received.count == 2)
    }

    @Test(
        "a page accepted after an attempt in doubt stays in doubt: the first attempt may still be applied, so its resolve is held"
    )
    func inDoubtThenAccepted() {
        var world = World(
            World.configuration(channels: ["pager": .pager], steps: [PolicySpec.Step(after: .zero, notify: ["pager"])]))
        world.answers["pager"] = [.inDoubt("no reply within 15s")]
        world.fail()
        world.pass(.seconds(10))
        #expect(world.received.count == 1)
        world.ok()
        world.pass(.seconds(70))
        #expect(world.received.count == 1)
        world.pass(.seconds(30))
        #expect(world.received.count == 2)
        world.pass(.seconds(600))
        #expect(world.received.count == 3)
        #expect(world.received.dropFirst().allSatisfy { $0.contains("resolve api failing critical page 1") })
    }

    @Test("a page in doubt whose incident ends is perhaps unheard: one quiet message goes to the policy's first quiet target")
    func doubtfulIsToldQuietly() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["pager"]), PolicySpec.Step(after: .seconds(300), notify: ["chat"]),
        ]
        var world = World(World.configuration(channels: ["chat": LineChannel(), "pager": .pager], steps: steps))
        world.answers["pager"] = Array(repeating: .inDoubt("500, the receiver failed"), count: 5)
        world.fail()
        world.pass(.seconds(2))
        world.ok()
        world.pass(.seconds(900))
        #expect(world.received.count { $0.contains("chat: delayed") } == 1)
        #expect(world.received.count { $0.contains("pager: resolve") } == 2)
        #expect(world.received.count == 3)
    }

    @Test("a message that the receiver rejects is given up, and its resolve is not sent")
    func rejected() {
        var world = World(World.configuration())
        world.answers["chat"] = [.rejected("status 404 no_service")]
        world.fail()
        world.ok()
        world.pass(.seconds(60))
        #expect(world.received.isEmpty)
        #expect(world.rows.values.map(\.phase) == [.dead])
        #expect(world.records.contains("trigger to chat given up: status 404 no_service"))
    }

    @Test("a message is given up at its deadline")
    func deadline() {
        var world = World(World.configuration())
        world.answers["chat"] = Array(repeating: .retry("connection refused", after: nil), count: 10_000)
        world.fail()
        world.pass(.seconds(7 * 3600))
        #expect(world.rows.values.map(\.phase) == [.dead])
        #expect(
            world.rows.values.first?.note == "not accepted within 6h; last: connection refused"
                || world.rows.values.first?.note.hasPrefix("not accepted within 6h") == true)
    }

    @Test("a hanging receiver holds up no other, and at most four attempts at once wait for it")
    func hanging() {
        let names = (0..<10).map { "p\($0)" }
        let steps = [PolicySpec.Step(after: .zero, notify: ["slow", "chat"])]
        var world = World(
            World.configuration(probes: names, channels: ["slow": LineChannel(), "chat": LineChannel()], steps: steps))
        world.hanging = ["slow"]
        for name in names {
            world.fail(name)
            // Slowly enough to be no storm.
            world.pass(.seconds(16))
        }
        #expect(world.received.count == 10)
        #expect(world.underWay.count == 4)
        world.hanging = []
        world.settleHanging(.retry("timeout", after: nil))
        world.pass(.seconds(60))
        #expect(world.received.count == 20)
    }

    @Test("a channel starts no more attempts than its rate allows")
    func rate() {
        var slow = LineChannel()
        slow.attemptsPerMinute = 60
        slow.burst = 3
        slow.recipients = (0..<10).map { "p\($0)@example.com" }
        var world = World(World.configuration(channels: ["chat": slow]))
        world.fail()
        #expect(world.received.count == 3)
        world.pass(.seconds(4))
        #expect((6...7).contains(world.received.count))
        world.pass(.seconds(10))
        #expect(world.received.count == 10)
    }

    @Test("each recipient of a channel is a row and a target of its own")
    func recipients() {
        var mail = LineChannel()
        mail.recipients = ["a@example.com", "b@example.com"]
        var world = World(
            World.configuration(channels: ["mail": mail], steps: [PolicySpec.Step(after: .zero, notify: ["mail"])]))
        world.answers["mail:a@example.com"] = [.rejected("550 no such user")]
        world.fail()
        world.ok()
        #expect(
            world.received == [
                "0s mail:b@example.com: trigger api failing critical page 1 firing 1",
                "0s mail:b@example.com: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test("each attempt that is not accepted is in the record, with what the receiver said")
    func notAccepted() {
        for verdict in [DeliveryVerdict.retry("status 429", after: nil), .inDoubt("no reply within 5s")] {
            var world = World(World.configuration())
            world.answers["chat"] = [verdict]
            world.fail()
            #expect(world.said("not accepted") == ["trigger to chat not accepted at attempt 1: \(verdict.reason)"])
            #expect(world.rows.values.map(\.note) == [verdict.reason])
        }
    }

    @Test("what could not be recorded says so at each attempt")
    func unrecorded() {
        var world = World(World.configuration())
        world.hanging = ["chat"]
        world.fail()
        world.state.isUnrecorded = true
        #expect(
            world.state.reword(world.underWay).map(\.message.body) == [
                "trigger api failing critical page 1 firing 1 unrecorded"
            ])
        world.hanging = []
        world.settleHanging(.retry("status 429", after: nil))
        world.pass(.seconds(60))
        #expect(world.received.map { $0.hasSuffix("chat: trigger api failing critical page 1 firing 1 unrecorded") } == [true])
    }

    @Test("where what a message refers to was deleted it is sent by itself")
    func unanchored() {
        var world = World(World.configuration())
        world.answers["chat"] = [.delivered(reference: "C1:1.2")]
        world.fail()
        #expect(world.told.values.first?.reference == "C1:1.2")
        world.answers["chat"] = [.unanchored("thread_not_found")]
        world.ok()
        world.pass(.seconds(2))
        #expect(world.received.last?.hasSuffix("chat: resolve api failing critical page 1 firing 0") == true)
        #expect(world.rows.values.first { $0.kind == .resolve }?.reference == nil)
        #expect(world.said("not accepted") == ["resolve to chat not accepted at attempt 1: thread_not_found"])
        // Where it referred to nothing, that is the end of it.
        world = World(World.configuration())
        world.answers["chat"] = [.unanchored("thread_not_found")]
        world.fail()
        #expect(world.rows.values.map(\.phase) == [.dead])
    }

    @Test("testing a channel sends one message; the settlement is the answer, and a failure is not retried")
    func testMessage() {
        var world = World(World.configuration())
        world.answers["chat"] = [.retry("connection refused", after: nil)]
        #expect(world.command(.testChannel("chat")) == nil)
        #expect(world.rows.values.map(\.phase) == [.superseded])
        #expect(
            world.state.shownOutbox(now: world.now.wall).0.dead == 0, "whoever asked has the answer: nobody has to look at it")
        var mail = LineChannel()
        mail.recipients = ["a@example.com", "b@example.com"]
        world = World(World.configuration(channels: ["chat": LineChannel(), "mail": mail]))
        let decision = world.state.decide(
            .command(.testChannel("mail"), by: Actor(uid: 0, pid: 1, name: "root")), now: world.now)
        #expect(decision.repliesWithRows == Set(decision.outbox.map(\.id)) && decision.outbox.count == 2)
        #expect(world.command(.testChannel("chta"))?.message == "there is no channel chta; configured: chat, mail")
    }
}

@Suite("Restart: kill -9 at any point")
struct RestartTests {
    @Test("a restart by itself tells nobody anything")
    func quiet() {
        var world = World(World.configuration(repeatAfter: .seconds(3600)))
        world.fail()
        world.crashAndRestart(after: .seconds(60))
        world.fail()
        world.pass(.seconds(60))
        #expect(world.received.count == 1)
    }

    @Test("an attempt on its way when the daemon died is made again at once, under the same key")
    func inFlight() {
        var world = World(World.configuration())
        world.hanging = ["chat"]
        world.fail()
        world.hanging = []
        world.crashAndRestart()
        #expect(world.received == ["0s chat: trigger api failing critical page 1 firing 1"])
        #expect(world.rows.values.map(\.isInDoubt) == [true])
        #expect(world.rows.values.map(\.tries) == [2])
    }

    @Test("an incident that ended while the daemon was down is resolved at those told")
    func endedMeanwhile() {
        var world = World(World.configuration())
        world.fail()
        world.crashAndRestart(after: .seconds(300))
        world.ok()
        #expect(world.received.last == "300s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("a step that came due while the daemon was down runs once, and the rest keep their distances")
    func overdue() {
        let steps = [0, 60, 120].map { PolicySpec.Step(after: .seconds($0), notify: ["chat"]) }
        var world = World(World.configuration(steps: steps))
        world.fail()
        world.crashAndRestart(after: .seconds(600))
        world.pass(.seconds(59))
        #expect(world.received.map { $0.prefix(5) } == ["0s ch", "600s "])
        world.pass(.seconds(1))
        #expect(world.received.last?.hasPrefix("660s ") == true)
    }

    @Test("a page in doubt whose incident had ended is not sent again: the resolve is held, then said")
    func inDoubtAndOver() {
        var world = World(
            World.configuration(channels: ["pager": .pager], steps: [PolicySpec.Step(after: .zero, notify: ["pager"])]))
        world.hanging = ["pager"]
        world.fail()
        world.ok()
        world.hanging = []
        world.crashAndRestart()
        world.pass(.seconds(900))
        #expect(world.received.map { $0.contains("resolve") } == [true, true])
    }

    @Test(
        "a pending alert survives a short downtime; after a long one it starts anew, and asks for a retry again",
        arguments: [(600, 1, 1), (7200, 0, 2)])
    func pending(downtime: Int, pages: Int, retries: Int) {
        var world = World(World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, after: After(2))]))
        world.fail()
        world.crashAndRestart(after: .seconds(downtime))
        world.fail()
        #expect(world.received.count == pages)
        #expect(world.runs.count == retries)
    }

    @Test("a recovery starts over: good results before the daemon stopped do not count for `keep_firing_for`")
    func recovering() {
        var world = World(
            World.configuration(rules: [RuleSpec(name: "failing", critical: .failed, keepFiringFor: .seconds(300))]))
        world.fail()
        world.ok()
        world.crashAndRestart(after: .seconds(200))
        for _ in 0..<2 {
            world.pass(.seconds(100))
            world.ok()
        }
        #expect(world.received.count == 1)
        world.pass(.seconds(200))
        world.ok()
        #expect(world.received.last == "600s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("a probe that was removed while the daemon was down ends its incident at the start")
    func removedMeanwhile() {
        var world = World(World.configuration())
        world.fail()
        world.crashAndRestart(World.configuration(probes: ["other"]))
        #expect(world.received.last == "0s chat: resolve api failing critical page 1 firing 0")
    }
}
