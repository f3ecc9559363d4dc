import Alerting
import Glibc
package import Model

/// What a simulation does to the daemon, and when. A seed makes one; dropping entries from it gives a smaller one, which is how a
/// failure is made readable.
package struct Plan: Sendable {
    package struct Entry: Sendable, Hashable {
        /// True time since the start.
        package var at: Duration
        package var act: Act
    }

    package enum Act: Sendable, Hashable {
        /// A probed service changes.
        case service(String, ServiceHealth)
        /// The way to a receiver changes.
        case network(String, NetworkHealth)
        /// An operator looks at the open incidents; `pick` chooses one of them.
        case acknowledge(pick: Int, lasts: Duration?)
        case unacknowledge(pick: Int)
        case resolve(pick: Int)
        /// An operator holds the messages of a service back.
        case silence(String, Silence.Kind, lasts: Duration, untilResolved: Bool)
        /// An operator ends a silence before its time.
        case endSilence(pick: Int)
        /// Somebody stands in for whoever is on call.
        case standIn(String, lasts: Duration)
        case reload(variant: Int)
        /// The process is killed at the next such moment, and is started again after `downtime`, perhaps with other configuration.
        case kill(KillPoint, downtime: Duration, variant: Int?)
        /// The next commits fail.
        case failCommits(Int)
        case setClock(Duration)
        case suspend(Duration)
        /// A copy of the daemon is started from the ledger as it is now; nothing comes in.
        case rehearseRestart
    }

    /// Where a kill finds the process.
    package enum KillPoint: String, Sendable, Hashable, CaseIterable {
        case atOnce, beforeCommit, duringCommit, afterCommit, betweenEffects
    }

    package var seed: UInt64
    package var profile: Profile
    /// What the wall clock shows at first.
    package var startsAt: Timestamp
    package var entries: [Entry]
}

/// Where, how long, and how densely things happen.
package struct Profile: Sendable, Hashable {
    package var scene: Scene = .plain
    /// Then the receivers and the services stay as they are until nothing is left to send.
    package var length: Duration
    /// The interval of the probes.
    package var every: Duration
    /// Mean times between troubles are those of a bad week, divided by this.
    package var density: Double
    /// Mean times that a trouble lasts are those of a bad week, divided by this.
    package var haste: Double

    /// Probes at five minutes for five days.
    package static let days = Profile(length: .seconds(5 * 86_400), every: .seconds(300), density: 0.4, haste: 1)
    /// Probes at thirty seconds and as much trouble in twenty minutes as otherwise in a day.
    package static let dense = Profile(length: .seconds(1200), every: .seconds(30), density: 60, haste: 60)

    package func on(_ scene: Scene) -> Profile {
        var profile = self
        profile.scene = scene
        return profile
    }
}

