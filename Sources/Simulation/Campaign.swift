import Foundation
import Synchronization

/// One seed, run to its end.
package struct SeedResult: Sendable {
    package var seed: UInt64
    package var problem: String?
    package var logHash: UInt64
    package var lines: [String]
    /// When the problem was seen, or the end.
    package var elapsed: Duration
    package var statistics: Simulation.Statistics
}

extension SeedResult {
    /// Runs a plan in a folder of its own below `folder`.
    package static func of(_ plan: Plan, in folder: String, keepsLog: Bool = false) -> SeedResult {
        let place = "\(folder)/\(plan.seed)-\(UUID().uuidString)"
        do {
            var simulation = try Simulation(plan: plan, folder: place, keepsLog: keepsLog)
            do {
                try simulation.run()
            } catch {
                simulation.problem("\(error)")
            }
            if FileManager.default.fileExists(atPath: place) { try FileManager.default.removeItem(atPath: place) }
            return SeedResult(
                seed: plan.seed, problem: simulation.problems.first, logHash: simulation.logHash, lines: simulation.lines,
                elapsed: simulation.elapsed, statistics: simulation.statistics)
        } catch {
            return SeedResult(
                seed: plan.seed, problem: "the simulation cannot run in \(place): \(error)", logHash: 0, lines: [],
                elapsed: .zero, statistics: Simulation.Statistics())
        }
    }
}

/// Many seeds on several threads, until one fails.
package struct Campaign: Sendable {
    package var profile: Profile
    package var seeds: Range<UInt64>
    package var workers: Int
    package var folder: String
    package init(profile: Profile, seeds: Range<UInt64>, workers: Int, folder: String) {
        self.profile = profile
        self.seeds = seeds
        self.workers = workers
        self.folder = folder
    }

    /// tmpfs where there is one: what is simulated is the loss of a process, not of power.
    package static var quickFolder: String {
        let shared = "/dev/shm"
        return FileManager.default.isWritableFile(atPath: shared)
            ? "\(shared)/monitord-sim-\(ProcessInfo.processInfo.processIdentifier)"
            : NSTemporaryDirectory() + "monitord-sim-\(ProcessInfo.processInfo.processIdentifier)"
    }

    private struct Progress {
        var next: UInt64
        var statistics = Simulation.Statistics()
        var failure: SeedResult?
    }

    /// Returns the first failure, if any, and what was simulated. `report` is called after each seed, from any thread.
    package func run(
        report: @escaping @Sendable (Simulation.Statistics) -> Void = { _ in }
    ) -> (failure: SeedResult?, statistics: Simulation.Statistics) {
        let progress = Mutex(Progress(next: seeds.lowerBound))
        let done = DispatchGroup()
        for _ in 0..<workers {
            let thread = Thread {
                while let seed = progress.withLock({ progress -> UInt64? in
                    guard progress.failure == nil, progress.next < seeds.upperBound else { return nil }
                    defer { progress.next += 1 }
                    return progress.next
                }) {
                    let outcome = SeedResult.of(Plan(seed: seed, profile: profile), in: folder)
                    report(
                        progress.withLock { progress in
                            progress.statistics += outcome.statistics
                            if outcome.problem != nil, progress.failure == nil { progress.failure = outcome }
                            return progress.statistics
                        })
                }
                done.leave()
            }
            thread.stackSize = 8 << 20
            done.enter()
            thread.start()
        }
        done.wait()
        return progress.withLock { ($0.failure, $0.statistics) }
    }
}
