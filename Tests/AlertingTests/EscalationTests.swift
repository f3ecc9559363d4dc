import Alerting
import Model
import Testing

@Suite("Escalation: steps, people on call, and who is left where nobody is reached")
struct EscalationTests {
    @Test("whoever is on call when a step runs is told, and the record says who")
    func onCall() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["chat", "primary"]),
            PolicySpec.Step(after: .seconds(600), notify: ["primary"]),
        ]
        var world = World(World.people(steps: steps, schedule: Shifts.daily()))
        world.fail()
        world.pass(.seconds(300))
        #expect(world.pages == ["0s chat", "0s pager"])
        #expect(world.said("tells") == ["step 1 tells chat, primary (ada)"])
        #expect(world.said("on call") == ["primary: ada is on call"])
        world.pass(.seconds(300))
        #expect(world.pages.last == "600s bob-pager")
        #expect(world.said("tells").last == "step 2 tells primary (bob)")
    }

    @Test("where nobody is on call the fallback contact is told, and the next step has its turn at once")
    func gap() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["primary"]), PolicySpec.Step(after: .seconds(600), notify: ["chat"]),
        ]
        var world = World(World.people(steps: steps, schedule: Shifts.mornings))
        world.fail()
        #expect(world.pages == ["0s boss-mail", "0s chat"])
        #expect(
            world.records.filter { !$0.contains("accepted") } == [
                "api/failing fired (critical): failed: status 503, expected 200", "opened for api/failing by policy default",
                "step 1 tells primary (nobody)", "primary: nobody on call",
                "nobody is on call in primary; the fallback contact boss is told",
                "step 1 reached nobody; step 2 has its turn at once", "step 2 tells chat",
            ])
        world.pass(.seconds(3600))
        #expect(world.pages == ["0s boss-mail", "0s chat", "400s pager"], "whoever comes at nine hears of it, too")
    }

    @Test("overdue after downtime, a step runs once, and the ones after it keep their distances from then")
    func downtime() {
        let steps = [0, 300, 600, 1200].map { PolicySpec.Step(after: .seconds($0), notify: ["chat"]) }
        var world = World(World.people(steps: steps))
        world.fail()
        world.crashAndRestart(after: .seconds(3000))
        world.pass(.seconds(299))
        #expect(world.pages == ["0s chat", "3000s chat"])
        world.pass(.seconds(901))
        #expect(world.pages == ["0s chat", "3000s chat", "3300s chat", "3900s chat"])
    }

    @Test("a step that nobody accepts is followed by the next at once; after the last the fallback contact is told")
    func nobodyAccepts() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(600), notify: ["bob"])]
        var world = World(World.people(steps: steps))
        world.refuses("chat", .rejected("status 404"))
        world.refuses("bob-pager", .rejected("status 400"))
        world.fail()
        #expect(world.pages == ["0s boss-mail"])
        #expect(
            world.records.filter { !$0.contains("accepted at") } == [
                "api/failing fired (critical): failed: status 503, expected 200", "opened for api/failing by policy default",
                "step 1 tells chat",
                "trigger to chat given up: status 404", "step 1 reached nobody; step 2 has its turn at once",
                "step 2 tells bob", "trigger to bob-pager given up: status 400",
                "bob: bob-pager never accepts it; no channel is left",
                "bob was reached on no channel; the fallback contact boss is told",
                "the policy default reached nobody; the fallback contact boss had its turn already",
            ])
        #expect(world.incidents.values.map(\.isNobodyReached) == [true])
        let id = world.state.shownIncidents()[0].id
        _ = world.command(.acknowledge(incident: id))
        #expect(world.incidents.values.map(\.isNobodyReached) == [false], "somebody has it")
    }

    @Test("without a fallback contact the record says that nobody is left")
    func noFallback() {
        var world = World(World.people(steps: [PolicySpec.Step(after: .zero, notify: ["chat"])], fallback: nil))
        world.refuses("chat", .rejected("status 404"))
        world.fail()
        #expect(world.records.last == "the policy default reached nobody; there is no fallback_contact to tell")
        #expect(world.incidents.values.map(\.isNobodyReached) == [true])
    }

    @Test("a fallback contact that cannot be reached is not told again and again")
    func fallbackFails() {
        var world = World(World.people(steps: [PolicySpec.Step(after: .zero, notify: ["chat"])]))
        world.refuses("chat", .rejected("status 404"))
        world.refuses("boss-mail", .rejected("status 550"))
        world.fail()
        world.pass(.seconds(3600))
        #expect(world.rows.values.filter { $0.target == "boss-mail" }.count == 1)
        #expect(world.said("boss was reached on no channel").count == 1)
    }

    @Test("once somebody was told, a message to another that dies calls nobody else")
    func oneDies() {
        var world = World(World.people(steps: [PolicySpec.Step(after: .zero, notify: ["mail", "chat"])]))
        world.refuses("chat", .rejected("status 404"))
        world.fail()
        #expect(world.pages == ["0s mail"])
        #expect(world.said("fallback").isEmpty)
    }

    @Test("steps skipped for their level are not steps that reached nobody")
    func skipped() {
        let steps = [
            PolicySpec.Step(after: .zero, level: .critical, notify: ["chat"]),
            PolicySpec.Step(after: .seconds(300), notify: ["mail"]),
        ]
        let slow = RuleSpec(name: "slow", warning: .compare(.sample("duration"), .greater, 2, unit: .seconds))
        var world = World(World.people(steps: steps, rules: [slow]))
        world.ok(duration: 3)
        world.pass(.seconds(299))
        #expect(world.pages.isEmpty)
        world.pass(.seconds(1))
        #expect(world.pages == ["300s mail"])
    }

    @Test("an open incident keeps the policy it opened with; a contact removed meanwhile leaves a dead letter and the fallback")
    func configurationChanges() {
        let steps = [PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(300), notify: ["bob"])]
        var world = World(World.people(steps: steps))
        world.refuses("chat", .rejected("status 404"))
        world.hanging = ["chat"]
        world.fail()
        var next = World.people(steps: [PolicySpec.Step(after: .zero, notify: ["mail"])])
        next.contacts["bob"] = nil
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.settleHanging(.rejected("status 404"))
        world.hanging = []
        world.pass(.seconds(300))
        #expect(world.pages == ["0s boss-mail"])
        #expect(world.said("given up").contains("trigger to bob given up: channel bob is not configured any more"))
    }

    @Test("the daemon's own incidents go by the system policy, whatever the routes say")
    func systemPolicy() {
        var configuration = World.people(steps: [PolicySpec.Step(after: .zero, notify: ["chat"])])
        configuration.probes.append(
            ProbeSpec(
                name: "monitord", kind: "http", address: "", every: .seconds(30), timeout: .seconds(5), labels: [:],
                rules: [.failing]))
        configuration.policies["own"] = PolicySpec(
            name: "own", steps: [PolicySpec.Step(after: .zero, notify: ["mail"])], repeatAfter: .zero)
        configuration.systemPolicy = "own"
        var world = World(configuration)
        world.fail("monitord", "the ledger cannot commit")
        world.fail("api")
        #expect(
            world.received == [
                "0s mail: trigger monitord failing critical page 1 firing 1",
                "0s chat: trigger api failing critical page 1 firing 1",
            ])
    }
}
