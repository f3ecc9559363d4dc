import Model
import Testing

@testable import Alerting

@Suite("Steps that ask for more than their time: hours, and how many alerts fire")
struct StepConditionTests {
    /// World's time starts at 08:53:20 UTC on a Thursday.
    private static func hours(
        _ from: Int, _ until: Int, _ zone: String = "UTC", weekdays: Set<Int> = Set(0...6)
    ) -> StepCondition {
        StepCondition(hours: .init(Rotation.Restriction(weekdays: weekdays, from: from * 60, until: until * 60), zone: zone))
    }

    private static func world(
        _ steps: [PolicySpec.Step], probes: [String] = ["api"], groupBy: [String] = ["probe"], repeatAfter: Duration = .zero
    ) throws -> World {
        var configuration = World.configuration(
            rules: [RuleSpec(name: "failing", critical: .failed)], probes: probes,
            channels: ["chat": LineChannel(), "mail": LineChannel(), "pager": .pager], steps: steps, repeatAfter: repeatAfter,
            groupBy: groupBy, groupWait: .zero)
        configuration.zones["Europe/London"] = try zone("Europe/London")
        return World(configuration)
    }

    private static func steps(_ world: World) -> [String] {
        world.records.filter { $0.hasPrefix("step") || $0.contains("policy begins") }
    }

    @Test("outside its hours a step is passed over, with the clock of its zone as the reason, and the next has its turn")
    func outside() throws {
        // 08:53 UTC is 09:53 in London in October.
        let rows: [(StepCondition, String?)] = [
            (Self.hours(9, 17, "Europe/London"), nil),
            (Self.hours(9, 17), "it is 08:53 in UTC, outside 09:00-17:00"),
            (Self.hours(10, 17, "Europe/London"), "it is 09:53 in Europe/London, outside 10:00-17:00"),
            (Self.hours(22, 9, "UTC"), nil),
            (Self.hours(0, 24, weekdays: [1, 2, 3, 5]), "it is thu 08:53 in UTC, outside mon-wed,fri"),
            (Self.hours(9, 17, weekdays: [6, 0]), "it is thu 08:53 in UTC, outside sat,sun 09:00-17:00"),
            (Self.hours(0, 24, weekdays: [4]), nil),
        ]
        for (condition, objection) in rows {
            var world = try Self.world([
                PolicySpec.Step(after: .zero, notify: ["chat"], condition: condition),
                PolicySpec.Step(after: .seconds(60), notify: ["mail"]),
            ])
            world.fail()
            world.pass(.seconds(100))
            #expect(world.pages == (objection == nil ? ["0s chat"] : []) + ["60s mail"], "\(condition)")
            #expect(Self.steps(world).first == (objection.map { "step 1 is passed over: \($0)" } ?? "step 1 tells chat"))
        }
    }

    @Test("hours are asked to the second: they begin with their first and are over at their last")
    func boundaries() throws {
        for (offset, isOpen) in [(399, false), (400, true), (3999, true), (4000, false)] {
            var world = try Self.world([
                PolicySpec.Step(after: .zero, notify: ["chat"], condition: Self.hours(9, 10)),
                PolicySpec.Step(after: .zero, notify: ["mail"]),
            ])
            world.pass(.seconds(Int64(offset)))
            world.fail()
            #expect(world.pages == (isOpen ? ["\(offset)s chat", "\(offset)s mail"] : ["\(offset)s mail"]))
        }
    }

