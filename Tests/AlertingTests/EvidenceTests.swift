import Model
import Testing

@testable import Alerting

/// What failing runs saw is written beside the incident with the last good run before, and what differs stands in the messages.
@Suite("Evidence of a failure")
struct EvidenceTests {
    static func good(_ address: String = "10.0.0.1", processing: String = "80ms") -> Evidence {
        Evidence([
            .init("phases", "connect 2ms, processing \(processing)"), .init("address", address),
            .init("status", "HTTP/1.1 200 OK"),
            .init("headers", "server: nginx\ncontent-length: 12\netag: \"1\""),
        ])
    }
    static func bad(_ address: String = "10.0.0.1", body: String = "<h1>down</h1>") -> Evidence {
        Evidence([
            .init("failure", "status 503, expected 200"), .init("phases", "connect 2ms, processing 4.2s"),
            .init("address", address), .init("status", "HTTP/1.1 503 Service Unavailable"),
            .init("headers", "server: envoy\ncontent-length: 400\ndate: today"), .init("body", body),
        ])
    }

    private func configuration(
        _ names: [String] = ["api"], after: Int = 1, groupBy: [String] = ["probe"]
    ) -> AlertingConfiguration {
        World.configuration(
            rules: [RuleSpec(name: "failing", critical: .failed, after: After(after))], probes: names, groupBy: groupBy)
    }

    private func facts(_ world: World) -> [String] {
        world.incidents.values.sorted { $0.id < $1.id }.flatMap { world.state.factsSeen(of: $0) }.map {
            "\($0.name): \($0.text)"
        }
    }

    @Test("is written once in the decision in which the alert joins its incident, with the first bad run and the last good one")
    func written() throws {
        var world = World(configuration(after: 3))
        world.ok(Self.good("10.0.0.9"))
        world.pass(.seconds(30))
        world.ok(Self.good())
        for (number, body) in ["first", "second", "third", "fourth"].enumerated() {
            world.pass(.seconds(30))
            world.fail(Self.bad(body: body))
            #expect(world.evidence.isEmpty == (number < 2))
        }
        let row = try #require(world.evidence.values.first)
        #expect(world.evidence.count == 1 && row.probe == "api" && row.incident == world.incidents.keys.first)
        #expect(row.bad == Self.bad(body: "first") && row.at == World.start + .seconds(60))
        #expect(row.good == Self.good() && row.goodAt == World.start + .seconds(30))
        #expect(world.latest["api"]?.evidence == nil, "it is not stored with the samples")
        #expect(world.writtenEvidence == 1)
    }

