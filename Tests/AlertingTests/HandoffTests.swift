import Model
import Testing

@testable import Alerting

@Suite("The next shift hears of what is open")
struct HandoffTests {
    private static let steps = [PolicySpec.Step(after: .zero, notify: ["primary"])]

    private static func world(_ schedule: OnCallSchedule = Shifts.daily()) -> World {
        World(World.people(steps: steps, schedule: schedule))
    }

    @Test("an incident that nobody took is told to whoever comes, once; its end to both")
    func open() {
        var world = HandoffTests.world()
        world.fail()
        world.pass(.seconds(1000))
        #expect(world.pages == ["0s pager", "400s bob-pager"])
        #expect(world.said("after") == ["primary: bob on call after ada; open and not acknowledged: 1"])
        world.ok()
        #expect(
            world.received.suffix(2) == [
                "1000s bob-pager: resolve api failing critical page 1 firing 0",
                "1000s pager: resolve api failing critical page 1 firing 0",
            ])
    }

    @Test("an acknowledged one stays with whoever took it, and one that the schedule was never told of is none of its matter")
    func others() {
        var world = HandoffTests.world()
        world.fail()
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.pass(.seconds(1000))
        #expect(world.pages == ["0s pager"])
        #expect(world.said("after") == ["primary: bob on call after ada; open and not acknowledged: 0"])

        var later = World(
            World.people(
                steps: [
                    PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(600), notify: ["primary"]),
                ],
                schedule: Shifts.daily()))
        later.fail()
        later.pass(.seconds(700))
        #expect(later.pages == ["0s chat", "600s bob-pager"], "the step tells whoever is on call when it runs")
    }

    @Test("whoever was told of it already, and where updates are read, gets an update")
    func known() {
        var configuration = World.people(
            steps: [PolicySpec.Step(after: .zero, notify: ["primary", "chat"])], schedule: Shifts.daily())
        configuration.contacts["bob"] = Contact(name: "bob", channels: ["chat"])
        var world = World(configuration)
        world.fail()
        world.pass(.seconds(500))
        #expect(world.received.last == "400s chat: update api failing critical page 1 firing 1")
    }

    @Test("a shift that ended while the daemon was down is handed over when it is back; one that came round again is not")
    func downtime() {
        let cases: [(Duration, [String])] = [
            (.seconds(400), ["0s pager", "400s bob-pager"]), (.seconds(1000), ["0s pager", "1000s bob-pager"]),
            (.seconds(90_000), ["0s pager"]),
        ]
        for (downtime, pages) in cases {
            var world = HandoffTests.world()
            world.fail()
            world.crashAndRestart(after: downtime)
            world.pass(.seconds(60))
            #expect(world.pages == pages, "down for \(downtime.short)")
        }
    }

    @Test("when the shift ends and nobody follows, the fallback contact hears of what is open")
    func gap() {
        var world = HandoffTests.world(Shifts.mornings)
        world.pass(.seconds(500))
        world.fail()
        world.pass(.seconds(3600))
        #expect(world.pages == ["500s pager", "4000s boss-mail"])
        #expect(world.said("after").last == "primary: nobody on call after ada; open and not acknowledged: 1")
    }

    @Test(
        "what was silenced when the last shift ended, and still fires when the silence is over, is told to the fallback contact"
    )
    func releasedWhileNobodyIsOnCall() {
        var world = HandoffTests.world(Shifts.mornings)
        world.pass(.seconds(500))
        world.fail()
        world.pass(.seconds(100))
        let request = SilenceRequest(
            matchers: [[Matcher("probe", equals: "api")]], end: .after(.seconds(4000)), comment: "deploy")
        #expect(world.command(.addSilence(request))?.status == .done)
        world.pass(.seconds(3500))
        #expect(world.pages == ["500s pager"], "the shift ended at 4000s, while it was silenced")
        world.pass(.seconds(1000))
        #expect(world.pages == ["500s pager", "4600s boss-mail"])
    }

    @Test("an incident that falls to warning while nobody is on call is not over for whom the next shift tells of it again")
    func fallsWhileNobodyIsOnCall() {
        func slower(than limit: Double) -> Condition { .compare(.sample("duration"), .greater, limit, unit: .seconds) }
        let rule = RuleSpec(name: "slow", warning: slower(than: 2), critical: slower(than: 5))
        var configuration = World.people(steps: HandoffTests.steps, rules: [rule], schedule: Shifts.mornings)
        configuration.contacts["ada"] = Contact(name: "ada", channels: ["mail"])
        var world = World(configuration)
        world.pass(.seconds(500))
        world.ok(duration: 6)
        world.pass(.seconds(4000))
        world.ok(duration: 3)
        world.pass(.seconds(86_400))
        #expect(
            world.received.filter { $0.contains("mail: ") && !$0.contains("boss") } == [
                "500s mail: trigger api slow critical page 1 firing 1",
                "4800s mail: update api slow warning page 1 firing 1",
                "86800s mail: update api slow warning page 1 firing 1",
            ])
    }

    private static func readable(_ schedule: OnCallSchedule = Shifts.daily(), repeatAfter: Duration) -> World {
        var configuration = World.people(steps: steps, repeatAfter: repeatAfter, schedule: schedule)
        configuration.probes = World.configuration(probes: ["api", "db", "web"]).probes
        configuration.contacts["bob"] = Contact(name: "bob", channels: ["bob-pager", "chat"])
        return World(configuration)
    }

    @Test("whoever comes gets one summary of all that is open, where a message can be read; the next step calls them")
    func summary() throws {
        var world = HandoffTests.readable(repeatAfter: .seconds(1000))
        for probe in ["api", "db", "web"] { world.fail(probe) }
        let taken = try #require(world.state.shownIncidents().first { $0.title.hasPrefix("web") })
        _ = world.command(.acknowledge(incident: taken.id))
        world.pass(.seconds(500))
        let row = try #require(world.rows.values.first { $0.kind == .digest })
        #expect(row.target == "chat" && row.createdAt == World.start + Shifts.nine)
        #expect(world.received.suffix(1) == ["400s chat: digest primary: bob is on call now critical page 1 firing 0"])
        #expect(
            world.said("in one message") == ["bob is told of 2 open and 1 acknowledged in one message to chat"])
        world.pass(.seconds(600))
        #expect(
            world.received.filter { $0.contains("bob-pager") }.sorted() == [
                "1000s bob-pager: trigger api failing critical page 1 firing 1",
                "1000s bob-pager: trigger db failing critical page 1 firing 1",
            ])
        world.crashAndRestart()
        #expect(world.received.count { $0.contains("digest") } == 1)
    }

    @Test("a summary that is given up is followed by the pages themselves")
    func unreadSummary() {
        var world = HandoffTests.readable(repeatAfter: .seconds(7200))
        world.fail("api")
        world.fail("db")
        world.refuses("chat")
        world.pass(.seconds(1500))
        let row = world.rows.values.first { $0.kind == .digest }
        #expect(row?.phase == .dead && row?.settledAt.map { $0 > World.start + .seconds(1200) } == true)
        #expect(world.rows.values.count { $0.target == "bob-pager" && $0.createdAt == row?.settledAt } == 2)
        #expect(world.pages.count { $0.hasSuffix("bob-pager") } == 2)
    }

    @Test("somebody who stands in hears of it at once, and at the end the next one does")
    func override() {
        var world = HandoffTests.world()
        world.fail()
        world.pass(.seconds(100))
        let override = OnCallOverride(
            id: "1", schedule: "primary", person: "boss", startsAt: world.now.wall, endsAt: world.now.wall + .seconds(600),
            author: "ada", createdAt: world.now.wall)
        world.state.set(override, now: world.now.wall)
        world.take(world.state.finish())
        world.take(world.state.decide(.tick, now: world.now))
        world.crashAndRestart()
        world.pass(.seconds(1000))
        #expect(world.pages == ["0s pager", "100s boss-mail", "700s bob-pager"])
    }

    @Test("somebody's stand-in ended while the daemon was down: whoever is on call now hears of it")
    func overrideEnded() {
        var world = HandoffTests.world(Shifts.daily(["bob"]))
        world.state.set(
            OnCallOverride(
                id: "1", schedule: "primary", person: "boss", startsAt: world.now.wall, endsAt: world.now.wall + .seconds(600),
                author: "ada", createdAt: world.now.wall), now: world.now.wall)
        world.take(world.state.finish())
        world.fail()
        world.crashAndRestart(after: .seconds(1000))
        #expect(world.pages == ["0s boss-mail", "1000s bob-pager"])
    }

    @Test("a stand-in that ends within the shift gives it back then, and not when the shift ends")
    func overrideWithinAShift() {
        var world = HandoffTests.world()
        world.pass(.seconds(100))
        world.state.set(
            OnCallOverride(
                id: "1", schedule: "primary", person: "boss", startsAt: world.now.wall, endsAt: world.now.wall + .seconds(100),
                author: "ada", createdAt: world.now.wall), now: world.now.wall)
        world.take(world.state.finish())
        world.pass(.seconds(50))
        world.fail()
        world.pass(.seconds(1000))
        #expect(world.pages == ["150s boss-mail", "200s pager", "400s bob-pager"])
    }

    @Test("a reload plans the next change by the new schedule")
    func reload() {
        var world = HandoffTests.world()
        world.fail()
        let next = World.people(steps: HandoffTests.steps, schedule: Shifts.daily(["ada", "boss"]))
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.pass(.seconds(500))
        #expect(world.pages == ["0s pager", "400s boss-mail"])
        world.take(world.state.reconfigure(to: World.people(steps: HandoffTests.steps), now: world.now.wall).0)
        #expect(world.timers.keys.allSatisfy { $0.kind != .handoff })
    }
}
