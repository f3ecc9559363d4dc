import Config
import Model
import Rehearsal
import Settings
import Testing

@Suite("Backtest: rules applied to what was measured")
struct BacktestTests {
    static let start = Timestamp(seconds: 1_767_614_400)

    static func configuration(_ rules: String) throws -> DaemonConfiguration {
        let files = [
            "monitord.yaml": """
            channels: {chat: {slack: {webhook_url: {env: SLACK}}}}
            policies: {default: {steps: [{notify: [chat]}], repeat: 0s}}
            routes: [{policy: default}]
            """,
            "probes.d/a.yaml": """
            probes:
              - {name: api, every: 1m, http: {url: "http://127.0.0.1/"}, rules: \(rules)}
              - {name: web, every: 1m, http: {url: "http://127.0.0.1/"}}
              - name: sales
                quality: {dsn: {env: DSN}, checks: {rows: {sql: "select 1"}}}
                rules: [{name: score, critical: score < 85%}]
            """,
        ]
        let missing = SettingsFileError("no such file or folder")
        return try ConfigurationReader.read(
            path: "monitord.yaml", environment: { _ in nil },
            files: FileAccess(
                read: { files[$0].map { .success($0) } ?? .failure(missing) },
                list: { $0 == "probes.d" ? .success(["a.yaml"]) : .failure(missing) }),
            hostName: "host-1", standIn: StandIn.secret
        ).get()
    }

    /// A run a minute for an hour: api takes 1, 2, 3 and 4 s for five minutes each from minute 10 on, else 0.1 s; web fails at 50.
    static var runs: [Observation] {
        (0..<60).flatMap { minute -> [Observation] in
            let at = start + .seconds(60 * minute)
            let duration = (10..<30).contains(minute) ? Double((minute - 10) / 5 + 1) : 0.1
            func run(_ probe: String, _ measured: Measured) -> Observation {
                Observation(probe: probe, planned: at, started: at, elapsed: .zero, measured: measured)
            }
            return [
                run("api", Measured(samples: [Sample(Sample.duration, duration)])),
                run("web", minute == 50 ? .failed(.status, "status 503") : Measured()),
            ]
        }
    }

    static func heard(_ configuration: DaemonConfiguration) -> [HeardIncident] {
        var backtest = Backtest(configuration.alerting, since: start)
        for run in runs { backtest.observe(run) }
        return backtest.end(at: start + .seconds(3600))
    }

    @Test("incidents and messages are those that the rules would have made")
    func incidents() throws {
        let heard = Self.heard(try Self.configuration("[{name: slow, critical: duration > 2s}]"))
        #expect(heard.map(\.title) == ["api slow", "web failing"])
        #expect(heard.map { ($0.openedAt - Self.start).seconds } == [1200, 3000])
        #expect(heard.map { ($0.resolvedAt.map { ($0 - Self.start).seconds }) } == [1800, 3060])
        #expect(heard.map(\.messages) == Array(repeating: ["chat": ["trigger": 1, "resolve": 1]], count: 2))
    }

    @Test("two sets of rules are compared by their alerts and times")
    func comparison() throws {
        let would = Self.heard(try Self.configuration("[{name: slow, critical: duration > 4s}]"))
        let was = Self.heard(try Self.configuration("[{name: slow, critical: duration > 2s}]"))
        let comparison = BacktestComparison(would: would, was: was)
        #expect(comparison.both.map(\.would.title) == ["web failing"])
        #expect(comparison.added.isEmpty)
        #expect(comparison.gone.map(\.title) == ["api slow"])
    }

    @Test("runs of before the start fill windows and tell nobody")
    func before() throws {
        let configuration = try Self.configuration("[{name: slow, critical: 'max(duration, 30m) > 2s', min_samples: 30}]")
        var backtest = Backtest(configuration.alerting, since: Self.start + .seconds(1800))
        #expect(backtest.wantedBefore == .seconds(1800))
        for run in Self.runs { backtest.observe(run) }
        let heard = backtest.end(at: Self.start + .seconds(3600))
        #expect(heard.map(\.title) == ["api slow", "web failing"])
        #expect(heard.first.map { ($0.openedAt - Self.start).seconds } == 1800)
    }

