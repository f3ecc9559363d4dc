import Model
import Testing

@testable import Alerting

/// An alert that changes all the time: what is told, and what waits until it settles.
@Suite("Flapping")
struct FlappingTests {
    // MARK: The percentage

    struct Vector: Sendable, CustomTestStringConvertible {
        var sentence: String
        /// Oldest first: g is good, w warning, c critical.
        var results: String
        var percent: Double
        var testDescription: String { sentence }
        init(_ sentence: String, _ results: String, _ percent: Double) {
            self.sentence = sentence
            self.results = results
            self.percent = percent
        }
        /// Of twenty-one results, between which those changes lie: 1 is the oldest, 20 the newest.
        init(_ sentence: String, changes: some Sequence<Int>, _ percent: Double) {
            var results = "g"
            for number in 1...20 {
                let before = results.last!
                results.append(changes.contains(number) ? (before == "g" ? "c" : "g") : before)
            }
            self.init(sentence, results, percent)
        }
    }

    private static func alert(_ results: String) -> Alert {
        var alert = Alert(key: AlertKey(probe: "api", rule: "failing"), since: World.start)
        for result in results {
            alert.badBits = alert.badBits << 1 | (result == "g" ? 0 : 1)
            alert.criticalBits = alert.criticalBits << 1 | (result == "c" ? 1 : 0)
            alert.known = min(alert.known + 1, After.maximum)
        }
        return alert
    }

    @Test(
        "the percentage is that of the golden vectors",
        arguments: [
            Vector("every result differs from the one before", changes: 1...20, 100),
            Vector("only the oldest change", changes: [1], 3.75),
            Vector("only the newest change", changes: [20], 6.25),
            Vector("the last four changes", changes: 17...20, 24.2105),
            Vector("the last five changes", changes: 16...20, 29.9342),
            Vector("the last six changes", changes: 15...20, 35.5263),
            Vector("every second, the newest among them", changes: stride(from: 2, through: 20, by: 2), 50.6579),
            Vector("every third", changes: stride(from: 3, through: 18, by: 3), 30),
            Vector("six changes, and fifteen results without one", changes: 0...5, 20.0658),
            Vector("six changes, and sixteen results without one", changes: 0...4, 15.7895),
            Vector("no change", changes: [], 0),
            Vector("no result", "", 0),
            Vector("one result", "c", 0),
            Vector("two results: the others, which are not there, did not change", "gc", 6.25),
            Vector("between warning and critical a change counts half", "wcwcwcwcwcwcwcwcwcwcw", 50),
            Vector("from good to critical is one change", "ggc", 6.25),
            Vector("what is older than twenty-one results counts no more", "gcgcgcgc" + String(repeating: "c", count: 21), 0),
        ])
    func percentage(vector: Vector) {
        #expect(abs(Self.alert(vector.results).flapPercent - vector.percent) < 0.00005)
    }

    @Test("it begins at the upper limit and ends at the lower one; between them it stays as it is")
    func limits() {
        var alert = Self.alert(Vector("", changes: 16...20, 0).results)
        #expect(alert.flap(FlapLimits(), after: .none) == nil)
        alert = Self.alert(Vector("", changes: stride(from: 3, through: 18, by: 3), 0).results)
        #expect(alert.flap(FlapLimits(), after: .none) == .began(30))
        #expect(alert.isFlapping)
        #expect(alert.flap(FlapLimits(), after: .none) == nil)
        var settled = Self.alert(Vector("", changes: 0...5, 0).results)
        settled.isFlapping = true
        #expect(settled.flap(FlapLimits(), after: .none) == nil)
        #expect(settled.flap(FlapLimits(start: 30, stop: 20.1), after: .none) != nil)
        #expect(!settled.isFlapping)
    }

    // MARK: What people hear

    /// A result every thirty seconds: `.` is good, `x` failed.
    private static func play(_ results: String, in world: inout World, crashAfter: Int? = nil) {
        for (number, result) in results.enumerated() {
            if result == "." { world.ok() } else { world.fail() }
            if number == crashAfter { world.crashAndRestart() }
            world.pass(.seconds(30))
        }
    }
    private static let untilItFlaps = ".x.x.x."
    private static let heardBefore = [
        "30s chat: trigger api failing critical page 1 firing 1",
        "60s chat: resolve api failing critical page 1 firing 0",
        "90s chat: trigger api failing critical page 1 firing 1",
        "120s chat: resolve api failing critical page 1 firing 0",
        "150s chat: trigger api failing critical page 1 firing 1",
        "180s chat: update api failing critical page 1 firing 1",
    ]

