import Alerting
import Ledger
import Model
import Support
import Testing

@testable import Engine

/// A state lives through random runs and commands over a real ledger; then each moment is rebuilt from the ledger alone.
@Suite("The status of a time that is past") struct PastStatusTests {
    private static let start = Timestamp(seconds: 1_774_747_800)

    private static var configuration: AlertingConfiguration {
        func over(_ limit: Double) -> Condition { .compare(.sample(Sample.duration), .greater, limit, unit: .seconds) }
        func p50(_ limit: Double) -> Condition {
            .compare(.aggregate(.quantile(0.5), sample: Sample.duration, window: .seconds(60)), .greater, limit, unit: .seconds)
        }
        func probe(_ name: String, _ rules: [RuleSpec]) -> ProbeSpec {
            ProbeSpec(
                name: name, kind: "http", address: "http://127.0.0.1/\(name)", every: .seconds(10), timeout: .seconds(9),
                labels: ["service": name], rules: rules)
        }
        let policy = PolicySpec(name: "page", steps: [.init(after: .zero, notify: ["pager"])])
        return AlertingConfiguration(
            node: "test-1",
            probes: [
                probe(
                    "api",
                    [
                        RuleSpec(name: "slow", warning: over(1), critical: over(3), after: After(2)),
                        RuleSpec(name: "failing", critical: .failed, forDuration: .seconds(20), recoverAfter: 2),
                        RuleSpec(name: "half", warning: p50(1), critical: p50(3), after: After(2, of: 3), minSamples: 3),
                    ]),
                probe("db", [.failing]),
            ],
            policies: ["page": policy], routes: [RouteSpec(policy: "page", groupBy: ["service"], groupWait: .zero)])
    }

    /// What is compared: all that the time itself decided.
    private struct Seen: Hashable {
        var probes: [String]
        var incidents: [String]

        init(_ probes: [Snapshot.Probe], _ incidents: [Snapshot.Incident]) {
            self.probes = probes.map { probe in
                let rules = probe.rules.map { rule in
                    "\(rule.name) \(rule.state) \(rule.value ?? -1) \(rule.n ?? -1) \(rule.reason)"
                }
                let last = probe.last.map { "\($0.time) \($0.outcome)" } ?? "never ran"
                return "\(probe.name) \(probe.state), \(last), p95 \(probe.p95Seconds ?? -1) of \(probe.p95N): \(rules)"
            }
            self.incidents = incidents.map { "\($0.id) \($0.state) \($0.level) by \($0.ackedBy ?? "nobody"): \($0.probes)" }
        }
    }

    private struct World {
        let path: String
        let ledger: Ledger
        var state: AlertingState
        var now = PastStatusTests.start
        var moment: Moment { Moment(wall: now, uptime: Uptime(nanoseconds: 0) + (now - PastStatusTests.start)) }

        init(_ folder: TemporaryFolder) throws {
            path = folder.file("m.db")
            var options = Ledger.Options()
            options.reserveBytes = 0
            ledger = try Ledger.open(path: path, now: now, options: options)
            state = AlertingState(configuration: PastStatusTests.configuration, stored: Stored(), seed: 1, now: now)
        }

        mutating func take(_ event: Event) throws { try ledger.commit(state.decide(event, now: moment)) }

        mutating func restart() throws {
            let stored = try ledger.load(now: now)
            state = AlertingState(configuration: PastStatusTests.configuration, stored: stored, seed: 2, now: now)
            try LedgerReader(path: path).replay(since: .distantPast) { state.replay($0) }
            try ledger.commit(state.start(now: now))
        }

        var seen: Seen { Seen(state.shownProbes(now: now) { _ in nil }, state.shownIncidents()) }
    }

    private static func run(_ probe: String, at now: Timestamp, _ kind: Int) -> Observation {
        let measured =
            switch kind {
            case 0...3: Measured(samples: [Sample(Sample.duration, 0.5)])
            case 4, 5: Measured(samples: [Sample(Sample.duration, 2)])
            case 6: Measured(samples: [Sample(Sample.duration, 5)])
            case 7: Measured.failed(.saturated, "no worker is free")
            default: Measured.failed(.status, "status 503")
            }
        return Observation(probe: probe, planned: now, started: now, elapsed: .zero, measured: measured)
    }

