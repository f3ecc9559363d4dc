import Config
import Model
import Settings
import Testing

@Suite("Relations of probes, clear conditions and flapping") struct ProbeRelationTests {
    static let refused: [WrittenLine] = [
        WrittenLine(
            "a dependency on a rule that is misspelt",
            "probes: [{name: a, depends_on: [{probe: b, rule: faling}], http: {url: 'http://a/'}}, {name: b, "
                + "http: {url: 'http://a/'}}]",
            #"1:50: depends_on: of b: unknown rule "faling"; did you mean "failing"?"#),
        WrittenLine(
            "a dependency on a rule that is never critical",
            "probes: [{name: a, depends_on: [{probe: b, rule: slow}], http: {url: 'http://a/'}}, {name: b, "
                + "rules: [{name: slow, warning: duration > 2s}, {name: failing, critical: failed}], http: {url: "
                + "'http://a/'}}]",
            "1:50: depends_on: the rule slow of b is never critical, so it never counts as down"),
        WrittenLine(
            "a dependency without a probe", "probes: [{name: a, depends_on: [{rule: failing}], http: {url: 'http://a/'}}]",
            "1:33: probe is missing: expected a text"),
        WrittenLine(
            "a dependency twice, once with its rule",
            "probes: [{name: a, depends_on: [b, {probe: b, rule: failing}], http: {url: 'http://a/'}}, {name: b, "
                + "http: {url: 'http://a/'}}]",
            "1:44: depends_on: b stands twice"),
        WrittenLine(
            "a list in a list of dependencies",
            "probes: [{name: a, depends_on: [[b]], http: {url: 'http://a/'}}, {name: b, http: {url: "
                + "'http://a/'}}]",
            "1:33: depends_on: expected names of probes, or mappings such as {probe: NAME, rule: NAME}, got a "
                + "list"),
        WrittenLine(
            "a circle of rules",
            "probes: [{name: a, depends_on: [{probe: b, rule: failing}], http: {url: 'http://a/'}}, {name: b, "
                + "depends_on: a, http: {url: 'http://a/'}}]",
            "1:41: depends_on: these probes wait for each other: a > b > a"),
        WrittenLine(
            "a new name that is the old one", "probes: [{name: a, renamed_from: a, http: {url: 'http://a/'}}]",
            "1:34: renamed_from: the probe still has this name; remove the key"),
        WrittenLine(
            "an old name that another probe has",
            "probes: [{name: a, renamed_from: b, http: {url: 'http://a/'}}, {name: b, http: {url: 'http://a/'}}]",
            "1:34: renamed_from: b is the name of the probe at probes.d/a.yaml:1:71"),
        WrittenLine(
            "two heirs of one name",
            "probes: [{name: a, renamed_from: c, http: {url: 'http://a/'}}, {name: b, renamed_from: c, http: "
                + "{url: 'http://a/'}}]",
            "1:88: renamed_from: a was renamed from c, too"),
        WrittenLine(
            "an old name that was none", "probes: [{name: a, renamed_from: 'my probe', http: {url: 'http://a/'}}]",
            #"1:34: renamed_from: expected the name that the probe had, got "my probe""#),
        WrittenLine(
            "a pause in words of YAML 1.1", "probes: [{name: a, paused: yes, http: {url: 'http://a/'}}]",
            #"1:28: paused: expected true, false or why it is paused, got "yes""#),
        WrittenLine(
            "a pause that is a list", "probes: [{name: a, paused: [true], http: {url: 'http://a/'}}]",
            "1:28: paused: expected a text, got a list"),
        WrittenLine(
            "a clear condition for two levels",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, warning: duration > 2s, "
                + "critical: duration > 5s, clear: duration < 1s}], http: {url: 'http://a/'}}]",
            "1:131: clear: the rule has warning and critical: expected {warning: …, critical: …}"),
        WrittenLine(
            "a clear condition without a level",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, target: duration < 2s, "
                + "clear: duration < 1s}], http: {url: 'http://a/'}}]",
            "1:98: clear: the rule has neither warning nor critical: nothing fires"),
        WrittenLine(
            "a clear condition of a level that is not there",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: {warning: duration < 1s}}], http: {url: 'http://a/'}}]",
            "1:108: clear: the rule has no warning that could end"),
        WrittenLine(
            "a clear condition beyond the threshold",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: duration < 6s}], http: {url: 'http://a/'}}]",
            "1:107: clear: 6s lies on the wrong side of duration > 5s: expected at most 5s"),
        WrittenLine(
            "a clear condition below a lower threshold",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: "
                + "'count(duration, 5m) < 3', clear: 'count(duration, 5m) > 2'}], http: {url: 'http://a/'}}]",
            "1:119: clear: 2 lies on the wrong side of count(duration, 5m) < 3: expected at least 3"),
        WrittenLine(
            "a clear condition of the same way",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: duration > 4s}], http: {url: 'http://a/'}}]",
            "1:107: clear: duration > 4s goes the same way as duration > 5s; expected the other way, such as "
                + "duration < 5s"),
        WrittenLine(
            "a clear condition of the same way for one level",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, warning: duration > 2s, "
                + "critical: duration > 5s, clear: {critical: 'duration >= 4s'}}], http: {url: 'http://a/'}}]",
            "1:142: clear: duration >= 4s goes the same way as duration > 5s; expected the other way, such as "
                + "duration < 5s"),
        WrittenLine(
            "a clear condition that a run fails",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: failed}], http: {url: 'http://a/'}}]",
            "1:107: clear: an alert does not end by a failed run: expected a comparison such as duration < 2s"),
        WrittenLine(
            "a clear condition on an unknown sample",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: latncy < 4s}], http: {url: 'http://a/'}}]",
            #"1:107: clear: a probe of kind http has no sample "latncy"; it has duration, dns_duration, "#
                + "connect_duration, tls_duration, processing_duration, transfer_duration, status_code, body_bytes, "
                + "redirects, http_version, certificate_expires_in, json_*"),
        WrittenLine(
            "a misspelt level of a clear condition",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "clear: {critcal: duration < 4s}}], http: {url: 'http://a/'}}]",
            #"1:108: unknown key "critcal"; did you mean "critical"?"#),
        WrittenLine(
            "flapping switched on",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "flapping: on}], http: {url: 'http://a/'}}]",
            #"1:110: flapping: expected off, or {start: 30%, stop: 20%}, got "on""#),
        WrittenLine(
            "flapping that stops above its start",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "flapping: {start: 30%, stop: 40%}}], http: {url: 'http://a/'}}]",
            "1:110: flapping: stop (40%) must not exceed start (30%)"),
        WrittenLine(
            "flapping without a percent sign",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "flapping: {start: 30}}], http: {url: 'http://a/'}}]",
            "1:118: start: expected a percentage above 0% and up to 100%"),
        WrittenLine(
            "flapping of colours",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "flapping: {start: red}}], http: {url: 'http://a/'}}]",
            #"1:118: start: expected a percentage such as 85%, or a ratio such as 0.85, got "red""#),
        WrittenLine(
            "coverage",
            "probes: [{name: web, rules: [{name: failing, critical: failed}, {name: r, critical: duration > 5s, "
                + "coverage: 50%}], http: {url: 'http://a/'}}]",
            "1:100: coverage: not supported by this version"),
    ]

    @Test("with one mistake are refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusalOfProbes() == ["probes.d/a.yaml:" + row.message]) }

    @Test("are read whole") func whole() throws {
        let text = """
            defaults: {rules: [{name: failing, critical: failed, flapping: off}]}
            probes:
              - {name: gateway, http: {url: "http://127.0.0.1/"}}
              - name: web
                renamed_from: site
                depends_on: [gateway, {probe: db, rule: slow}, {probe: cache}]
                http: {url: "http://127.0.0.1/"}
                rules:
                  - {name: failing, critical: failed}
                  - {name: slow, critical: duration > 5s, clear: duration < 4s, flapping: {start: 40%, stop: 25%}}
                  - name: p95
                    warning: p95(duration, 15m) > 1s
                    critical: p95(duration, 15m) > 2s
                    clear: {warning: "p95(duration, 15m) <= 800ms", critical: "p95(duration, 15m) < 2s"}
                    flapping: {start: 15%}
              - name: db
                http: {url: "http://127.0.0.1/"}
                rules: [{name: failing, warning: failed}, {name: slow, critical: duration > 1s}]
              - {name: cache, depends_on: gateway, http: {url: "http://127.0.0.1/"}}

            """
        let configuration = try MemoryFiles(files: ["monitord.yaml": WrittenLine.good, "probes.d/a.yaml": text]).read().get()
        #expect(configuration.warnings == [])
        let probes = configuration.probes.map(\.spec)
        #expect(probes.map(\.dependsOn) == [[], ["gateway", "db", "cache"], [], ["gateway"]])
        #expect(probes.map(\.dependsOnRule) == [[:], ["db": "slow"], [:], [:]])
        #expect(probes.map(\.renamedFrom) == [nil, "site", nil, nil])
        #expect(probes[0].rules == [RuleSpec(name: "failing", critical: .failed, flapping: nil)])
        let rules = probes[1].rules
        #expect(rules.map { $0.clearCritical?.description } == [nil, "duration < 4s", "p95(duration, 15m) < 2s"])
        #expect(rules.map { $0.clearWarning?.description } == [nil, nil, "p95(duration, 15m) <= 800ms"])
        #expect(rules.map(\.flapping) == [FlapLimits(), FlapLimits(start: 40, stop: 25), FlapLimits(start: 15, stop: 15)])
    }

    @Test("on a probe that can never count as down are doubtful") func toothless() {
        let text =
            "probes: [{name: a, depends_on: b, http: {url: 'http://a/'}}, "
            + "{name: b, rules: [{name: failing, warning: failed}], http: {url: 'http://a/'}}]\n"
        #expect(
            MemoryFiles(files: ["monitord.yaml": WrittenLine.good, "probes.d/a.yaml": text]).read().warnings == [
                "probes.d/a.yaml:1:32: depends_on: b has no rule with critical: failed, so it never counts as down; "
                    + "name the rule that says it: {probe: b, rule: NAME}"
            ])
    }
}
