import Foundation
import Model
import Simulation

/// Runs what the options want and prints what came of it; returns whether all held.
func run(_ options: Options) -> Bool {
    let folder = Campaign.quickFolder
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for scene in options.scenes {
        let profile = options.profile(of: scene)
        let isRight =
            if let seed = options.seed { run(seed, profile, options.logs, folder) } else { run(profile, options, folder) }
        guard isRight else { return false }
        fflush(nil)
    }
    return true
}

private func run(_ seed: UInt64, _ profile: Profile, _ logs: Bool, _ folder: String) -> Bool {
    let outcome = SeedResult.of(Plan(seed: seed, profile: profile), in: folder, keepsLog: logs)
    if logs {
        for line in outcome.lines { print(line) }
        return outcome.problem == nil
    }
    guard outcome.problem == nil else { return tell(outcome, profile, folder) }
    let hash = String(outcome.logHash, radix: 16)
    print("scene \(profile.scene.rawValue), seed \(seed): all held; log hash \(hash); \(sentence(outcome.statistics))")
    return true
}

private func run(_ profile: Profile, _ options: Options, _ folder: String) -> Bool {
    let clock = ContinuousClock()
    let start = clock.now
    let before = usedSeconds()
    let seeds = options.first..<options.first + options.seeds(of: profile.scene)
    let campaign = Campaign(profile: profile, seeds: seeds, workers: options.workers, folder: folder)
    let (failure, statistics) = campaign.run()
    let seconds = (clock.now - start).seconds
    let used = (usedSeconds() - before) / max(statistics.days, 1e-9)
    func rounded(_ value: Double, _ parts: Double) -> String { Quantity.number((value * parts).rounded() / parts) }
    print(
        "scene \(profile.scene.rawValue), seeds \(seeds.lowerBound) to \(seeds.upperBound - 1): \(sentence(statistics)) "
            + "in \(rounded(seconds, 10)) s: \(rounded(statistics.days / seconds, 10)) simulated days a second, "
            + "\(rounded(used, 1000)) CPU-seconds a day")
    guard let failure else { return true }
    return tell(failure, profile, folder)
}

private func sentence(_ statistics: Simulation.Statistics) -> String {
    "\(Quantity.number(statistics.days.rounded())) days, \(statistics.runs) runs of probes, \(statistics.incidents) incidents, "
        + "\(statistics.attempts) attempts, \(statistics.pages) pages, \(statistics.commits) commits, \(statistics.kills) kills"
}

/// Prints the seed, the sentence and the smallest history that still fails.
private func tell(_ failure: SeedResult, _ profile: Profile, _ folder: String) -> Bool {
    let scene = profile.scene.rawValue
    print("seed \(failure.seed) of scene \(scene) failed at \(failure.elapsed.short): \(failure.problem ?? "")")
    let plan = Plan(seed: failure.seed, profile: profile).shrunk(failsAt: failure.elapsed) { candidate in
        let outcome = SeedResult.of(candidate, in: folder)
        return outcome.problem == nil ? nil : outcome.elapsed
    }
    let small = SeedResult.of(plan, in: folder, keepsLog: true)
    print("shrunk to \(plan.entries.count) events, which fail so: \(small.problem ?? "not any more")")
    for line in small.lines { print("  \(line)") }
    print("again: make sim SEED=\(failure.seed)")
    return false
}
