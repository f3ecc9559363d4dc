import Alerting
import Model
import Testing

@Suite("Failover: a contact's channels have their turns")
struct FailoverTests {
    private static let slow = RuleSpec(name: "slow", warning: .compare(.sample("duration"), .greater, 2, unit: .seconds))

    @Test("the next channel has its turn when the first has not accepted in time")
    func inTime() {
        let cases: [(sentence: String, level: Level, after: Duration?, expected: [String])] = [
            ("critical: after a minute", .critical, nil, ["60s mail"]),
            ("warning: after five minutes", .warning, nil, ["300s mail"]),
            ("as the contact says", .critical, .seconds(7), ["7s mail"]),
        ]
        for (sentence, level, after, expected) in cases {
            var configuration = World.people(rules: [level == .critical ? .failing : FailoverTests.slow])
            configuration.contacts["ada"]?.failoverAfter = after
            var world = World(configuration)
            world.hanging = ["pager"]
            if level == .critical { world.fail() } else { world.ok(duration: 3) }
            world.pass(.seconds(600))
            #expect(world.pages == expected, "\(sentence)")
        }
    }

    @Test("a channel that accepts is the only one told, and nothing is left to wait for")
    func accepted() {
        var world = World(World.people())
        world.fail()
        #expect(world.timers.isEmpty)
        world.pass(.seconds(3600))
        #expect(world.pages == ["0s pager"])
    }

    @Test("a channel that refuses for good gives its turn away at once, and the record says so")
    func refused() {
        var world = World(World.people())
        world.refuses("pager", .rejected("status 400"))
        world.fail()
        #expect(world.pages == ["0s mail"])
        #expect(world.said("ada:") == ["ada: pager never accepts it; next is mail"])
        world.ok()
        #expect(world.received.last == "0s mail: resolve api failing critical page 1 firing 0")
        #expect(world.received.count == 2, "what surely never arrived is not resolved")
    }

    @Test("once the next channel accepted, the first is not tried any more, unless it may have arrived or the contact says so")
    func primary() {
        let cases: [(sentence: String, verdict: DeliveryVerdict, keeps: Bool, phase: OutboxRow.Phase)] = [
            ("surely not accepted", .retry("status 429", after: nil), false, .superseded),
            ("perhaps accepted", .inDoubt("status 429"), false, .pending),
            ("the contact keeps it", .retry("status 429", after: nil), true, .pending),
        ]
        for (sentence, verdict, keeps, phase) in cases {
            var configuration = World.people()
            configuration.contacts["ada"]?.keepPrimary = keeps
            var world = World(configuration)
            world.refuses("pager", verdict)
            world.fail()
            world.pass(.seconds(400))
            #expect(world.pages == ["60s mail"], "\(sentence)")
            #expect(world.rows.values.filter { $0.target == "pager" }.map(\.phase) == [phase], "\(sentence)")
            if phase == .superseded {
                #expect(world.said("superseded") == ["trigger to pager superseded: ada was reached on another channel"])
            }
        }
    }

    @Test("a channel that refused the page for good is not asked again when a later one fails, and is by the next round")
    func refusedBefore() {
        var world = World(World.people())
        world.answers["pager"] = [.rejected("status 404")]
        world.answers["mail"] = Array(repeating: .retry("status 503", after: nil), count: 5)
        world.fail()
        world.pass(.seconds(120))
        let tries = world.rows.values.filter { $0.target == "pager" && $0.kind == .trigger }.map(\.tries)
        #expect(tries == [1], "one message, and one attempt")
    }