    @Test("an alert that flaps is told once to do so; its end is told once, when it has settled")
    func settlesGood() {
        var world = World(World.configuration())
        Self.play(Self.untilItFlaps, in: &world)
        #expect(world.received == Self.heardBefore)
        #expect(world.state.alert("api")?.phase == .ok)
        Self.play("x.x.x.x." + String(repeating: ".", count: 15), in: &world)
        #expect(world.received == Self.heardBefore)
        #expect(world.state.shownIncidents().count == 1)
        Self.play("..", in: &world)
        #expect(
            world.received.dropFirst(Self.heardBefore.count).map { $0.drop { $0 != " " } } == [
                " chat: resolve api failing critical page 1 firing 0"
            ])
        #expect(world.state.shownIncidents().isEmpty)
        #expect(
            world.records.contains("api/failing flaps: 35.5% of its last 21 results changed, 30% is the limit"))
        #expect(world.records.contains("api/failing flaps: its end is held until it settles"))
        #expect(world.records.contains { $0.hasPrefix("api/failing has settled: ") })
    }

    @Test("one that settles as failing goes on without a word, and its end is told as ever")
    func settlesBad() {
        var world = World(World.configuration())
        Self.play(Self.untilItFlaps + String(repeating: "x", count: 25), in: &world)
        #expect(world.received == Self.heardBefore)
        #expect(world.state.alert("api")?.isFlapping == false)
        Self.play(".", in: &world)
        #expect(world.received.count == Self.heardBefore.count + 1)
        #expect(world.received.last?.hasSuffix("chat: resolve api failing critical page 1 firing 0") == true)
    }

    @Test("a crash at any point loses no held end and tells nothing twice", arguments: 1..<32)
    func crash(after: Int) {
        let results = Self.untilItFlaps + "x.x" + String(repeating: ".", count: 22)
        var calm = World(World.configuration())
        Self.play(results, in: &calm)
        var world = World(World.configuration())
        Self.play(results, in: &world, crashAfter: after)
        // A result that changes nothing is not stored where nothing flaps, so that it may settle at another time.
        #expect(world.received.map { $0.drop { $0 != " " } } == calm.received.map { $0.drop { $0 != " " } })
        #expect(world.state.shownIncidents().isEmpty)
    }

    @Test("with flapping off every change is told")
    func off() {
        var rule = RuleSpec.failing
        rule.flapping = nil
        var world = World(World.configuration(rules: [rule]))
        Self.play(Self.untilItFlaps + "x.x.", in: &world)
        #expect(world.received.count == 10)
    }

    @Test("a reload that turns it off ends what was held, at the next result")
    func turnedOff() {
        var world = World(World.configuration())
        Self.play(Self.untilItFlaps, in: &world)
        var rule = RuleSpec.failing
        rule.flapping = nil
        world.reload(World.configuration(rules: [rule]))
        Self.play(".", in: &world)
        #expect(world.received.last == "210s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("a probe that is removed while its end is held is over for those told")
    func removed() {
        var world = World(World.configuration(probes: ["api", "db"]))
        Self.play(Self.untilItFlaps, in: &world)
        world.reload(World.configuration(probes: ["db"]))
        #expect(world.received.last == "210s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("what flaps before anybody knows of it is told when it fires")
    func firstTrigger() {
        let rule = RuleSpec(name: "failing", critical: .failed, after: After(3))
        var world = World(World.configuration(rules: [rule]))
        Self.play(".x.x.x.x", in: &world)
        #expect(world.state.alert("api")?.isFlapping == true)
        #expect(world.received.isEmpty)
        Self.play("xx", in: &world)
        #expect(world.received == ["270s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a rise of the level is told although it flaps, once; a fall waits until it settles")
    func rise() {
        let limit = { (seconds: Double) in Condition.compare(.sample("duration"), .greater, seconds, unit: .seconds) }
        let rule = RuleSpec(name: "slow", warning: limit(2), critical: limit(5))
        var world = World(World.configuration(rules: [rule]))
        func play(_ durations: [Double]) {
            for duration in durations {
                world.ok(duration: duration)
                world.pass(.seconds(30))
            }
        }
        play([1, 3, 1, 3, 1, 3, 1])
        #expect(world.state.alert("api")?.isFlapping == true)
        let before = world.received.count
        play([6, 3, 6, 1, 6])
        #expect(world.received.dropFirst(before) == ["210s chat: trigger api slow critical page 2 firing 1"])
        play([Double](repeating: 3, count: 25))
        #expect(world.state.alert("api")?.isFlapping == false)
        #expect(world.state.shownIncidents().map(\.level) == [.warning])
        world.pass(.seconds(300))
        #expect(
            world.received.dropFirst(before + 1).map { $0.drop { $0 != " " } } == [
                " chat: update api slow warning page 2 firing 1"
            ])
    }

    @Test("steps whose turn comes run, and a critical one is repeated, though its alert is good at that moment")
    func steps() {
        let steps = [
            PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(60), notify: ["pager"]),
        ]
        var world = World(
            World.configuration(
                channels: ["chat": LineChannel(), "pager": .pager], steps: steps, repeatAfter: .seconds(600)))
        Self.play(Self.untilItFlaps, in: &world)
        #expect(world.received.last == "210s pager: trigger api failing critical page 1 firing 1")
        world.pass(.seconds(600))
        #expect(world.received.suffix(1) == ["810s chat: trigger api failing critical page 1 firing 1"])
    }

    @Test("a warning that flaps is not repeated to those who know")
    func repeats() {
        var rule = RuleSpec(name: "failing", warning: .failed)
        var world = World(World.configuration(rules: [rule], repeatAfter: .seconds(600)))
        Self.play(Self.untilItFlaps, in: &world)
        let before = world.received.count
        world.pass(.seconds(3600))
        #expect(world.received.count == before)
        rule.flapping = nil
        world.reload(World.configuration(rules: [rule], repeatAfter: .seconds(600)))
        world.fail()
        world.pass(.seconds(1200))
        #expect(world.received.count > before)
    }

    @Test("after an operator ended its incident, an alert that fires again is told")
    func endedByOperator() {
        var world = World(World.configuration())
        Self.play(Self.untilItFlaps, in: &world)
        let incident = world.state.shownIncidents()[0].id
        #expect(world.command(.resolve(incident: incident))?.status == .done)
        let before = world.received.count
        Self.play("x", in: &world)
        #expect(world.received.dropFirst(before) == ["210s chat: trigger api failing critical page 1 firing 1"])
    }

    // MARK: An end that was not told yet

    /// The chat wants a minute of peace, so that the end of api waits.
    private static func endThatWaits() -> World {
        var world = World(World.configuration(probes: ["api", "db"]))
        world.fail()
        world.answers["chat"] = [.retry("status 429", after: .seconds(60))]
        world.fail("db")
        world.ok()
        return world
    }

    @Test("what fires again before its end was told goes on in the same incident, without a word")
    func takenUp() {
        var world = Self.endThatWaits()
        world.pass(.seconds(30))
        world.fail()
        world.pass(.seconds(60))
        #expect(
            world.received.map { $0.drop { $0 != " " } } == [
                " chat: trigger api failing critical page 1 firing 1", " chat: trigger db failing critical page 1 firing 1",
            ])
        #expect(world.incidents.count == 2)
        #expect(world.records.contains("goes on: api/failing fires again, and nobody was told of the end"))
        world.ok()
        #expect(world.received.last == "90s chat: resolve api failing critical page 1 firing 0")
    }

    @Test("the same after a crash: what the receiver wished is stored")
    func takenUpAfterCrash() {
        var world = Self.endThatWaits()
        world.hanging = ["chat"]
        world.crashAndRestart()
        world.fail()
        #expect(world.incidents.count == 2)
    }

    @Test("what fires again after an attempt to tell its end is a new incident")
    func notTakenUp() {
        var world = World(World.configuration())
        world.fail()
        world.answers["chat"] = [.retry("status 503", after: nil)]
        world.ok()
        world.fail()
        world.pass(.seconds(60))
        #expect(world.incidents.count == 2)
        #expect(world.received.filter { $0.contains("trigger") }.count == 2)
        #expect(world.received.filter { $0.contains("resolve") }.count == 1)
    }

    @Test("a silence that begins while the end of an alert is held holds the steps too, and gives them back when it ends")
    func silencedWhileItsEndIsHeld() {
        var rule = RuleSpec.failing
        rule.flapping = FlapLimits(start: 10, stop: 5)
        var world = World(
            World.configuration(
                rules: [rule], channels: ["chat": LineChannel(), "pager": .pager],
                steps: [
                    PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(60), notify: ["pager"]),
                ]))
        world.fail()
        world.ok()
        world.fail()
        world.ok()
        #expect(world.records.contains("api/failing flaps: its end is held until it settles"))
        world.add(SuppressionTests.silence(until: 600))
        world.pass(.seconds(300))
        world.fail()
        world.pass(.seconds(299))
        #expect(!world.received.contains { $0.contains("pager") })
        world.pass(.seconds(1))
        #expect(world.received.last == "600s pager: trigger api failing critical page 1 firing 1")
    }
}
