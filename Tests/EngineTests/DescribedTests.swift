import Model
import Testing

@testable import Engine

@Suite("A plan says part by part what differs")
struct DescribedTests {
    @Test("what differs in policies, contacts and routes is said part by part")
    func parts() {
        let step = { (after: Int64, level: Level?, names: [String]) in
            PolicySpec.Step(after: .seconds(after), level: level, notify: names)
        }
        let old = PolicySpec(name: "default", steps: [step(0, nil, ["chat"]), step(300, .critical, ["pager"])])
        var new = PolicySpec(name: "default", steps: [step(0, nil, ["chat"]), step(600, .critical, ["pager", "boss"])])
        new.steps.append(step(900, nil, ["mail"]))
        new.repeatAfter = .zero
        #expect(
            Differences.between(old.described, new.described) == [
                "step 2: after 5m, critical, tells pager -> after 10m, critical, tells pager, boss", "repeat: 4h -> never",
                "step 3, new: after 15m tells mail",
            ])
        let ada = Contact(name: "ada", channels: ["chat", "pager"])
        #expect(
            Differences.between(ada.described, Contact(name: "ada", channels: ["pager"], failoverAfter: .seconds(30)).described)
                == ["channels: chat, pager -> pager", "failover_after: 60s, or 5m for warning -> 30s"])
        let routes = [
            RouteSpec(match: ["team": "db"], policy: "db", continues: true, routes: [RouteSpec(policy: "night")]),
            RouteSpec(policy: "default"),
        ]
        var changed = routes
        changed[0].groupBy = ["env"]
        changed[0].routes = []
        let word = "team=\"db\" to policy db; group_by"
        #expect(
            Differences.between(routes.described(), changed.described()) == [
                "route 1: \(word) probe; group_wait 0s, group_interval 5m; continue -> "
                    + "\(word) env; group_wait 0s, group_interval 5m; continue",
                "route 1.1, gone: all to policy night; group_by probe; group_wait 0s, group_interval 5m",
            ])
        #expect(Differences.between(routes.described(), routes.described()) == [])
    }
}