    @Test("all that were told hear the end: also the first channel, where it accepted after all")
    func resolves() {
        var world = World(World.people())
        world.hanging = ["pager"]
        world.fail()
        world.pass(.seconds(70))
        world.settleHanging(.delivered(reference: nil))
        world.hanging = []
        world.pass(.seconds(30))
        world.ok()
        #expect(
            world.received == [
                "60s mail: trigger api failing critical page 1 firing 1",
                "70s pager: trigger api failing critical page 1 firing 1",
                "100s mail: resolve api failing critical page 1 firing 0",
                "100s pager: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test("after the last channel the fallback contact is told, once, and a record says so")
    func exhausted() {
        var world = World(World.people())
        world.refuses("pager")
        world.refuses("mail")
        world.fail()
        world.pass(.seconds(900))
        #expect(world.pages == ["120s boss-mail"])
        #expect(
            world.said("ada") == [
                "step 1 tells ada", "ada: pager has not accepted it within 1m; next is mail",
                "ada: mail has not accepted it within 1m; no channel is left",
                "ada was reached on no channel; the fallback contact boss is told",
            ])
    }

    @Test("a restart in between changes nothing: the next channel has its turn at its time")
    func restart() {
        var world = World(World.people())
        world.refuses("pager")
        world.fail()
        world.pass(.seconds(20))
        world.crashAndRestart(after: .seconds(10))
        world.pass(.seconds(29))
        #expect(world.pages.isEmpty)
        world.pass(.seconds(1))
        #expect(world.pages == ["60s mail"])
        #expect(world.rows.values.filter { $0.target == "pager" }.map(\.phase) == [.superseded])
    }

    @Test("an acknowledgement ends the search for a channel that accepts")
    func acknowledged() {
        var world = World(World.people())
        world.hanging = ["pager"]
        world.fail()
        world.pass(.seconds(30))
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.pass(.seconds(600))
        #expect(world.pages.isEmpty)
    }

    @Test("a channel that the step names itself goes on being tried when a contact that has it, too, was reached elsewhere")
    func named() {
        var world = World(World.people(steps: [PolicySpec.Step(after: .zero, notify: ["pager", "ada"])]))
        world.refuses("pager")
        world.fail()
        world.pass(.seconds(400))
        #expect(world.pages == ["60s mail"])
        #expect(world.rows.values.filter { $0.target == "pager" }.map(\.phase) == [.pending])
    }

    @Test("what an earlier step told on a later channel is no answer to a step that calls the contact")
    func earlierStep() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["mail"]), PolicySpec.Step(after: .seconds(300), notify: ["ada"])]
        var world = World(World.people(steps: steps))
        world.fail()
        world.pass(.seconds(299))
        world.answers["pager"] = [.retry("status 429", after: nil)]
        world.pass(.seconds(30))
        #expect(world.pages.count == 2)
        #expect(world.pages.last?.hasSuffix("s pager") == true, "tried again, and accepted")
    }

    @Test("two contacts with one channel get one message there, and each its own next channel")
    func shared() {
        var configuration = World.people(steps: [PolicySpec.Step(after: .zero, notify: ["ada", "bob"])])
        configuration.contacts["bob"] = Contact(name: "bob", channels: ["pager", "bob-pager"])
        var world = World(configuration)
        world.refuses("pager")
        world.fail()
        world.pass(.seconds(400))
        #expect(world.pages == ["60s mail", "60s bob-pager"])
        #expect(world.rows.values.filter { $0.target == "pager" }.map(\.phase) == [.superseded])
        #expect(world.rows.values.filter { $0.target == "pager" }.map(\.contacts) == [["ada", "bob"]])
    }

    @Test("a step that reaches nobody calls the next one, unless that one is due by itself")
    func nextStep() {
        let cases: [(after: Duration, called: [String])] = [
            (.seconds(300), ["step 1 reached nobody; step 2 has its turn at once"]), (.zero, []),
        ]
        for (after, called) in cases {
            var configuration = World.people(
                steps: [PolicySpec.Step(after: .zero, notify: ["ada"]), PolicySpec.Step(after: after, notify: ["bob"])])
            configuration.contacts["ada"] = Contact(name: "ada", channels: ["gone"])
            var world = World(configuration)
            world.fail()
            #expect(world.pages == ["0s boss-mail", "0s bob-pager"])
            #expect(world.said("reached nobody") == called, "after \(after.short)")
        }
    }

    @Test("a rise tells the contact anew from the first channel on")
    func rise() {
        let both = RuleSpec(
            name: "slow", warning: .compare(.sample("duration"), .greater, 2, unit: .seconds),
            critical: .compare(.sample("duration"), .greater, 5, unit: .seconds))
        var world = World(World.people(rules: [both]))
        world.ok(duration: 3)
        world.pass(.seconds(30))
        world.refuses("pager")
        world.ok(duration: 6)
        world.pass(.seconds(100))
        #expect(world.pages == ["0s pager", "90s mail"])
    }
}
