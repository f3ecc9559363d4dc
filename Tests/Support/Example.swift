package import Model

/// A daemon's snapshot at 2026-03-29T01:30:00Z with a probe in each state.
package enum Example {
    package static let now = Timestamp(seconds: 1_774_747_800)

    package static func run(
        _ probe: String, ago: Int64 = 10, elapsed: Duration = .milliseconds(123), _ samples: [(String, Double)],
        failure: Failure? = nil
    ) -> Snapshot.Run {
        let started = now - .seconds(ago)
        return Snapshot.Run(
            Observation(
                probe: probe, planned: started, started: started, elapsed: elapsed,
                measured: Measured(samples: samples.map { Sample($0.0, $0.1) }, failure: failure)))
    }

    package static var api: Snapshot.Probe {
        Snapshot.Probe(
            name: "api-health", kind: "http", address: "https://api.example.com/health", state: .critical,
            since: now - .seconds(252), labels: ["service": "api", "team": "platform", "on-call": "a", "on_call": "b"],
            last: run(
                "api-health",
                [
                    ("duration", 0.123), ("dns_duration", 0.002), ("connect_duration", 0.01), ("tls_duration", 0.02),
                    ("processing_duration", 0.08), ("transfer_duration", 0.011), ("status_code", 503), ("body_bytes", 512),
                    ("redirects", 0), ("http_version", 1.1), ("certificate_expires_in", 3_715_200),
                ], failure: Failure(.status, "The status is 503, expected 200.")),
            p95Seconds: 0.132, p95N: 120,
            rules: [
                Snapshot.Rule(
                    name: "failing", state: .critical, value: nil, n: nil, condition: "failed", unit: .none,
                    reason: "Failed 4 times in a row: the status is 503, expected 200."),
                Snapshot.Rule(
                    name: "slow", state: .ok, value: 0.123, n: nil, condition: "duration > 2s", unit: .seconds, reason: ""),
            ],
            nextRun: now + .seconds(20), runs: ["ok": 1200, "failed": 4], skipped: 1)
    }

    package static var certificate: Snapshot.Probe {
        Snapshot.Probe(
            name: "site-certificate", kind: "tls", address: "api.example.com:443", state: .warning,
            since: now - .seconds(90_000),
            labels: [:],
            last: run(
                "site-certificate", ago: 600, elapsed: .milliseconds(48),
                [
                    ("duration", 0.048), ("connect_duration", 0.012), ("handshake_duration", 0.03), ("expires_in", 1_728_000),
                    ("chain_1_expires_in", 1_728_000), ("chain_2_expires_in", 90_000_000), ("trusted", 1), ("host_matches", 1),
                    ("protocol", 1.3), ("chain_length", 2),
                ]),
            p95Seconds: 0.05, p95N: 24,
            rules: [
                Snapshot.Rule(
                    name: "expiry", state: .warning, value: 1_728_000, n: nil, condition: "expires_in < 21d", unit: .seconds,
                    reason: "expires_in is 20d, warning below 21d.")
            ],
            nextRun: now + .seconds(3000), runs: ["ok": 24])
    }

    package static var warehouse: Snapshot.Probe {
        Snapshot.Probe(
            name: "warehouse", kind: "postgres", address: "db.example.com/warehouse", state: .ok,
            since: now - .seconds(864_000),
            labels: ["team": "data"],
            last: run(
                "warehouse",
                [
                    ("duration", 0.009), ("connect_duration", 0.006), ("query_duration", 0.002), ("rows", 1), ("scalar", 1),
                    ("encrypted", 1),
                ]),
            p95Seconds: 0.012, p95N: 120, rules: [rule("failing", .ok)], nextRun: now + .seconds(5), runs: ["ok": 28_800])
    }

    package static var quality: Snapshot.Probe {
        Snapshot.Probe(
            name: "retail-quality", kind: "quality", address: "db.example.com/retail", state: .unknown,
            since: now - .seconds(3),
            labels: ["team": "data"],
            last: run(
                "retail-quality", [("checks_unknown", 1), ("check_completeness", .nan)],
                failure: Failure(.saturated, "All workers are busy.")),
            rules: [rule("score", .unknown, reason: "There is no sample score.")], nextRun: nil, runs: ["monitor_fault": 1])
    }

    package static var fresh: Snapshot.Probe {
        Snapshot.Probe(
            name: "new-one", kind: "tcp", address: "10.0.0.1:22", state: .pending, since: now, labels: [:],
            rules: [rule("failing", .pending)], nextRun: now)
    }

    package static func rule(_ name: String, _ state: Snapshot.State, reason: String = "") -> Snapshot.Rule {
        Snapshot.Rule(name: name, state: state, value: nil, n: nil, condition: "failed", unit: .none, reason: reason)
    }

    package static var incident: Snapshot.Incident {
        var incident = Incident(
            id: "01KMVH0000AAAAAAAAAAAAAAAA", groupKey: "default", labels: [:], level: .critical,
            title: "api-health is failing",
            openedAt: now - .seconds(252), policy: PolicySpec(name: "default", steps: []), stepsFrom: now,
            groupInterval: .seconds(300))
        incident.members = [
            Incident.Member(
                key: AlertKey(probe: "api-health", rule: "failing"), level: .critical, since: now - .seconds(252),
                reason: "The status is 503, expected 200.")
        ]
        return Snapshot.Incident(incident, told: ["slack-devops"])
    }

    package static var silence: Snapshot.Silence {
        let silence = Silence(
            id: "01KMVGZ000SSSSSSSSSSSSSSSS", matchers: [[Matcher("service", equals: "db"), Matcher("env", equals: "prod")]],
            startsAt: now - .seconds(600), endsAt: now + .seconds(5400), author: "ada", comment: "the disk is being changed",
            createdAt: now - .seconds(600))
        return Snapshot.Silence(silence, now: now, firing: ["warehouse/failing"])
    }

    package static var pastSilence: Snapshot.Silence {
        let silence = Silence(
            id: "01KMVD0000SSSSSSSSSSSSSSSS", kind: .maintenance, matchers: [[Matcher("host", equals: "a")]],
            startsAt: now - .seconds(7200), endsAt: now - .seconds(3600), author: "bob (by ada)", comment: "upgrade",
            createdAt: now - .seconds(7200), endedBy: "ada")
        return Snapshot.Silence(silence, now: now)
    }

    package static var onCall: Snapshot.OnCall {
        let override = OnCallOverride(
            id: "01KMVF0000VVVVVVVVVVVVVVVV", schedule: "primary", person: "bob", startsAt: now - .seconds(60),
            endsAt: now + .seconds(3600), author: "ada", comment: "ada is ill", createdAt: now - .seconds(90))
        return Snapshot.OnCall(
            schedule: "primary", zone: "Europe/Berlin", at: now, people: ["bob"], until: now + .seconds(3600),
            overrides: [Snapshot.Override(override, now: now)])
    }

    package static var daemon: Snapshot.Daemon {
        var daemon = Snapshot.Daemon(version: "0.1.0", startedAt: now - .seconds(36_000))
        daemon.commits = 41_234
        daemon.commitSecondsTotal = 81.5
        daemon.latenessSecondsTotal = 12.25
        daemon.latenessSecondsMax = 0.04
        daemon.latenessN = 30_029
        daemon.latenessSecondsP50 = 0.0003
        daemon.latenessSecondsP99 = 0.002
        daemon.outbox.pending = 2
        daemon.outbox.oldestPendingSeconds = 95
        daemon.attempts = ["slack-devops": ["delivered": 7, "retry": 2], "pager": ["in_doubt": 1]]
        daemon.residentBytes = 48_234_496
        daemon.cpuSeconds = 95.125
        daemon.openFiles = 42
        return daemon
    }

    package static var snapshot: Snapshot {
        Snapshot(
            node: "ops-1", time: now, probes: [api, certificate, warehouse, quality, fresh], incidents: [incident],
            daemon: daemon)
    }

    /// A text that breaks out of whatever does not escape it.
    package static let hostile = "a\"b\\c\nd<script>alert(1)</script>&'e"
}
