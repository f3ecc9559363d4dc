import Model
import Testing

@testable import Alerting

@Suite("What an alert remembers of results is stored for as long as it counts")
struct MemoryTests {
    /// After a bad result, how many good ones were stored.
    private static func stored(after: After, goods: Int) -> [Bool] {
        var configuration = World.configuration(rules: [RuleSpec(name: "slow", critical: .failed, after: after)])
        configuration.probes[0].rules[0].flapping = nil
        var world = World(configuration)
        func observe(_ measured: Measured) -> Bool {
            world.now = world.now + .seconds(30)
            let observation = Observation(
                probe: "api", planned: world.now.wall, started: world.now.wall, elapsed: .zero, measured: measured)
            let decision = world.state.decide(.observed(observation), now: world.now)
            world.take(decision)
            return !decision.alerts.isEmpty
        }
        for _ in 0..<after.count { _ = observe(.failed(.status, "status 503")) }
        let stored = (0..<goods).map { _ in observe(Measured(samples: [])) }
        guard !after.isConsecutive else { return stored }
        // What a restart reads is what memory knows, as far as the rule looks.
        let mask: UInt64 = after.outOf >= 64 ? .max : (1 << UInt64(after.outOf)) - 1
        let inMemory = world.state.alert(AlertKey(probe: "api", rule: "slow"))!
        #expect(world.alerts.values.map { $0.badBits & mask } == [inMemory.badBits & mask])
        return stored
    }

    @Test("as far as N of M looks, and once more when the last bad result is out of sight")
    func window() {
        #expect(Self.stored(after: After(2, of: 5), goods: 9) == [true, true, true, true, true, false, false, false, false])
        #expect(Self.stored(after: After(1, of: 2), goods: 4) == [true, true, false, false])
    }

    @Test("sixty-four results are the whole memory")
    func whole() {
        let stored = Self.stored(after: After(3, of: 64), goods: 70)
        #expect(stored == (1...70).map { $0 <= 64 })
    }

    @Test("where results in a row count a good one ends it")
    func consecutive() {
        #expect(Self.stored(after: After(3), goods: 3) == [true, false, false])
    }
}
