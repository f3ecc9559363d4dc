import Alerting
import Config
import Model
import Settings
import Testing

@Suite("A route tree") struct RouteTests {
    static let refused: [WrittenLine] = [
        WrittenLine(
            "a matcher without an operator", "routes: [{matchers: [service], policy: default}, {policy: default}]",
            #"5:22: matchers: "service", character 8: expected =, !=, =~ or !~ after the label service"#),
        WrittenLine(
            "a pattern that is broken", #"routes: [{matchers: ['service=~"(db"'], policy: default}, {policy: default}]"#,
            #"5:22: matchers: "service=~"(db"", character 10: the pattern "(db" cannot be read at byte 3: missing "#
                + "closing parenthesis"),
        WrittenLine(
            "an empty matcher", "routes: [{matchers: [''], policy: default}, {policy: default}]",
            #"5:22: matchers: expected a matcher such as service="db", got """#),
        WrittenLine(
            "a matcher of a label with a dash", "routes: [{matchers: [my-team=a], policy: default}, {policy: default}]",
            #"5:22: matchers: "my-team" is no label name: letters, digits and '_', the first no digit"#),
        WrittenLine(
            "matchers as a mapping", "routes: [{matchers: {team: ops}, policy: default}, {policy: default}]",
            "5:21: matchers: expected a text, or a list of texts such as [a, b], got a mapping"),
        WrittenLine(
            "matchers of which no alert has all",
            "routes: [{match: {team: ops}, matchers: ['team!~o.*'], policy: default}, {policy: default}]",
            #"5:41: matchers: no alert can match: team="ops" and team!~"o.*" exclude each other"#),
        WrittenLine(
            "a route behind one with the same conditions",
            "routes: [{match: {team: ops}, policy: default}, {matchers: [team=ops], policy: default}, {policy: "
                + "default}]",
            "5:49: this route can never match: the one at line 5 takes its alerts first"),
        WrittenLine(
            "a route behind one with fewer conditions",
            "routes: [{match: {team: ops}, policy: default}, {match: {team: ops, service: api}, policy: "
                + "default}, {policy: default}]",
            "5:49: this route can never match: the one at line 5 takes its alerts first"),
        WrittenLine(
            "a route behind one whose pattern takes all",
            "routes: [{matchers: ['team=~.*'], policy: default}, {policy: default}]",
            "5:53: this route can never match: the one at line 5 takes every alert"),
        WrittenLine(
            "a branch that contradicts its parent",
            "routes: [{match: {team: ops}, policy: default, routes: [{match: {team: data}}]}, {policy: default}]",
            #"5:57: this route can never match: with the routes around it, it wants both team="ops" and "#
                + #"team="data""#),
        WrittenLine(
            "a branch behind one that takes all",
            "routes: [{policy: default, routes: [{group_by: [team]}, {match: {team: ops}}]}]",
            "5:57: this route can never match: the one at line 5 takes every alert"),
        WrittenLine(
            "a branch to an unknown policy", "routes: [{policy: default, routes: [{match: {team: ops}, policy: defualt}]}]",
            #"5:66: unknown policy "defualt"; did you mean "default"?"#),
        WrittenLine(
            "no route for the rest, though a branch takes all", "routes: [{match: {team: ops}, policy: default, routes: [{}]}]",
            "5:9: routes: no route takes the alerts that match none of these; end the list with {policy: default}"),
        WrittenLine(
            "nine levels of routes",
            "routes: [{policy: default, routes: [{routes: [{routes: [{routes: [{routes: [{routes: [{routes: "
                + "[{routes: [{match: {team: ops}}]}]}]}]}]}]}]}]}]",
            "5:98: routes: at most 8 levels deep"),
        WrittenLine(
            "a route that continues perhaps",
            "routes: [{match: {team: ops}, policy: default, continue: perhaps}, {policy: default}]",
            #"5:58: continue: expected true or false, got "perhaps""#),
        WrittenLine(
            "all labels, and one more", "routes: [{policy: default, group_by: [team, '...']}]",
            #"5:45: group_by: "..." means all labels, so it stands alone"#),
        WrittenLine(
            "a label twice in group_by", "routes: [{policy: default, group_by: [team, team]}]",
            "5:45: group_by: team stands twice"),
    ]

    @Test("with one mistake is refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusal() == ["monitord.yaml:" + row.message]) }

    static let doubtful: [WrittenLine] = [
        WrittenLine(
            "a label in a branch that no probe has", "routes: [{policy: default, routes: [{matchers: ['tem!=data']}]}]",
            #"5:49: no probe has the label "tem"; did you mean "team"?"#)
    ]

    @Test("that is doubtful is read, with a warning", arguments: doubtful)
    func warning(_ row: WrittenLine) throws { #expect(try row.warnings() == ["monitord.yaml:" + row.message]) }

    @Test("is read with what branches have from the route around them") func whole() throws {
        let line = """
            routes:
              - match: {team: data}
                matchers: ['service=~"db.*"', "env!=test, host!~a|b"]
                policy: default
                group_by: [service, team]
                group_wait: 20s
                group_interval: 1m
                continue: true
                routes:
                  - matchers: level=critical
                    policy: urgent
                    group_by: ['...']
                  - {match: {service: db1}, group_wait: 0s}
              - {matchers: ['team=~.*'], policy: default, routes: [{match: {team: web}, group_by: probe}]}

            """
        let text = WrittenLine.good.replacing("routes: [{policy: default}]\n", line).replacing(
            "policies: {", "policies: {urgent: {steps: [{notify: pager}]}, ")
        let probes = "probes: [{name: a, labels: {service: a, team: b, env: c, host: d}, http: {url: 'http://a/'}}]\n"
        let configuration = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": probes]).read().get()
        let minute = Duration.seconds(60)
        #expect(
            configuration.alerting.routes == [
                RouteSpec(
                    match: ["team": "data"],
                    matchers: [
                        try Matcher("service", .matches, "db.*"), try Matcher("env", .notEqual, "test"),
                        try Matcher("host", .matchesNot, "a|b"),
                    ], policy: "default", groupBy: ["service", "team"], groupWait: .seconds(20), groupInterval: minute,
                    continues: true,
                    routes: [
                        RouteSpec(
                            matchers: [Matcher("level", equals: "critical")], policy: "urgent", groupBy: ["..."],
                            groupWait: .seconds(20), groupInterval: minute),
                        RouteSpec(
                            match: ["service": "db1"], policy: "default", groupBy: ["service", "team"], groupWait: .zero,
                            groupInterval: minute),
                    ]),
                RouteSpec(
                    matchers: [try Matcher("team", .matches, ".*")], policy: "default",
                    routes: [RouteSpec(match: ["team": "web"], policy: "default", groupBy: ["probe"], groupWait: .zero)]),
            ])
        #expect(configuration.warnings == [])
    }

    @Test("lets a route stand behind one with the same conditions that continues") func continues() {
        let line =
            "routes: [{match: {team: ops}, policy: default, continue: true}, {matchers: [team=ops], policy: default}, {policy: default}]"
        #expect(WrittenLine("", line, "").refusal() == [])
    }

    @Test("that may hold a slip in its conditions is told of that alone") func slips() {
        let line = "routes: [{mach: {team: ops}, policy: default}, {policy: default}]"
        #expect(
            WrittenLine("", line, "").refusal() == [#"monitord.yaml:5:11: unknown key "mach"; did you mean "match"?"#])
    }

    @Test("has at most a thousand routes") func limit() {
        let routes = (0...999).map { "{match: {team: t\($0)}, policy: default}" }.joined(separator: ", ")
        #expect(
            WrittenLine("", "routes: [\(routes), {policy: default}]", "").refusal() == [
                "monitord.yaml:5:9: routes: at most 1000, got 1001"
            ])
    }
}
