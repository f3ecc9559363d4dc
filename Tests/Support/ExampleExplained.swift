package import Model

extension Example {
    /// `api-health` fires and was told to Slack; the page waits for a receiver that is away; another rule is on its way to fire.
    package static var explained: Explanation {
        let opened = now - .seconds(252)
        var answer = Explanation(
            subject: "probe api-health", time: now, at: now, since: now - .seconds(86_400), until: now)
        var probe = Explanation.Probe(name: "api-health")
        probe.kind = "http"
        probe.address = "https://api.example.com/health"
        probe.every = "30s"
        probe.timeout = "10s"
        probe.labels = ["service": "api", "team": "platform"]
        probe.lastRun = api.last
        probe.nextRun = now + .seconds(20)
        probe.runs = ["ok": 2870, "failed": 9, "monitor_fault": 1]

        var failing = Alert(key: AlertKey(probe: "api-health", rule: "failing"), since: opened)
        failing.phase = .firing
        failing.level = .critical
        failing.incidents = [incident.id]
        var fires = Explanation.Rule(failing)
        fires.settings = ["critical: failed", "after: 3"]
        fires.verdict = "critical"
        fires.reason = "failed: The status is 503, expected 200."
        (fires.bad, fires.critical, fires.needed, fires.outOf) = (3, 3, 3, 3)
        var route = Explanation.Route()
        route.passed = ["route 1 (policy data) wants team=data, it is platform"]
        route.number = 2
        route.policy = "default"
        route.steps = ["after 0s: slack-devops", "after 5m, critical only: pager"]
        route.groupBy = ["probe"]
        route.groupWait = "0s"
        fires.route = route

        var slow = Alert(key: AlertKey(probe: "api-health", rule: "slow"), since: now - .seconds(60))
        slow.phase = .pending
        slow.level = .warning
        slow.badSince = now - .seconds(60)
        var waits = Explanation.Rule(slow)
        waits.settings = ["warning: p95(duration, 5m) > 500ms", "for: 5m", "min_samples: 5"]
        waits.verdict = "warning"
        waits.value = 0.8
        waits.n = 10
        waits.minSamples = 5
        waits.reason = "p95(duration, 5m) = 800ms > 500ms (n = 10)"
        waits.bad = 1
        waits.forOver = now + .seconds(240)
        waits.waitsFor = "bad for 1m of 5m (for: 5m), over at 2026-03-29T01:34:00Z"
        probe.rules = [fires, waits]
        answer.probes = [probe]

        var row = OutboxRow(
            id: 7, incident: incident.id, target: "slack-devops", channel: "slack-devops", kind: .trigger, level: .critical,
            page: 1, idempotencyKey: "k7", message: Message(body: "{}"), createdAt: opened, notBefore: opened,
            deadline: now + .seconds(86_400))
        row.phase = .done
        row.settledAt = opened + .seconds(1)
        var paging = row
        paging.id = 8
        paging.target = "pager"
        paging.phase = .pending
        paging.settledAt = nil
        paging.notBefore = now + .seconds(12)
        paging.note = "status 503"
        let told = Told(
            incident: incident.id, target: "slack-devops", isInDoubt: false, level: .critical, page: 1, at: opened + .seconds(1)
        )
        var stored = Incident(
            id: incident.id, groupKey: "default", labels: [:], level: .critical, title: "api-health failing", openedAt: opened,
            policy: PolicySpec(name: "default", steps: []), stepsFrom: opened, groupInterval: .seconds(300))
        stored.members = [
            Incident.Member(key: failing.key, level: .critical, since: opened, reason: fires.reason)
        ]
        answer.incidents = [
            Explanation.Incident(
                stored,
                deliveries: [
                    Explanation.Delivery(row, attempts: [attempt(7, 1, after: 0, "delivered", 200, "")]),
                    Explanation.Delivery(
                        paging,
                        attempts: [
                            attempt(8, 1, after: 0, "in_doubt", 0, "the connection was reset"),
                            attempt(8, 2, after: 2, "retry", 503, "status 503"),
                        ]),
                ], told: [Explanation.Told(told)], evidence: [Explanation.Evidence(evidence)])
        ]
        answer.timeline = [
            Record(
                at: opened - .seconds(20), .alert, probe: "api-health", rule: "failing",
                "api-health/failing pending: failed: The status is 503, expected 200."),
            Record(
                at: opened, .alert, probe: "api-health", rule: "failing",
                "api-health/failing fired (critical): failed: The status is 503, expected 200."),
            Record(at: opened, .step, incident: incident.id, "step 1 tells slack-devops"),
        ]
        answer.nobody = [
            "api-health/slow does not fire: bad for 1m of 5m (for: 5m), over at 2026-03-29T01:34:00Z.",
            "Incident \(incident.id): pager is not told yet, 2 attempts failed (last: status 503); "
                + "the next is at 2026-03-29T01:30:12Z.",
        ]
        answer.next = [
            Explanation.Coming(now + .seconds(12), "attempt 3 of the trigger to pager"),
            Explanation.Coming(now + .seconds(20), "next run of api-health"),
        ]
        return answer
    }

    private static var evidence: EvidenceRow {
        EvidenceRow(
            incident: incident.id, probe: "api-health", at: now - .seconds(272),
            bad: Evidence([
                .init("failure", "The status is 503, expected 200."),
                .init("phases", "name look-up 1.2ms, connect 2.1ms, TLS 9.8ms, processing 4.21s, transfer 120us"),
                .init("address", "203.0.113.7"), .init("status", "HTTP/1.1 503 Service Unavailable"),
                .init("headers", "server: envoy\ncontent-type: text/html\nset-cookie: ••••"),
                .init("body", "<html> <h1>no healthy upstream</h1> </html>"),
            ]),
            good: Evidence([
                .init("phases", "name look-up 1.1ms, connect 2.3ms, TLS 9.1ms, processing 80.4ms, transfer 95us"),
                .init("address", "203.0.113.7"), .init("status", "HTTP/1.1 200 OK"),
                .init("headers", "server: nginx\ncontent-type: text/html"), .init("issuer", "R3"),
            ]), goodAt: now - .seconds(302))
    }

    private static func attempt(
        _ row: Int64, _ number: Int, after: Int64, _ outcome: String, _ status: Int, _ reason: String
    ) -> Explanation.Attempt {
        let started = now - .seconds(252) + .seconds(after)
        var attempt = Attempt(row: row, number: number, startedAt: started)
        attempt.endedAt = started + .seconds(1)
        attempt.outcome = outcome
        attempt.status = status
        attempt.detail = reason
        return Explanation.Attempt(attempt)
    }
}