    @Test("tells what differs, most telling first")
    func differences() {
        var world = World(configuration())
        world.ok(Self.good("10.0.0.1"))
        world.fail(Self.bad("10.0.0.2", body: String(repeating: "long ", count: 100)))
        let body = String(repeating: "long ", count: 100).prefix(199) + "…"
        #expect(
            facts(world) == [
                "Status: 200 OK -> 503 Service Unavailable", "Server address: 10.0.0.1 -> 10.0.0.2", "Processing: 80ms -> 4.2s",
                "Header server: nginx -> envoy", "Body: \(body)",
            ])
        world.ok(Self.good())
        #expect(facts(world) == [], "the end needs no reasons")
    }

    @Test(
        "of other kinds",
        arguments: [
            (
                [("issuer", "R3"), ("verdict", "trusted")], [("issuer", "X1"), ("verdict", "certificate has expired (a)")],
                ["Certificate issuer: R3 -> X1", "Verdict: trusted -> certificate has expired (a)"]
            ),
            (
                [("checks", "fresh 1, answer 5, 1ms\nfull 0.9, answer 0.9, 2ms"), ("phases", "connect 1ms")],
                [("checks", "fresh 0, answer 9, 2ms\nfull 0.9, answer 0.9, 1ms"), ("phases", "connect 3ms")],
                ["Check fresh: 1 -> 0"]
            ),
            (
                [("rows", "3"), ("phases", "connect 1ms, query 20ms")],
                [("rows", "0"), ("phases", "name look-up 5s, connect 1ms, query 900ms"), ("row", "n = 1")],
                ["Name look-up: 0s -> 5s", "Query: 20ms -> 900ms", "Rows: 3 -> 0", "First row: n = 1"]
            ),
            ([], [("status", "HTTP/2 500"), ("body", "oops\nagain")], ["Body: oops again"]),
            (
                [("phases", "nonsense, x"), ("headers", "nocolon\nvia: a"), ("checks", "one")],
                [("phases", ",, 5"), ("headers", ": x\nvia: b"), ("checks", "\n\n")], ["Header via: a -> b"]
            ),
        ] as [([(String, String)], [(String, String)], [String])])
    func kinds(_ good: [(String, String)], _ bad: [(String, String)], _ facts: [String]) {
        func evidence(_ items: [(String, String)]) -> Evidence { Evidence(items.map { Evidence.Item($0.0, $0.1) }) }
        let row = EvidenceRow(incident: "01", probe: "a", at: World.start, bad: evidence(bad), good: evidence(good))
        #expect(row.facts.map { "\($0.name): \($0.text)" } == facts)
    }

    @Test("of a run that is bad by a rule alone")
    func slow() throws {
        let rule = RuleSpec(
            name: "slow", critical: .compare(.sample(Sample.duration), .greater, 1, unit: .seconds))
        var world = World(World.configuration(rules: [rule]))
        world.ok(Self.good())
        world.observe("api", Measured(samples: [Sample(Sample.duration, 4.3)], evidence: Self.good(processing: "4.2s")))
        #expect(world.evidence.values.first?.bad == Self.good(processing: "4.2s"))
        #expect(facts(world) == ["Processing: 80ms -> 4.2s"])
    }

    @Test("is not taken from a run that says nothing of the target, and a good run in between begins a streak anew")
    func streaks() {
        var world = World(configuration(after: 2))
        world.ok(Self.good())
        world.fail(Self.bad(body: "blip"))
        world.ok(Self.good())
        world.observe("api", Measured(failure: Failure(.saturated, "no worker"), evidence: Self.bad(body: "ours")))
        world.fail(Self.bad(body: "first"))
        world.fail(Self.bad(body: "second"))
        #expect(world.evidence.values.map { $0.bad["body"] } == ["first"])
    }

    @Test("stays that of the beginning while the alert goes on, also where good runs come in between")
    func flapping() {
        var configuration = configuration()
        configuration.quorums = [
            QuorumSpec(name: "any", matchers: [Matcher("rule", equals: "failing")], quorum: .count(2), policy: "default")
        ]
        configuration.probes[0].rules[0].recoverAfter = 3
        configuration.probes.append(
            ProbeSpec(name: "web", kind: "http", address: "http://web", every: .seconds(30), timeout: .seconds(5)))
        var world = World(configuration)
        world.ok(Self.good())
        world.fail(Self.bad(body: "first"))
        world.ok(Self.good("10.0.0.7"))
        world.fail(Self.bad(body: "later"))
        world.fail("web", "status 503")
        let rows = world.evidence.values.filter { $0.probe == "api" }
        #expect(rows.count == 2, "that of the quorum too")
        #expect(rows.allSatisfy { $0.bad["body"] == "first" && $0.good == Self.good() })
    }

    @Test("of many probes in one incident: twenty rows, and messages tell of three")
    func many() {
        let names = (10..<60).map { "p\($0)" }
        var world = World(configuration(names, groupBy: []))
        for name in names { world.ok(Self.good(), name) }
        for name in names { world.fail(Self.bad(), name) }
        #expect(world.incidents.count == 1 && world.evidence.count == EvidenceLimit.rows)
        #expect(
            facts(world)
                == ["p10", "p11", "p12"].flatMap {
                    ["Status of \($0): 200 OK -> 503 Service Unavailable", "Processing of \($0): 80ms -> 4.2s"]
                })
    }

    @Test("of more probes than are kept whole is cut, until some are good again")
    func cut() {
        let names = (0...EvidenceLimit.whole).map { "p\($0)" }
        let long = String(repeating: "x", count: 2000)
        var world = World(configuration(names))
        for name in names { world.fail(Self.bad(body: long), name) }
        let sizes = names.map { name in world.evidence.values.first { $0.probe == name }?.bad.bytes ?? 0 }
        #expect(sizes.dropLast().allSatisfy { $0 == Self.bad(body: long).bytes })
        #expect((900...Evidence.goodBytes).contains(sizes.last!))
        for name in ["p0", "p\(EvidenceLimit.whole)"] { world.ok(Self.good(), name) }
        #expect(world.state.wholeEvidence.count == EvidenceLimit.whole - 1)
        world.pass(.seconds(1))
        world.fail(Self.bad(body: long), "p0")
        #expect(world.evidence.values.contains { $0.probe == "p0" && $0.at == world.now.wall && $0.bad.bytes > 2000 })
    }

    @Test("survives a restart: it is not written again, and messages go on telling of it", arguments: [nil, "shop-api"])
    func restart(renamed: String?) {
        var world = World(configuration())
        world.ok(Self.good())
        world.fail(Self.bad())
        let before = facts(world)
        var next = configuration([renamed ?? "api"])
        next.probes[0].renamedFrom = renamed.map { _ in "api" }
        world.crashAndRestart(next, after: .seconds(60))
        world.fail(Self.bad(body: "after the restart"), renamed ?? "api")
        #expect(world.writtenEvidence == 1)
        #expect(!before.isEmpty && facts(world) == before)
        #expect(world.state.probes[renamed ?? "api"]?.seen.bad?.evidence == Self.bad())
    }

    @Test("goes along when a probe is renamed at a reload, and is forgotten with the incident")
    func reload() {
        var world = World(configuration())
        world.ok(Self.good())
        world.fail(Self.bad())
        let before = facts(world)
        var next = configuration(["shop-api"])
        next.probes[0].renamedFrom = "api"
        world.reload(next)
        #expect(!before.isEmpty && facts(world) == before)
        world.ok(Self.good(), "shop-api")
        #expect(world.state.evidenceFacts.isEmpty && world.state.wholeEvidence.isEmpty)
        world.reload(configuration(["other"]))
        #expect(world.state.wholeEvidence.isEmpty)
    }
}

extension World {
    fileprivate mutating func ok(_ evidence: Evidence, _ probe: String = "api") {
        observe(probe, Measured(samples: [Sample(Sample.duration, 0.1)], evidence: evidence))
    }
    fileprivate mutating func fail(_ evidence: Evidence, _ probe: String = "api") {
        observe(probe, Measured(failure: Failure(.status, "status 503, expected 200"), evidence: evidence))
    }
}