    @Test("is what status showed then, at each moment of a random history", arguments: UInt64(1)...6)
    func asItWas(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        var world = try World(folder)
        var kinds = ["api": 0, "db": 0]
        var moments: [(at: Timestamp, seen: Seen)] = []
        for _ in 0..<150 {
            world.now = world.now + .seconds(10)
            try world.take(.tick)
            for probe in ["api", "db"] {
                // What is, stays for a while: else nothing would ever fire.
                if Int.random(in: 0..<3, using: &random) == 0 { kinds[probe] = Int.random(in: 0..<10, using: &random) }
                try world.take(.observed(Self.run(probe, at: world.now, kinds[probe] ?? 0)))
            }
            if let incident = world.state.shownIncidents().randomElement(using: &random) {
                let ada = Actor(uid: 1000, pid: 1, name: "ada").acting(for: nil, because: "looking: at it")
                switch Int.random(in: 0..<12, using: &random) {
                case 0, 1: try world.take(.command(.acknowledge(incident: incident.id), by: ada))
                case 2: try world.take(.command(.unacknowledge(incident: incident.id), by: ada))
                case 3: try world.take(.command(.resolve(incident: incident.id), by: ada))
                default: break
                }
            }
            moments.append((world.now, world.seen))
            // Right after it rules have said nothing yet.
            if Int.random(in: 0..<30, using: &random) == 0 { try world.restart() }
        }
        let reader = try LedgerReader(path: world.path)
        let daemon = Snapshot.Daemon(version: "1", startedAt: Self.start)
        for moment in moments {
            guard
                case .found(let past) = try PastStatus(reader: reader, at: moment.at).snapshot(
                    Self.configuration, daemon: daemon)
            else { continue }
            #expect(past.time == moment.at)
            #expect(Seen(past.probes, past.incidents) == moment.seen, "seed \(seed) at \(moment.at)")
        }
        #expect(Set(moments.flatMap(\.seen.incidents)).count > 5, "the history of seed \(seed) is too quiet")
    }

    @Test("is unknown for what a pause has ended")
    func paused() throws {
        let folder = try TemporaryFolder()
        var world = try World(folder)
        let daemon = Snapshot.Daemon(version: "1", startedAt: Self.start)
        var paused = Self.configuration
        paused.pauses = [[Matcher("probe", equals: "db")]]
        try world.take(.observed(Self.run("db", at: world.now, 8)))
        let (failed, before) = (world.seen, world.now)
        world.now = world.now + .seconds(10)
        try world.ledger.commit(world.state.reconfigure(to: paused, now: world.now).0)
        try world.take(.observed(Self.run("db", at: world.now, 8)))
        for (at, seen) in [(before, failed), (world.now, world.seen)] {
            let reader = try LedgerReader(path: world.path)
            guard case .found(let past) = try PastStatus(reader: reader, at: at).snapshot(paused, daemon: daemon) else {
                Issue.record("nothing is known of \(at)")
                return
            }
            #expect(Seen(past.probes, past.incidents) == seen)
        }
    }

    @Test("of before the first record is not known, and says so")
    func before() throws {
        let folder = try TemporaryFolder()
        var world = try World(folder)
        let daemon = Snapshot.Daemon(version: "1", startedAt: Self.start)
        func reply(_ at: Timestamp) throws -> String {
            switch try PastStatus(reader: try LedgerReader(path: world.path), at: at).snapshot(
                Self.configuration, daemon: daemon)
            {
            case .found(let snapshot):
                snapshot.probes.map { "\($0.name) \($0.state) since \($0.since)" }.joined(separator: ", ")
            case .unknown(let sentence): sentence
            }
        }
        #expect(try reply(Self.start) == "Nothing is stored yet.")
        world.now = Self.start + .seconds(10)
        try world.take(.observed(Self.run("db", at: world.now, 8)))
        #expect(
            try reply(Self.start)
                == "Nothing is stored of 2026-03-29T01:30:00Z: the first record is of 2026-03-29T01:30:10Z.")
        #expect(try reply(world.now) == "api pending since 2026-03-29T01:30:10Z, db critical since 2026-03-29T01:30:10Z")
    }
}
