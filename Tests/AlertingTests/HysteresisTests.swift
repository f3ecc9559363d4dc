import Alerting
import Model
import Testing

/// A level is entered at its threshold and left at its clear condition.
@Suite("Hysteresis")
struct HysteresisTests {
    private static func duration(_ op: Comparison, _ limit: Double) -> Condition {
        .compare(.sample("duration"), op, limit, unit: .seconds)
    }
    private static let slow = RuleSpec(
        name: "slow", warning: duration(.greater, 2), critical: duration(.greater, 5), clearWarning: duration(.less, 1.5),
        clearCritical: duration(.less, 4))

    struct Row: Sendable, CustomTestStringConvertible {
        var sentence: String
        var runs: [Double]
        var phase: Alert.Phase
        var level: Level?
        var change: AlertChange
        var testDescription: String { sentence }
        init(_ sentence: String, _ runs: [Double], _ phase: Alert.Phase, _ level: Level?, _ change: AlertChange) {
            self.sentence = sentence
            self.runs = runs
            self.phase = phase
            self.level = level
            self.change = change
        }
    }

    @Test(
        "the last of these durations moves the alert so",
        arguments: [
            Row("between clear and threshold an alert that is ok stays ok", [1, 1.8], .ok, nil, .none),
            Row("above the threshold it fires", [1, 2.1], .firing, .warning, .fired),
            Row("between the two a warning goes on", [2.1, 1.8], .firing, .warning, .none),
            Row("the clear condition has to hold, its limit is not enough", [2.1, 1.5], .firing, .warning, .none),
            Row("below clear a warning is over", [2.1, 1.4], .ok, nil, .resolved),
            Row("between the two a critical alert stays critical", [6, 4.5], .firing, .critical, .none),
            Row("where critical is clear and warning is not, it is a warning", [6, 1.8], .firing, .warning, .deescalated),
            Row("above the threshold of warning too", [6, 3], .firing, .warning, .deescalated),
            Row("clear of both it is over", [6, 1], .ok, nil, .resolved),
            Row("a warning does not become critical between clear and threshold", [3, 4.5], .firing, .warning, .none),
            Row("once over, it takes the threshold to fire again", [6, 1, 1.9], .ok, nil, .none),
        ])
    func moves(row: Row) {
        var state = RuleState(Self.slow, every: .seconds(30))
        var alert = Alert(key: AlertKey(probe: "api", rule: "slow"), since: World.start)
        var change = AlertChange.none
        for (number, seconds) in row.runs.enumerated() {
            let at = World.start + .seconds(30 * number)
            let verdict = state.observe(
                Observation(
                    probe: "api", planned: at, started: at, elapsed: .zero,
                    measured: Measured(samples: [Model.Sample("duration", seconds)])))
            change = alert.step(verdict, rule: Self.slow, at: at)
        }
        #expect(alert.phase == row.phase)
        #expect(alert.level == row.level)
        #expect(change == row.change)
    }

    @Test("an alert that is kept says why")
    func reason() {
        var world = World(World.configuration(rules: [Self.slow]))
        world.ok(duration: 2.1)
        world.ok(duration: 1.8)
        #expect(
            world.state.alert("api")?.reason
                == "duration = 1.8s, not > 2s; warning is not cleared: duration = 1.8s, not < 1.5s")
        #expect(world.received == ["0s chat: trigger api slow warning page 1 firing 1"])
        world.ok(duration: 1.4)
        #expect(world.received.last == "0s chat: resolve api slow warning page 1 firing 0")
    }

    @Test("results between clear and threshold end no row of good ones, and a recovery starts over after one")
    func recovery() {
        var rule = Self.slow
        rule.recoverAfter = 2
        var world = World(World.configuration(rules: [rule]))
        world.ok(duration: 3)
        for duration in [1, 1.8, 1] { world.ok(duration: duration) }
        #expect(world.state.alert("api")?.phase == .recovering)
        #expect(world.received.count == 1)
        world.ok(duration: 1)
        #expect(world.received.count == 2)
    }

    @Test("what is not known clears nothing")
    func unknown() {
        let rule = RuleSpec(
            name: "failing", critical: .failed, clearCritical: .compare(.sample("rows"), .greater, 0, unit: .none))
        var world = World(World.configuration(rules: [rule]))
        world.fail()
        world.ok()
        #expect(world.state.alert("api")?.phase == .firing)
        world.observe("api", Measured(samples: [Model.Sample("rows", 1)]))
        #expect(world.state.alert("api")?.phase == .ok)
    }

    @Test("a clear condition over a window has a window of its own, also after a restart")
    func window() {
        let clear = Condition.compare(
            .aggregate(.maximum, sample: "duration", window: .seconds(120)), .less, 1, unit: .seconds)
        let rule = RuleSpec(name: "slow", critical: Self.duration(.greater, 2), clearCritical: clear)
        let configuration = World.configuration(rules: [rule])
        var world = World(configuration)
        #expect(world.state.longestWindow == .seconds(120))
        world.ok(duration: 3)
        for _ in 0..<3 {
            world.pass(.seconds(30))
            world.ok(duration: 0.5)
        }
        #expect(world.state.alert("api")?.phase == .firing)
        world.pass(.seconds(30))
        world.ok(duration: 0.5)
        #expect(world.state.alert("api")?.phase == .ok)
    }
}
