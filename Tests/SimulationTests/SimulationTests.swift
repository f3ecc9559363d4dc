import Model
import Simulation
import Support
import Testing

@Suite("Simulated days")
struct SimulationTests {
    private static func failure(_ seed: UInt64, _ profile: Profile) throws -> String? {
        let folder = try TemporaryFolder()
        let outcome = SeedResult.of(Plan(seed: seed, profile: profile), in: folder.path)
        return outcome.problem.map { "scene \(profile.scene.rawValue), seed \(seed): \($0)" }
    }

    @Test("a day of trouble in twenty minutes: every invariant holds", arguments: Scene.allCases, UInt64(1)...12)
    func dense(scene: Scene, seed: UInt64) throws {
        if let failure = try Self.failure(seed, .dense.on(scene)) { Issue.record("\(failure)") }
    }

    @Test("the same seed gives the same history", arguments: Scene.allCases, UInt64(1)...2)
    func repeats(scene: Scene, seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let hashes = [0, 1].map { _ in
            SeedResult.of(Plan(seed: seed, profile: .dense.on(scene)), in: folder.path).logHash
        }
        #expect(hashes[0] == hashes[1], "scene \(scene.rawValue), seed \(seed)")
        #expect(hashes[0] != 0)
    }

    @Test("a plan that fails is cut down to what makes it fail")
    func shrinks() {
        let plan = Plan(seed: 4, profile: .dense)
        let wanted = plan.entries[plan.entries.count / 2]
        let small = plan.shrunk(failsAt: plan.profile.length) { $0.entries.contains(wanted) ? wanted.at : nil }
        #expect(plan.entries.count > 20)
        #expect(small.entries == [wanted])
    }
}
