import Foundation
import Model
import Simulation

/// Runs what the options want and prints what came of it; returns whether all held.
func run(_ options: Options) -> Bool {
    let folder = Campaign.quickFolder
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let clock = ContinuousClock()
    if let seed = options.seed {
        let outcome = SeedResult.of(Plan(seed: seed, profile: options.profile), in: folder)
        guard outcome.problem == nil else { return tell(outcome, options, folder) }
        print("seed \(seed): all held; log hash \(String(outcome.logHash, radix: 16)); \(sentence(outcome.statistics))")
        return true
    }
    let start = clock.now
    let campaign = Campaign(
        profile: options.profile, seeds: options.first..<options.first + options.seeds, workers: options.workers,
        folder: folder)
    let (failure, statistics) = campaign.run()
    let seconds = (clock.now - start).seconds
    print(
        "\(sentence(statistics)) in \(Quantity.number((seconds * 10).rounded() / 10)) s: "
            + "\(Quantity.number((statistics.days / seconds).rounded())) simulated days a second")
    guard let failure else { return true }
    return tell(failure, options, folder)
}

private func sentence(_ statistics: Simulation.Statistics) -> String {
    "\(Quantity.number(statistics.days.rounded())) days, \(statistics.runs) runs of probes, \(statistics.incidents) incidents, "
        + "\(statistics.attempts) attempts, \(statistics.pages) pages, \(statistics.kills) kills"
}

/// Prints the seed, the sentence and the smallest history that still fails.
private func tell(_ failure: SeedResult, _ options: Options, _ folder: String) -> Bool {
    print("seed \(failure.seed) failed at \(failure.elapsed.short): \(failure.problem ?? "")")
    let plan = Plan(seed: failure.seed, profile: options.profile).shrunk(failsAt: failure.elapsed) { candidate in
        let outcome = SeedResult.of(candidate, in: folder)
        return outcome.problem == nil ? nil : outcome.elapsed
    }
    let small = SeedResult.of(plan, in: folder, keepsLog: true)
    print("shrunk to \(plan.entries.count) events, which fail so: \(small.problem ?? "not any more")")
    for line in small.lines { print("  \(line)") }
    print("again: make sim SEED=\(failure.seed)")
    return false
}