extension Plan {
    package init(seed: UInt64, profile: Profile) {
        let starts = profile.scene.starts(profile.length)
        self.init(seed: seed, profile: profile, startsAt: starts[Int(seed % UInt64(starts.count))], entries: [])
        var random = SeededGenerator(seed: seed &* 0x2545_F491_4F6C_DD1D &+ 1)
        let hour = Duration.seconds(3600)
        for probe in profile.scene.probeNames {
            scatter(every: hour * 8, &random) { plan, at, random in
                plan.add(at, .service(probe, ServiceHealth.allCases.filter { $0 != .well }.randomElement(using: &random)!))
                if Int.random(in: 0..<10, using: &random) < 9 {
                    plan.add(at + plan.time(mean: .seconds(2400), &random), .service(probe, .well))
                }
            }
        }
        for channel in profile.scene.channelNames {
            scatter(every: hour * 10, &random) { plan, at, random in
                plan.add(at, .network(channel, NetworkHealth.allCases.filter { $0 != .well }.randomElement(using: &random)!))
                plan.add(at + plan.time(mean: .seconds(1800), &random), .network(channel, .well))
            }
        }
        scatter(every: hour, &random) { plan, at, random in
            let pick = Int.random(in: 0..<100, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let lasts = Bool.random(using: &random) ? plan.time(mean: hour, &random) + .seconds(1) : nil
                plan.add(at, .acknowledge(pick: pick, lasts: lasts))
            case 5..<7: plan.add(at, .unacknowledge(pick: pick))
            default: plan.add(at, .resolve(pick: pick))
            }
        }
        scatter(every: hour * 6, &random) { plan, at, random in
            let probe = profile.scene.probeNames.randomElement(using: &random)!
            let kind: Silence.Kind = Int.random(in: 0..<4, using: &random) == 0 ? .maintenance : .silence
            let lasts = plan.time(mean: hour * 2, &random) + .seconds(1)
            plan.add(at, .silence(probe, kind, lasts: lasts, untilResolved: Int.random(in: 0..<4, using: &random) == 0))
            if Int.random(in: 0..<3, using: &random) == 0 {
                plan.add(at + plan.time(mean: hour, &random), .endSilence(pick: Int.random(in: 0..<100, using: &random)))
            }
        }
        scatter(every: hour * 12, &random) { plan, at, random in
            plan.add(at, .reload(variant: Int.random(in: 0..<profile.scene.variants, using: &random)))
        }
        scatter(every: hour * 6, &random) { plan, at, random in
            let downtime = plan.time(mean: .seconds(Int.random(in: 0..<10, using: &random) == 0 ? 7200 : 20), &random)
            let variant =
                Int.random(in: 0..<10, using: &random) < 2 ? Int.random(in: 0..<profile.scene.variants, using: &random) : nil
            plan.add(at, .kill(KillPoint.allCases.randomElement(using: &random)!, downtime: downtime, variant: variant))
        }
        scatter(every: hour * 24, &random) { plan, at, random in
            plan.add(at, .failCommits(Int.random(in: 1...12, using: &random)))
        }
        scatter(every: hour * 24, &random) { plan, at, random in
            let step = Duration.seconds(Int.random(in: 31...4000, using: &random))
            plan.add(at, .setClock(Bool.random(using: &random) ? step : .zero - step))
        }
        scatter(every: hour * 24, &random) { plan, at, random in
            plan.add(at, .suspend(plan.time(mean: .seconds(1800), &random) + .seconds(31)))
        }
        scatter(every: hour * 6, &random) { plan, at, _ in plan.add(at, .rehearseRestart) }
        if profile.scene == .whole {
            scatter(every: hour * 24, &random) { plan, at, random in
                plan.add(at, .standIn(Duty.names.randomElement(using: &random)!, lasts: plan.time(mean: hour * 5, &random)))
            }
        }
        let order = entries.indices.sorted { (entries[$0].at, $0) < (entries[$1].at, $1) }
        entries = order.map { entries[$0] }
    }

    private mutating func add(_ at: Duration, _ act: Act) {
        if at < profile.length { entries.append(Entry(at: at, act: act)) }
    }

    /// Calls `body` at times whose gaps have the mean `gap`, divided by the density.
    private mutating func scatter(
        every gap: Duration, _ random: inout SeededGenerator, _ body: (inout Plan, Duration, inout SeededGenerator) -> Void
    ) {
        var at = self.random(mean: gap, profile.density, &random)
        while at < profile.length {
            body(&self, at, &random)
            at += self.random(mean: gap, profile.density, &random)
        }
    }

    /// How long a trouble lasts.
    private func time(mean: Duration, _ random: inout SeededGenerator) -> Duration {
        self.random(mean: mean, profile.haste, &random)
    }

    /// Exponentially distributed; at least a microsecond.
    private func random(mean: Duration, _ divisor: Double, _ random: inout SeededGenerator) -> Duration {
        let share = -log(Double.random(in: 1e-6...1, using: &random))
        return .microseconds(1 + Int64(Double(mean.microseconds) / divisor * share))
    }
}