    @Test("an incident that every step passed over for its hours is told when the first of these begin")
    func nobodyYet() throws {
        var world = try Self.world([
            PolicySpec.Step(after: .zero, notify: ["chat"], condition: Self.hours(10, 17)),
            PolicySpec.Step(after: .seconds(60), notify: ["mail"], condition: Self.hours(9, 17)),
        ])
        world.fail()
        world.pass(.seconds(5000))
        #expect(world.pages == ["460s mail"], "its hours begin after 400 s, and it comes a minute after the policy began")
        #expect(
            Self.steps(world) == [
                "step 1 is passed over: it is 08:53 in UTC, outside 10:00-17:00",
                "step 2 is passed over: it is 08:54 in UTC, outside 09:00-17:00",
                "the policy begins again: every step was passed over, some for their hours",
                "step 1 is passed over: it is 09:00 in UTC, outside 10:00-17:00", "step 2 tells mail",
            ])
        world.ok()
        #expect(world.received.last?.hasPrefix("5000s mail: resolve") == true)
        #expect(world.received.count == 2)
    }

    @Test("a restart forgets neither conditions nor that the hours of nobody have come yet")
    func restart() throws {
        var world = try Self.world([PolicySpec.Step(after: .zero, notify: ["chat"], condition: Self.hours(9, 17))])
        world.fail()
        #expect(world.timers.values.map(\.due) == [World.start + Shifts.nine])
        world.crashAndRestart(after: .seconds(100))
        world.pass(.seconds(1000))
        #expect(world.pages == ["400s chat"])
    }

    @Test("where an acknowledgement comes first nobody is told when the hours begin")
    func acknowledged() throws {
        var world = try Self.world([PolicySpec.Step(after: .zero, notify: ["chat"], condition: Self.hours(9, 17))])
        world.fail()
        _ = world.command(.acknowledge(incident: world.state.shownIncidents()[0].id))
        world.pass(.seconds(10_000))
        #expect(world.pages.isEmpty)
    }

    @Test("a policy that repeats asks for the hours again")
    func repeats() throws {
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["mail"]),
                PolicySpec.Step(after: .zero, notify: ["chat"], condition: Self.hours(9, 10)),
            ], repeatAfter: .seconds(3000))
        world.fail()
        world.pass(.seconds(7000))
        #expect(world.pages == ["0s mail", "3000s mail", "3000s chat", "6000s mail"])
    }

    @Test("a step for many alerts runs as soon as there are as many, and the steps to come keep their times")
    func grows() throws {
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .seconds(60), notify: ["pager"], condition: StepCondition(atLeast: 3)),
                PolicySpec.Step(after: .seconds(600), notify: ["mail"]),
            ], probes: ["a", "b", "c", "d"], groupBy: ["rule"])
        world.fail("a")
        world.pass(.seconds(100))
        world.fail("b")
        world.pass(.seconds(100))
        #expect(world.pages == ["0s chat"])
        world.fail("c")
        #expect(world.pages == ["0s chat", "200s pager"])
        world.ok("c")
        world.fail("d")
        world.pass(.seconds(1000))
        #expect(world.pages == ["0s chat", "200s pager", "600s mail"], "it runs once")
        #expect(
            Self.steps(world) == [
                "step 1 tells chat", "step 2 is passed over: 1 alert fires, and it asks for 3",
                "step 2, passed over before, tells pager: 3 alerts fire now", "step 3 tells mail",
            ])
    }

    @Test("whom a step for many alerts tells first hears nothing of it twice")
    func growsOnce() throws {
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .zero, notify: ["pager"], condition: StepCondition(atLeast: 2)),
            ], probes: ["a", "b"], groupBy: ["rule"])
        world.fail("a")
        world.pass(.seconds(100))
        world.fail("b")
        world.pass(.seconds(400))
        #expect(
            world.received == [
                "0s chat: trigger a failing critical page 1 firing 1",
                "100s pager: trigger a failing critical page 1 firing 2",
                "400s chat: update a failing critical page 1 firing 2",
            ])
    }

    @Test("before its time a step for many alerts does not run, whoever joins")
    func notBefore() throws {
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .seconds(300), notify: ["pager"], condition: StepCondition(atLeast: 2)),
            ], probes: ["a", "b"], groupBy: ["rule"])
        world.fail("a")
        world.fail("b")
        world.pass(.seconds(299))
        #expect(world.pages == ["0s chat"])
        world.pass(.seconds(1))
        #expect(world.pages == ["0s chat", "300s pager"])
    }

    @Test("who recovered is not counted, and a step asks for all that it says")
    func both() throws {
        let condition = StepCondition(hours: Self.hours(9, 17).hours, atLeast: 2)
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .zero, notify: ["pager"], condition: condition),
            ], probes: ["a", "b", "c"], groupBy: ["rule"])
        world.fail("a")
        #expect(
            Self.steps(world).last
                == "step 2 is passed over: it is 08:53 in UTC, outside 09:00-17:00; 1 alert fires, and it asks for 2")
        world.fail("b")
        #expect(world.pages == ["0s chat"], "two fire, and it is not nine yet")
        world.pass(.seconds(1000))
        world.ok("b")
        #expect(world.pages == ["0s chat"])
        world.fail("c")
        #expect(world.pages == ["0s chat", "1000s pager"])
    }

    @Test("while an incident is silenced nobody hears that it has grown; what grew is told when the silence is over")
    func silenced() throws {
        var world = try Self.world(
            [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .zero, notify: ["pager"], condition: StepCondition(atLeast: 2)),
            ], probes: ["a", "b"], groupBy: ["rule"])
        world.fail("a")
        _ = world.command(
            .addSilence(
                SilenceRequest(matchers: [[Matcher("rule", equals: "failing")]], end: .after(.seconds(600)), comment: "deploy"))
        )
        world.fail("b")
        world.pass(.seconds(599))
        #expect(world.pages == ["0s chat"])
        world.pass(.seconds(1))
        #expect(world.pages == ["0s chat", "600s pager"])
    }

    @Test("a rise gives steps that were passed over for their count or hours another turn, counted from the rise")
    func rises() throws {
        var configuration = World.configuration(
            rules: [
                RuleSpec(
                    name: "slow", warning: .compare(.sample("duration"), .greater, 1, unit: .seconds),
                    critical: .compare(.sample("duration"), .greater, 5, unit: .seconds))
            ], channels: ["chat": LineChannel(), "pager": .pager],
            steps: [
                PolicySpec.Step(after: .zero, notify: ["chat"]),
                PolicySpec.Step(after: .seconds(60), level: .critical, notify: ["pager"], condition: Self.hours(9, 17)),
            ])
        configuration.zones = ["UTC": .utc]
        var world = World(configuration)
        world.ok(duration: 2)
        world.pass(.seconds(500))
        world.ok(duration: 6)
        world.pass(.seconds(100))
        #expect(world.pages == ["0s chat", "500s chat", "560s pager"])
        #expect(!world.records.contains { $0.contains("passed over") }, "at its level nobody asked for its hours")
    }

    @Test("an open incident keeps its policy, and the zone of it, after a reload that has neither")
    func reload() throws {
        var world = try Self.world([
            PolicySpec.Step(after: .zero, notify: ["mail"]),
            PolicySpec.Step(after: .seconds(60), notify: ["chat"], condition: Self.hours(10, 17, "Europe/London")),
            PolicySpec.Step(after: .seconds(60), notify: ["pager"], condition: Self.hours(9, 17, "Europe/London")),
        ])
        world.fail()
        var next = world.state.configuration
        next.zones = ["UTC": .utc]
        next.policies["default"]?.steps = [PolicySpec.Step(after: .zero, notify: ["mail"])]
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        world.pass(.seconds(100))
        #expect(world.pages == ["0s mail", "60s pager"])
    }

    @Test("a zone that is not known any more keeps nobody from being told")
    func unknownZone() throws {
        var world = try Self.world([
            PolicySpec.Step(after: .zero, notify: ["mail"]),
            PolicySpec.Step(after: .seconds(60), notify: ["chat"], condition: Self.hours(10, 17, "Europe/London")),
        ])
        world.fail()
        var next = world.state.configuration
        next.zones = ["UTC": .utc]
        world.crashAndRestart(next)
        world.pass(.seconds(100))
        #expect(world.pages == ["0s mail", "60s chat"])
    }
}
