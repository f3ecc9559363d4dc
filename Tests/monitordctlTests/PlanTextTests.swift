import Model
import Rehearsal
import Testing

@testable import monitordctl

@Suite("What plan and backtest print")
struct PlanTextTests {
    @Test("a plan lists what is added, changed and removed, who hears of an end, and rules that say something else")
    func plan() {
        var plan = Plan(file: "/etc/monitord/monitord.yaml")
        plan.probes = [
            Plan.Change("new", .added, ["http://127.0.0.1/new"]), Plan.Change("api", .changed, ["every: 30s -> 1m"]),
            Plan.Change("db", .removed),
        ]
        plan.others = [Plan.Change("routes", .changed)]
        plan.endings = [Plan.Ending(alert: "db/failing", level: .critical, incidents: ["db failing"], told: ["chat", "pager"])]
        plan.verdicts = [
            Plan.VerdictChange(alert: "api/slow", before: "good", after: "critical", reason: "duration = 2s > 1s")
        ]
        plan.messages = ["resolve to chat: db failing"]
        plan.incidentsKept = ["web failing (01K, policy default)"]
        plan.warnings = ["a change of listen takes effect at the next start"]
        #expect(
            PlanText.lines(plan, .plain) == [
                "Probes (3)", "  + new", "      http://127.0.0.1/new", "  ~ api", "      every: 30s -> 1m", "  - db", "",
                "Besides (1)", "  ~ routes", "", "Alerts that end (1)", "  db/failing of db failing, told: chat, pager", "",
                "Rules that say something else of the latest run (1)", "  api/slow: good -> critical: duration = 2s > 1s", "",
                "Messages of the reload itself (1)", "  resolve to chat: db failing", "",
                "Open incidents that stay as they are (1)", "  web failing (01K, policy default)", "",
                "warning: a change of listen takes effect at the next start",
            ])
        #expect(PlanText.lines(Plan(file: "monitord.yaml"), .plain) == ["Nothing changes."])
    }

    @Test("a backtest compares incidents and messages, and names those that differ")
    func backtest() {
        let start = Timestamp(seconds: 1_767_614_400)
        func heard(_ probe: String, _ messages: [String: [String: Int]], minute: Int64) -> HeardIncident {
            let at = start + .seconds(60 * minute)
            var incident = Incident(
                id: "01K\(probe)", groupKey: probe, labels: [:], level: .critical, title: "\(probe) failing", openedAt: at,
                policy: PolicySpec(name: "default", steps: []), stepsFrom: at, groupInterval: .zero)
            incident.members = [
                Incident.Member(key: AlertKey(probe: probe, rule: "failing"), level: .critical, since: at, reason: "")
            ]
            incident.resolvedAt = at + .seconds(300)
            return HeardIncident(incident, messages: messages)
        }
        let told = ["chat": ["trigger": 1, "resolve": 1]]
        let comparison = BacktestComparison(
            would: [heard("api", told, minute: 1), heard("web", told, minute: 20)],
            was: [heard("api", ["chat": ["trigger": 3, "resolve": 1]], minute: 0), heard("db", [:], minute: 30)])
        let result = BacktestResult(since: start, until: start + .seconds(3600), runs: 120, comparison: comparison, notes: [])
        #expect(
            BacktestText.lines(result, .plain) == [
                "120 runs from 2026-01-05 12:00:00 UTC to 2026-01-05 13:00:00 UTC (1h)", "",
                "                  WOULD BE              WERE",
                "incidents         2                     2",
                "messages to chat  2 trigger, 2 resolve  3 trigger, 1 resolve",
                "", "Only under this file (1)",
                "OPENED                   LASTED  LEVEL     TITLE        TOLD",
                "2026-01-05 12:20:00 UTC  5m      critical  web failing  chat: 1 trigger, 1 resolve",
                "", "Not under this file (1)",
                "OPENED                   LASTED  LEVEL     TITLE       TOLD",
                "2026-01-05 12:30:00 UTC  5m      critical  db failing  nobody",
                "", "Told otherwise (1)",
                "OPENED                   LEVEL     TITLE        WOULD BE TOLD               WERE TOLD",
                "2026-01-05 12:01:00 UTC  critical  api failing  chat: 1 trigger, 1 resolve  chat: 3 trigger, 1 resolve",
                "", "The same in fact: 0 incidents.",
            ])
    }

    @Test("a sweep is a line a value")
    func sweep() {
        #expect(
            BacktestText.lines([SweepRow(value: 1, shown: "1s", []), SweepRow(value: 2, shown: "2s", [])], .plain) == [
                "VALUE  INCIDENTS  PAGES", "1s     0          0", "2s     0          0",
            ])
    }
}