    @Test("a sweep gives the incidents of each value")
    func sweep() throws {
        let configuration = try Self.configuration("[{name: slow, warning: duration > 1s, critical: duration > 2s}]")
        for (text, incidents) in [
            ("slow:threshold=500ms..4500ms/1s", [1, 1, 1, 1, 1]), ("api/slow:warning=1s..5s/2s", [1, 1, 1]),
            ("slow:after=1..21/10", [1, 1, 0]), ("slow:for=0s..20m/10m", [1, 1, 0]),
        ] {
            let sweep = try Sweep(text)
            let found = try sweep.values.map { value in
                var backtest = Backtest(try sweep.applied(value, to: configuration.alerting), since: Self.start)
                for run in Self.runs { backtest.observe(run) }
                return backtest.end(at: Self.start + .seconds(3600)).count
            }
            #expect(found == incidents, "\(text)")
        }
    }

    @Test(
        "a sweep over what check refuses is refused by the same sentence",
        arguments: [
            (
                "api/slow:threshold=5s..15s/5s",
                "api/slow: critical: 15s is above the timeout of 10s; a timed-out run counts as longer than its timeout"
            ),
            (
                "slow:warning=8..12/4",
                "api/slow: warning: 12s is above the timeout of 10s; a timed-out run counts as longer than its timeout"
            ),
            ("plain:threshold=10%..50%/10%", "api/plain: critical: duration is a time such as 2s, 10% is not"),
            ("slow:threshold=1B..2B/1B", "api/slow compares seconds, the sweep gives bytes"),
            ("score:critical=90%..110%/10%", "sales/score: critical: a score is from 0% to 100%, 110% is not"),
            ("many:critical=1s..3s/1s", "api/many: critical: count(duration, …) is a plain number, 1s is not"),
            (
                "cleared:threshold=1s..5s/2s",
                "api/cleared: clear: 2s lies on the wrong side of duration > 1s: expected at most 1s"
            ),
            ("slow:after=0..2/1", "api/slow: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got \"0\""),
            ("slow:after=1.5..2/1", "api/slow: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got \"1.5\""),
            ("slow:after=1s..2s/1s", "api/slow: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got \"1s\""),
            ("slow:for=1%..2%/1%", "api/slow: for: expected a duration such as 30s, 5m or 1h30m, got \"1%\""),
            ("failing:threshold=1s..2s/1s", "api/failing compares nothing: it has no threshold to change"),
            ("gone:threshold=1s..2s/1s", "there is no rule gone in this configuration"),
        ])
    func refused(text: String, sentence: String) throws {
        let configuration = try Self.configuration(
            """
            [{name: slow, warning: duration > 1s, critical: duration > 2s, after: 2}, {name: plain, critical: duration > 2},
              {name: cleared, critical: duration > 4s, clear: duration < 2s}, {name: many, critical: 'count(duration, 5m) < 2'},
              {name: failing, critical: failed}]
            """
        ).alerting
        let sweep = try Sweep(text)
        #expect(throws: BrokenSweep(sentence: sentence)) {
            for value in sweep.values { _ = try sweep.applied(value, to: configuration) }
        }
    }

    @Test("rules that look at what is not stored are named")
    func unknown() throws {
        let configuration = try Self.configuration(
            """
            [{name: slow, critical: duration > 2s}, {name: json, critical: json_load > 2, warning: json_load > 1},
              {name: either, critical: failed, warning: json_load > 1}, {name: certificate, critical: certificate_expires_in < 7d},
              {name: aim, target: json_load < 1}]
            """)
        var backtest = Backtest(configuration.alerting, since: Self.start)
        for run in Self.runs { backtest.observe(run) }
        #expect(
            backtest.unknownThroughout == [
                "rule json of api: unknown throughout: no sample json_load stored",
                "rule certificate of api: unknown throughout: no sample certificate_expires_in stored",
                "probe sales: unknown throughout: no run stored",
            ])
    }

    @Test(
        "a sweep that cannot be read says so",
        arguments: [
            ("slow", "it has no rule, or no figure"),
            ("slow:limit=1..2/1", "\"limit\" is none of threshold, warning, critical, after, for"),
            ("slow:threshold=1s", "it has no range"), ("slow:threshold=1s..2/1s", "its quantities have different units"),
            ("slow:threshold=2s..1s/1s", "it goes from the smaller to the greater value"),
            ("slow:threshold=1s..100s/100ms", "it has 991 values; at most 100 are tried"),
        ])
    func broken(text: String, sentence: String) {
        #expect(
            throws: BrokenSweep(
                sentence: "\(text): \(sentence); write RULE:FIGURE=FROM..TO/STEP, such as slow:threshold=1s..5s/0.5s")
        ) { try Sweep(text) }
    }
}
