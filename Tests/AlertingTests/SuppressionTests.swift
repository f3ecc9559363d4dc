import Model
import Testing

@testable import Alerting

/// What holds problem messages, what passes all the same, and what happens when it holds no longer.
@Suite("Suppression")
struct SuppressionTests {
    static func silence(
        _ matchers: [Matcher] = [Matcher("probe", equals: "api")], kind: Silence.Kind = .silence, from: Int = 0, until: Int,
        untilResolved: Bool = false
    ) -> Silence {
        Silence(
            id: "01S", kind: kind, matchers: [matchers], startsAt: World.start + .seconds(from),
            endsAt: World.start + .seconds(until), untilResolved: untilResolved, author: "ada", comment: "deploy",
            createdAt: World.start)
    }

    /// Two channels: chat at once, a pager after a minute.
    static func configuration(
        probes: [String] = ["api"], labels: [String: Labels] = [:], change: (inout AlertingConfiguration) -> Void = { _ in }
    ) -> AlertingConfiguration {
        var configuration = World.configuration(
            probes: probes, channels: ["chat": LineChannel(), "pager": .pager],
            steps: [
                PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(60), notify: ["pager"]),
            ], labels: labels)
        change(&configuration)
        return configuration
    }

    // MARK: Silences

    @Test("a silenced alert tells nobody, and is told at once when the silence ends")
    func toldAtTheEnd() {
        var world = World(Self.configuration())
        world.add(Self.silence(until: 600))
        world.fail()
        #expect(world.state.alert("api")?.suppression?.kind == .silence)
        world.pass(.seconds(599))
        #expect(world.received == [])
        world.pass(.seconds(1))
        #expect(world.received == ["600s chat: trigger api failing critical page 1 firing 1"])
        #expect(
            world.records.contains {
                $0.hasPrefix("api/failing is held back (silence): silence 01S by ada until ") && $0.hasSuffix(": deploy")
            })
        #expect(world.records.contains("silence 01S is over"))
    }

    @Test("a silenced alert that recovers was never told, and its record says so")
    func recoversSilently() {
        var world = World(Self.configuration())
        world.add(Self.silence(until: 600))
        world.fail()
        world.ok()
        world.pass(.seconds(700))
        #expect(world.received == [])
        #expect(world.records.contains("api/failing ended while held back (silence): nobody was told"))
    }

    @Test("the resolve of somebody told goes out although a silence holds the problem, and the next failure pages after it")
    func resolveWhileSilenced() {
        var world = World(Self.configuration())
        world.fail()
        world.add(Self.silence(until: 600))
        world.pass(.seconds(100))
        world.ok()
        #expect(
            world.received == [
                "0s chat: trigger api failing critical page 1 firing 1",
                "100s chat: resolve api failing critical page 1 firing 0",
            ])
        world.fail()
        world.pass(.seconds(500))
        #expect(world.received.last == "600s chat: trigger api failing critical page 1 firing 1")
        #expect(world.received.count == 3)
    }

    @Test("a silence stops the steps that were to come; after it those told hear nothing again and the next step runs")
    func stepsWait() {
        var world = World(Self.configuration())
        world.fail()
        world.add(Self.silence(until: 600))
        world.pass(.seconds(599))
        #expect(world.received == ["0s chat: trigger api failing critical page 1 firing 1"])
        world.pass(.seconds(1))
        #expect(world.received.dropFirst() == ["600s pager: trigger api failing critical page 1 firing 1"])
    }

    @Test("a page that waits for a receiver is taken back by a silence, and made after it")
    func unsentPage() {
        var world = World(Self.configuration())
        world.answers["chat"] = [.retry("status 429", after: .seconds(30))]
        world.fail()
        // It was surely refused: nobody heard anything.
        world.add(Self.silence(until: 100))
        world.pass(.seconds(99))
        #expect(world.received == [])
        world.pass(.seconds(1))
        #expect(world.pages == ["100s chat", "100s pager"])
    }

    @Test("a silence for warnings does not hold the rise to critical")
    func levelIsALabel() {
        let slow = RuleSpec(
            name: "slow", warning: .compare(.sample("duration"), .greater, 1, unit: .seconds),
            critical: .compare(.sample("duration"), .greater, 5, unit: .seconds))
        var configuration = Self.configuration()
        configuration.probes[0].rules = [slow]
        var world = World(configuration)
        world.add(Self.silence([Matcher("level", equals: "warning")], until: 600))
        world.ok("api", duration: 2)
        #expect(world.received == [])
        world.ok("api", duration: 6)
        #expect(world.received == ["0s chat: trigger api slow critical page 1 firing 1"])
    }

    @Test("a silence until resolved ends with what it held")
    func untilResolved() {
        var world = World(Self.configuration())
        world.add(Self.silence(until: 6000, untilResolved: true))
        world.fail()
        world.pass(.seconds(60))
        world.ok()
        world.fail()
        #expect(world.received == ["60s chat: trigger api failing critical page 1 firing 1"])
        #expect(world.records.contains("silence 01S is over: what it held is resolved"))
    }

    @Test("a silence holds across a crash, and one that ended in the downtime is told of at the start")
    func crash() {
        var world = World(Self.configuration())
        world.add(Self.silence(until: 600))
        world.fail()
        world.crashAndRestart(after: .seconds(10))
        world.pass(.seconds(100))
        #expect(world.received == [])
        world.crashAndRestart(after: .seconds(1000))
        #expect(world.received == ["1110s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("an incident of two alerts is held only while both are silenced")
    func bothMembers() {
        let configuration = Self.configuration(
            probes: ["api", "web"], labels: ["api": ["site": "a"], "web": ["site": "a"]]
        ) {
            $0.routes = [RouteSpec(policy: "default", groupBy: ["site"], groupWait: .zero)]
        }
        var world = World(configuration)
        world.fail("api")
        world.add(Self.silence(until: 600))
        world.fail("web")
        world.pass(.seconds(70))
        // The alert of web is not silenced: the step of the pager runs.
        #expect(world.received.contains { $0.contains("pager: trigger") })
    }

    // MARK: Maintenance

    @Test("failures within maintenance count for nothing; what still fails after it fires afresh")
    func maintenance() {
        var configuration = Self.configuration()
        configuration.probes[0].rules = [RuleSpec(name: "failing", critical: .failed, after: After(2))]
        var world = World(configuration)
        world.fail()
        world.add(Self.silence(kind: .maintenance, until: 600))
        for _ in 0..<5 {
            world.pass(.seconds(100))
            world.fail()
        }
        #expect(world.state.alert("api")?.phase == .ok)
        world.pass(.seconds(100))
        world.fail()
        #expect(world.received == [], "one failure since the end: two are needed")
        world.fail()
        #expect(world.received == ["600s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("who was told before maintenance hears of the recovery within it, and of nothing at its end where it still fails")
    func maintenanceOfSomethingTold() {
        for recovers in [true, false] {
            var world = World(Self.configuration())
            world.fail()
            world.add(Self.silence(kind: .maintenance, from: 10, until: 50))
            world.pass(.seconds(20))
            if recovers { world.ok() } else { world.fail() }
            world.pass(.seconds(35))
            #expect(
                world.received.dropFirst() == (recovers ? ["20s chat: resolve api failing critical page 1 firing 0"] : []))
        }
    }

    @Test("a failure within maintenance ends a recovery, and the ledger has it")
    func maintenanceEndsARecovery() {
        var world = World(
            Self.configuration { $0.probes[0].rules = [RuleSpec(name: "failing", critical: .failed, recoverAfter: 2)] })
        world.fail()
        let key = AlertKey(probe: "api", rule: "failing")
        world.add(Self.silence(kind: .maintenance, until: 600))
        world.ok()
        #expect(world.alerts[key]?.phase == .recovering)
        world.fail()
        #expect(world.alerts[key]?.phase == .firing)
        #expect(world.alerts[key] == world.state.alert("api"))
    }

    @Test("what fails in maintenance and still fails after it has failed since the end: `for` counts from there")
    func maintenanceAndFor() {
        var world = World(
            Self.configuration {
                $0.probes[0].rules = [RuleSpec(name: "failing", critical: .failed, forDuration: .seconds(60))]
            })
        world.fail()
        world.add(Self.silence(kind: .maintenance, until: 600))
        world.pass(.seconds(590))
        world.fail()
        world.pass(.seconds(69))
        world.fail()
        #expect(world.received == [])
        world.pass(.seconds(1))
        world.fail()
        #expect(world.received == ["660s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a recurring window opens and closes by the zone's wall clock")
    func recurring() throws {
        // 2025-10-09 08:53:20 UTC is the start; the window is 09:00 to 09:10 UTC.
        let cron = try CronSchedule.parse("0 9 * * *").get()
        let configuration = Self.configuration {
            $0.maintenance = [
                MaintenanceWindow(
                    name: "backup", matchers: [Matcher("probe", equals: "api")],
                    plan: .recurring(cron, .seconds(600), zone: .utc))
            ]
        }
        var world = World(configuration)
        world.pass(.seconds(410))
        world.fail()
        #expect(world.received == [])
        let shown = world.state.shownProbes(now: world.now.wall) { _ in nil }[0]
        #expect(shown.state == .unknown && shown.rules[0].suppressedBy?.kind == .maintenance)
        #expect(shown.reasonText == "failed: status 503, expected 200; it does not count within maintenance")
        world.pass(.seconds(589))
        world.fail()
        #expect(world.received == [])
        world.pass(.seconds(2))
        world.fail()
        #expect(world.received == ["1001s chat: trigger api failing critical page 1 firing 1"])
        #expect(world.records.contains("maintenance backup until 2025-10-09T09:10:00Z"))
        #expect(world.records.contains("maintenance backup is over"))
    }

    // MARK: Pauses

    @Test("pausing ends what fires, those told hear it, and results count for nothing until it is taken back")
    func pause() {
        var world = World(Self.configuration())
        world.fail()
        let paused = Self.configuration { $0.pauses = [[Matcher("probe", equals: "api")]] }
        world.reload(paused)
        #expect(world.received.last == "0s chat: resolve api failing critical page 1 firing 0")
        world.fail()
        #expect(world.state.alert("api")?.suppression?.kind == .paused)
        #expect(
            world.state.shownProbes(now: world.now.wall) { _ in nil }[0].reasonText == "paused by configuration: probe=\"api\"")
        #expect(world.received.count == 2)
        world.reload(Self.configuration())
        world.fail()
        #expect(world.received.last == "0s chat: trigger api failing critical page 1 firing 1")
    }

    // MARK: Inhibition

    static func inhibiting(_ rules: [InhibitRule]) -> AlertingConfiguration {
        configuration(
            probes: ["db", "db2", "api"],
            labels: ["db": ["site": "a", "tier": "db"], "db2": ["site": "a", "tier": "db"], "api": ["site": "a"]]
        ) {
            $0.inhibitions = rules
        }
    }
    static let byDatabase = [
        InhibitRule(
            name: "db-first", source: [Matcher("tier", equals: "db")], target: [Matcher("probe", equals: "api")],
            equal: ["site"])
    ]

    @Test("any firing source inhibits; when the last one resolves, the next bad result is told")
    func anySource() {
        var world = World(Self.inhibiting(Self.byDatabase))
        world.fail("db")
        world.fail("db2")
        world.fail("api")
        #expect(world.state.alert("api")?.suppression?.kind == .inhibition)
        world.ok("db")
        #expect(world.state.alert("api")?.suppression?.by == "db2/failing")
        world.ok("db2")
        #expect(!world.received.contains { $0.contains("api") })
        #expect(world.runs.last == RunRequest(probe: "api"))
        world.pass(.seconds(1))
        world.fail("api")
        #expect(world.received.last == "1s chat: trigger api failing critical page 1 firing 1")
    }

    @Test("an inhibited alert stays inhibited across a restart with its source firing")
    func inhibitedAtStart() {
        var world = World(Self.inhibiting(Self.byDatabase))
        world.fail("db")
        world.fail("api")
        world.crashAndRestart(after: .seconds(5))
        world.fail("api")
        world.pass(.seconds(300))
        #expect(!world.received.contains { $0.contains("trigger api") })
    }

    @Test("what matches both sides is not inhibited by another that does, but by one that is a source only")
    func bothSides() {
        let rule = InhibitRule(
            name: "worst-first", source: [Matcher("level", equals: "critical")],
            target: [Matcher("site", equals: "a")], equal: ["site"])
        var world = World(Self.inhibiting([rule]))
        world.fail("db")
        world.fail("api")
        #expect(world.state.alert("api")?.suppression == nil)
        #expect(world.received.filter { $0.contains("trigger") }.count == 2)
    }

    // MARK: Dependencies

    static func dependent(_ change: (inout AlertingConfiguration) -> Void = { _ in }) -> AlertingConfiguration {
        configuration(probes: ["db", "api"]) {
            $0.probes[1].dependsOn = ["db"]
            change(&$0)
        }
    }

    @Test("a parent is looked at before its child is told: it is down, so the child is held")
    func parentFirst() {
        var world = World(Self.dependent())
        world.ok("db")
        world.pass(.seconds(10))
        world.fail("api")
        #expect(world.runs == [RunRequest(probe: "db")])
        #expect(world.state.alert("api")?.suppression?.reason == "depends on db, which is being looked at first")
        #expect(world.received == [])
        world.fail("db")
        #expect(world.received == ["10s chat: trigger db failing critical page 1 firing 1"])
        #expect(world.state.alert("api")?.suppression?.reason == "depends on db, which is down")
        world.pass(.seconds(600))
        #expect(!world.received.contains { $0.contains("api") })
    }

    @Test("a parent that is well lets its child be told at once")
    func parentIsWell() {
        var world = World(Self.dependent())
        world.fail("api")
        world.ok("db")
        #expect(world.received == ["0s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a parent that does not answer holds its child for its timeout and a second, no longer")
    func parentIsSilent() {
        var world = World(Self.dependent())
        world.fail("api")
        world.pass(.milliseconds(5999))
        #expect(world.received == [])
        world.pass(.milliseconds(1))
        #expect(world.received == ["6s chat: trigger api failing critical page 1 firing 1"])
        #expect(world.records.contains("api/failing waits no longer: db gave no result in time"))
    }

    @Test("a crash while the parent is looked at loses neither the wait nor the page")
    func crashWhileWaiting() {
        var world = World(Self.dependent())
        world.fail("api")
        world.crashAndRestart(after: .seconds(2))
        #expect(world.received == [])
        world.pass(.seconds(5))
        #expect(world.received == ["6s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("when the parent recovers, children are told only after a bad result of their own since then")
    func noFlood() {
        var world = World(Self.dependent())
        world.fail("db")
        world.fail("api")
        world.pass(.seconds(30))
        world.ok("db")
        #expect(world.runs.last == RunRequest(probe: "api"))
        world.pass(.seconds(30))
        #expect(!world.received.contains { $0.contains("api") })
        world.fail("api")
        #expect(world.received.last == "60s chat: trigger api failing critical page 1 firing 1")
    }

    @Test("a child that was told before its parent fell hears no more of the problem, but of its end")
    func toldBefore() {
        var world = World(Self.dependent())
        world.ok("db")
        world.fail("api")
        world.ok("db")
        world.pass(.seconds(10))
        world.fail("db")
        world.pass(.seconds(600))
        #expect(!world.received.contains { $0.contains("pager: trigger api") })
        world.ok("api")
        #expect(world.received.last == "610s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("a parent that fails and is not yet confirmed holds its child too")
    func unconfirmedParent() {
        let configuration = Self.dependent {
            $0.probes[0].rules = [RuleSpec(name: "failing", critical: .failed, after: After(2))]
        }
        var world = World(configuration)
        world.fail("db")
        world.fail("api")
        #expect(world.state.alert("api")?.suppression?.reason == "depends on db, which fails, too")
        world.fail("db")
        #expect(world.received == ["0s chat: trigger db failing critical page 1 firing 1"])
    }

    @Test("the first that applies is named: pause, dependency, inhibition, maintenance, silence, acknowledgement")
    func order() {
        var world = World(
            Self.inhibiting(Self.byDatabase + []).with {
                $0.probes[2].dependsOn = ["db2"]
            })
        var kinds: [SuppressionKind?] = []
        func note() { kinds.append(world.state.alert("api")?.suppression?.kind) }
        world.ok("db2")
        world.fail("api")
        world.ok("db2")
        note()
        let id = world.state.shownIncidents()[0].id
        _ = world.command(.acknowledge(incident: id))
        note()
        world.add(Self.silence(until: 10_000))
        note()
        world.add(
            Silence(
                id: "01M", kind: .maintenance, matchers: [[Matcher("probe", equals: "api")]], startsAt: World.start,
                endsAt: World.start + .seconds(10_000), author: "ada", comment: "move", createdAt: World.start))
        note()
        world.fail("db")
        note()
        world.fail("db2")
        note()
        #expect(kinds == [nil, .acknowledged, .silence, .maintenance, .inhibition, .dependency])
    }

    // MARK: Routes

    @Test("a route that says continue tells through the next one as well, each with an incident of its own")
    func continuing() {
        let configuration = Self.configuration {
            $0.policies["second"] = PolicySpec(
                name: "second", steps: [PolicySpec.Step(after: .zero, notify: ["pager"])], repeatAfter: .zero)
            $0.routes = [RouteSpec(policy: "second", continues: true), RouteSpec(policy: "default")]
        }
        var world = World(configuration)
        world.fail()
        #expect(world.state.alert("api")?.incidents.count == 2)
        #expect(world.received.sorted().count == 2)
        world.ok()
        #expect(world.received.filter { $0.contains("resolve") }.count == 2)
        #expect(world.state.shownIncidents().isEmpty)
    }
}

extension AlertingConfiguration {
    fileprivate func with(_ change: (inout AlertingConfiguration) -> Void) -> AlertingConfiguration {
        var changed = self
        change(&changed)
        return changed
    }
}

extension AlertingState {
    /// The first alert of a probe.
    func alert(_ probe: String) -> Alert? { probes[probe]?.alerts.first }
}

extension World {
    mutating func add(_ silence: Silence) {
        state.putSilence(silence, now: now.wall)
        take(state.decide(.tick, now: now))
    }

    mutating func reload(_ configuration: AlertingConfiguration) {
        take(state.reconfigure(to: configuration, now: now.wall).0)
        take(state.decide(.tick, now: now))
    }
}
