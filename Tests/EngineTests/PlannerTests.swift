import Alerting
import Config
import Engine
import Model
import Settings
import Testing

@Suite("A plan says what a reload would change")
struct PlannerTests {
    static let start = Timestamp(seconds: 1_767_614_400)

    static func configuration(
        _ probes: String, policy: String = "{steps: [{notify: [chat]}], repeat: 0s}"
    ) throws
        -> DaemonConfiguration
    {
        let files = [
            "monitord.yaml": """
            channels: {chat: {slack: {webhook_url: {env: SLACK}}}}
            policies: {default: \(policy)}
            routes: [{policy: default}]
            """,
            "probes.d/a.yaml": probes,
        ]
        let missing = SettingsFileError("no such file or folder")
        return try ConfigurationReader.read(
            path: "monitord.yaml", environment: { $0 == "SLACK" ? "https://127.0.0.1/hook" : nil },
            files: FileAccess(
                read: { files[$0].map { .success($0) } ?? .failure(missing) },
                list: { $0 == "probes.d" ? .success(["a.yaml"]) : .failure(missing) }), hostName: "host-1"
        ).get()
    }

    static let running = """
        probes:
          - {name: api, every: 30s, http: {url: "http://127.0.0.1/api"}, rules: [{name: slow, critical: duration > 5s}]}
          - {name: db, every: 30s, http: {url: "http://127.0.0.1/db"}}
          - {name: web, every: 30s, http: {url: "http://127.0.0.1/web"}}
        """

    /// A daemon with db and web down, of which the chat was told, and api at 2 s.
    private static func state(_ configuration: DaemonConfiguration, _ runs: [Observation]) -> AlertingState {
        var state = AlertingState(configuration: configuration.alerting, stored: Stored(), seed: 1, now: start)
        let now = Moment(wall: start, uptime: Uptime(nanoseconds: 0))
        _ = state.start(now: start)
        for run in runs { _ = state.decide(.observed(run), now: now) }
        var sends = state.decide(.tick, now: now).sends
        while let row = sends.popLast() {
            _ = state.decide(
                .settled(Settlement(row: row.id, attempt: row.tries, verdict: .delivered(reference: nil))), now: now)
            sends += state.decide(.tick, now: now).sends
        }
        return state
    }

    private static func plan(_ next: DaemonConfiguration, from old: DaemonConfiguration) throws -> Plan {
        func run(_ probe: String, _ measured: Measured) -> Observation {
            Observation(probe: probe, planned: start, started: start, elapsed: .zero, measured: measured)
        }
        let runs = [
            run("api", Measured(samples: [Sample(Sample.duration, 2)])), run("db", .failed(.connect, "connection refused")),
            run("web", .failed(.status, "status 503")),
        ]
        let planner = Planner(
            old: old, next: next, state: state(old, runs), now: start + .seconds(10),
            history: { name, _ in runs.filter { $0.probe == name } })
        return try planner.plan(file: "monitord.yaml")
    }

    @Test("the same configuration changes nothing")
    func nothing() throws {
        let plan = try Self.plan(try Self.configuration(Self.running), from: try Self.configuration(Self.running))
        #expect(plan.isEmpty, "\(plan)")
        #expect(plan.incidentsKept.count == 2)
    }

    @Test("probes, policies, verdicts, and who hears that a removed probe's alert ends")
    func changes() throws {
        let next = try Self.configuration(
            """
            probes:
              - {name: api, every: 1m, http: {url: "http://127.0.0.1/api"}, rules: [{name: slow, critical: duration > 1s}]}
              - {name: web, every: 30s, http: {url: "http://127.0.0.1/web"}}
              - {name: new, every: 30s, http: {url: "http://127.0.0.1/new"}}
            """, policy: "{steps: [{notify: [chat]}], repeat: 1h}")
        let plan = try Self.plan(next, from: try Self.configuration(Self.running))
        #expect(
            plan.probes == [
                Plan.Change("new", .added, ["http://127.0.0.1/new"]),
                Plan.Change(
                    "api", .changed,
                    [
                        "every: 30s -> 1m", "retry_interval: 10s -> 20s",
                        "rule slow: critical duration > 5s -> critical duration > 1s",
                    ]),
                Plan.Change("db", .removed),
            ])
        #expect(plan.others == [Plan.Change("policy default", .changed, ["repeat: never -> 1h"])])
        #expect(
            plan.endings == [
                Plan.Ending(alert: "db/failing", level: .critical, incidents: ["db failing"], told: ["chat"])
            ])
        #expect(plan.messages == ["resolve to chat: db failing"])
        #expect(
            plan.verdicts == [
                Plan.VerdictChange(alert: "api/slow", before: "good", after: "critical", reason: "duration = 2s > 1s")
            ])
        #expect(plan.incidentsKept.count == 1)
        #expect(plan.incidentsKept.first?.hasPrefix("web failing (") == true)
    }
}
