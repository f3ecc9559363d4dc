import Config
import Model
import Probes
import Settings
import Testing

@Suite("A probe file") struct ProbeFileTests {
    @Test(
        "with one mistake is refused with one exact line",
        arguments: [
            ("a list at the top", "- name: a\n", #"1:1: expected a mapping of keys, such as "name: value", got a list"#),
            ("no probes", "defaults: {every: 5s}\n", "1:1: probes is missing: expected a list of mappings"),
            ("a misspelt list", "probs: []\nprobes: []\n", #"1:1: unknown key "probs"; known here: defaults, probes"#),
            ("a mapping for the list", "probes: {web: {}}\n", "1:9: probes: expected a list of mappings, got a mapping"),
            (
                "a text for a probe", "probes: [web]\n",
                #"1:10: probes: expected a mapping in each element of the list, got "web""#
            ),
            ("a misspelt default", "defaults: {evry: 5s}\nprobes: []\n", #"1:12: unknown key "evry"; did you mean "every"?"#),
            ("no name", "probes: [{http: {url: 'http://a/'}}]\n", "1:10: name is missing: expected a text"),
            (
                "a name with a slash", probe("x: y").replacing("name: web", "name: a/b").replacing("x: y, ", ""),
                #"1:17: "a/b" cannot name a probe: expected \#(nameRule)"#
            ),
            (
                "the daemon's own name", probe("x: y").replacing("name: web", "name: monitord").replacing("x: y, ", ""),
                "1:17: the name monitord is reserved: the daemon's own incidents have it"
            ),
            ("a misspelt key", probe("evrey: 5s"), #"1:22: unknown key "evrey"; did you mean "every"?"#),
            (
                "a misspelt kind", "probes: [{name: web, htpp: {url: 'http://a/'}}]\n",
                #"1:22: unknown key "htpp"; did you mean "http"?"#
            ),
            (
                "no kind", "probes: [{name: web, every: 5s}]\n",
                "1:10: the probe web does not say what to measure: expected one of \(kinds)"
            ),
            (
                "two kinds", probe("tls: {host: a}"),
                "1:10: the probe web has several kinds: http and tls; a probe has exactly one"
            ),
            (
                "a kind to come", "probes: [{name: web, icmp: {host: a}}]\n",
                "1:22: the probe kind icmp is not supported by this version; supported: \(kinds)"
            ),
            (
                "a kind without settings", "probes:\n  - name: web\n    http:\n",
                "3:10: http: expected a mapping of keys, got nothing"
            ),
            (
                "a misspelt setting", "probes: [{name: web, http: {url: 'http://a/', metod: GET}}]\n",
                #"1:47: unknown key "metod"; did you mean "method"?"#
            ),
            (
                "a misspelt required setting", "probes: [{name: web, http: {urll: 'http://a/'}}]\n",
                #"1:28: url is missing: expected a text, \#(secretForms)"#
            ),
            (
                "a word for a duration", probe("every: fast"),
                #"1:29: every: expected a duration such as 30s, 5m or 1h30m, got "fast""#
            ),
            ("far too often", probe("every: 1ms"), #"1:29: every: expected a duration from 100ms to 366d, got "1ms""#),
            (
                "a timeout longer than the interval", probe("every: 5s, timeout: 10s"),
                "1:42: the timeout (10s) is longer than every (5s): runs would overlap"
            ),
            (
                "an interval shorter than the default timeout", "defaults: {timeout: 5s}\n" + probe("every: 2s"),
                "2:29: the timeout (5s) is longer than every (2s): runs would overlap"
            ),
            (
                "a retry later than the next run", probe("every: 5s, retry_interval: 10s"),
                "1:49: retry_interval (10s) is longer than every (5s): a retry comes sooner"
            ),
            ("the reserved label", probe("labels: {probe: x}"), #"1:31: labels: "probe" is reserved; it is the probe's name"#),
            (
                "the other reserved label", probe("labels: {rule: x}"),
                #"1:31: labels: "rule" is reserved; it is the rule's name"#
            ),
            (
                "a label with a dash", probe("labels: {my-team: x}"),
                #"1:31: labels: "my-team" is no label name: letters, digits and '_', the first no digit"#
            ),
            ("a list in a label", probe("labels: {team: [x]}"), #"1:37: labels: expected a text for "team", got a list"#),
            (
                "a label of two lines", probe("labels: {team: \"a\\nb\"}"),
                "1:31: labels: team must be one line of at most 256 bytes"
            ),
            (
                "a dependency on nobody", probe("depends_on: [web-dns]"),
                #"1:35: depends_on: unknown probe "web-dns"; defined: web"#
            ),
            ("a dependency on itself", probe("depends_on: [web]"), "1:35: depends_on: a probe cannot depend on itself"),
            (
                "an empty list of rules", probe("rules: []"),
                "1:29: rules: the list is empty; without the key a probe has the rule {name: failing, critical: failed}"
            ),
            ("a rule without a name", rule("critical: failed", named: false), "1:30: name is missing: expected a text"),
            (
                "a rule without a condition", rule("after: 2"),
                #"1:30: the rule "r" has no condition: expected warning, critical, target or gate"#
            ),
            (
                "a misspelt level", rule("critcal: failed, warning: failed"),
                #"1:40: unknown key "critcal"; did you mean "critical"?"#
            ),
            (
                "a rule given twice", probe("rules: [{name: r, critical: failed}, {name: r, warning: failed}]"),
                #"1:66: the rule "r" stands twice; first in line 1"#
            ),
            (
                "an unknown aggregate", rule("critical: 'rate(duration, 5m) > 1'"),
                #"1:51: critical: unknown aggregate "rate"; known: p1…p99.99, avg, min, max, count"#
            ),
            (
                "a missing window", rule("critical: p95(duration) > 1s"),
                "1:62: critical: expected a window, as in p95(duration, 15m)"
            ),
            (
                "an unknown sample", rule("critical: durration > 1s"),
                #"1:50: critical: a probe of kind http has no sample "durration"; did you mean "duration"?"#
            ),
            (
                "a sample of another kind", rule("critical: expires_in < 7d"),
                #"1:50: critical: a probe of kind http has no sample "expires_in"; it has \#(httpSamples)"#
            ),
            (
                "a threshold above the timeout", rule("critical: duration > 30s"),
                "1:50: critical: 30s is above the timeout of 10s; a timed-out run counts as longer than its timeout"
            ),
            (
                "a percentile above the timeout", rule("target: 'p95(duration, 15m) < 1m'"),
                "1:48: target: 1m is above the timeout of 10s; a timed-out run counts as longer than its timeout"
            ),
            (
                "a duration in percent", rule("critical: duration > 85%"),
                "1:50: critical: duration is a time such as 2s, 85% is not"
            ),
            (
                "a score without its percent sign",
                "probes: [{name: web, quality: {dsn: 'postgresql://a/b', checks: {c: {sql: select 1}}}, "
                    + "rules: [{name: r, critical: score < 85}]}]\n",
                "1:116: critical: a score is from 0% to 100%, 85 is not"
            ),
            (
                "a count of seconds", rule("critical: 'count(duration, 15m) > 5s'"),
                "1:50: critical: count(duration, …) is a plain number, 5s is not"
            ),
            (
                "after with too few", rule("critical: failed, after: 5 of 3"),
                #"1:65: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got "5 of 3""#
            ),
            (
                "after with too many", rule("critical: failed, after: 65"),
                #"1:65: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got "65""#
            ),
            (
                "after with words", rule("critical: failed, after: three of five"),
                #"1:65: after: expected N or N of M, such as 2 or 3 of 5, at most 64, got "three of five""#
            ),
            (
                "a fall from critical to nothing", rule("critical: failed, downgrade_for: 5m"),
                "1:58: downgrade_for: only a rule with both warning and critical falls from one to the other"
            ),
            (
                "recovery after nothing", rule("critical: failed, recover_after: 0"),
                #"1:73: recover_after: expected a whole number from 1 to 64, got "0""#
            ),
            (
                "min_samples without a window", rule("critical: failed, min_samples: 5"),
                "1:58: min_samples: only rules over a window, such as p95(duration, 15m), count samples"
            ),
            (
                "more samples than a window holds", rule("critical: 'p95(duration, 5m) > 1s', min_samples: 20"),
                "1:89: min_samples: a window of 5m has at most 6 samples of a probe that runs every 1m, never 20"
            ),
            (
                "a secret in plain text",
                "probes: [{name: web, http: {url: 'http://a/', basic_auth: {user: a, password: hunter2}}}]\n",
                "1:79: password: a secret does not stand in the file itself; write \(secretForms)"
            ),
            (
                "a token that is not set",
                "probes: [{name: web, http: {url: 'http://a/', headers: {Authorization: {env: TOKENN}}}}]\n",
                "1:78: Authorization: the environment variable TOKENN is not set"
            ),
            ("aliases that multiply", bomb, "4:45: the file has more than 10000 values, counting every use of an alias"),
            ("a tab", "probes:\n\t- name: a\n", "2:1: a tab in the indentation; YAML is indented with spaces"),
            (
                "a key given twice", "probes: []\nprobes: []\n",
                #"1:1: the key "probes" stands more than once in the same mapping"#
            ),
        ])
    func refused(_ what: String, _ text: String, _ line: String) {
        var lines = MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).problems()
        // A slip in a required key is told of twice: that it is missing, and what was perhaps meant.
        if what == "a misspelt required setting" { lines.removeAll { $0.contains("did you mean") } }
        #expect(lines == ["probes.d/a.yaml:" + line], "\(what)")
        #expect(!lines.joined().contains("hunter2"), "a secret is shown")
    }

    /// One probe with more keys.
    private static func probe(_ keys: String) -> String { "probes: [{name: web, \(keys), http: {url: 'http://a/'}}]\n" }
    /// One probe with one rule; `every` and `timeout` have their defaults.
    private static func rule(_ keys: String, named: Bool = true) -> String {
        probe("rules: [{\(named ? "name: r, " : "")\(keys)}]")
    }

    private static let kinds = ProbeCatalog.all.map { $0.kind }.joined(separator: ", ")
    private static let httpSamples = ProbeCatalog.all.first { $0.kind == "http" }?.samples.joined(separator: ", ") ?? ""

    private static var bomb: String {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        return text
    }

    @Test("gives its probes what it says for all of them") func defaults() throws {
        let text = """
            defaults:
              every: 30s
              timeout: 5s
              labels: {service: api, team: platform}
              rules: [{name: slow, warning: duration > 2s, after: 3 of 5}]
            probes:
              - name: a
                http: {url: "http://127.0.0.1/"}
              - name: b
                every: 1m
                timeout: 20s
                retry_interval: 15s
                labels: {team: data}
                rules: [{name: failing, critical: failed, after: 2, for: 5m, keep_firing_for: 10m, recover_after: 3}]
                depends_on: [a]
                http: {url: "http://127.0.0.1/"}
            """
        let probes = try MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).read().get().probes.map(
            \.spec)
        let slow = RuleSpec(
            name: "slow", warning: .compare(.sample("duration"), .greater, 2, unit: .seconds), after: After(3, of: 5))
        let failing = RuleSpec(
            name: "failing", critical: .failed, after: After(2), forDuration: .seconds(300), keepFiringFor: .seconds(600),
            recoverAfter: 3)
        #expect(
            probes == [
                ProbeSpec(
                    name: "a", kind: "http", address: "http://127.0.0.1/", every: .seconds(30), timeout: .seconds(5),
                    retryInterval: .seconds(10), labels: ["service": "api", "team": "platform"], rules: [slow]),
                ProbeSpec(
                    name: "b", kind: "http", address: "http://127.0.0.1/", every: .seconds(60), timeout: .seconds(20),
                    retryInterval: .seconds(15), labels: ["service": "api", "team": "data"], rules: [failing], dependsOn: ["a"]),
            ])
    }

    @Test("says nothing: a probe runs every minute, waits ten seconds and alerts when it fails") func silent() throws {
        let configuration = try MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": goodProbes]).read().get()
        #expect(
            configuration.probes.map(\.spec) == [
                ProbeSpec(
                    name: "web", kind: "http", address: "http://127.0.0.1/", every: .seconds(60), timeout: .seconds(10),
                    retryInterval: .seconds(20))
            ])
        #expect(configuration.probes.map(\.place) == [Place(path: "probes.d/a.yaml", line: 1, column: 10)])
        let quick = goodProbes.replacing("name: web,", "name: web, every: 200ms,")
        let probe = try MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": quick]).read().get().probes[0].spec
        #expect(probe.timeout == .milliseconds(200))
        #expect(probe.retryInterval == .milliseconds(100))
    }

    @Test("that is broken does not hide what is wrong in the others, nor in monitord.yaml") func together() {
        let files = MemoryFiles(files: [
            "monitord.yaml": "nod: a\nlisten: {http: x}\n",
            "probes.d/a.yaml": "probes: [\n",
            "probes.d/b.yaml": goodProbes,
            "probes.d/c.yaml":
                "probes: [{name: web, evry: 5s, http: {url: 'http://a/'}}, {name: c, timeout: x, tls: {host: a, prt: 1}}]\n",
        ])
        #expect(
            files.problems() == [
                #"monitord.yaml:1:1: unknown key "nod"; did you mean "node"?"#,
                #"monitord.yaml:2:16: http: expected host:port such as 127.0.0.1:9876, or off, got "x""#,
                "probes.d/a.yaml:2:1: not valid YAML: did not find expected node content, while parsing a flow node (from 2:1)",
                #"probes.d/c.yaml:1:17: the name "web" is taken by the probe at probes.d/b.yaml:1:17"#,
                #"probes.d/c.yaml:1:22: unknown key "evry"; did you mean "every"?"#,
                #"probes.d/c.yaml:1:78: timeout: expected a duration such as 30s, 5m or 1h30m, got "x""#,
                #"probes.d/c.yaml:1:96: unknown key "prt"; did you mean "port"?"#,
            ])
    }

    @Test("may depend on probes of other files, but not in a circle") func circles() {
        let a =
            "probes: [{name: a, depends_on: [b], http: {url: 'http://a/'}}, {name: d, depends_on: [a], http: {url: 'http://a/'}}]\n"
        let b = "probes: [{name: b, depends_on: [c], http: {url: 'http://a/'}}, {name: c, http: {url: 'http://a/'}}]\n"
        #expect(MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": a, "probes.d/b.yaml": b]).problems() == [])
        let ring = b.replacing("{name: c,", "{name: c, depends_on: [a],")
        #expect(
            MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": a, "probes.d/b.yaml": ring]).problems()
                == ["probes.d/a.yaml:1:33: depends_on: these probes wait for each other: a > b > c > a"])
    }

    @Test("is left out where its name is hidden or ends otherwise") func names() throws {
        let files = MemoryFiles(files: [
            "monitord.yaml": goodMain, "probes.d/a.yaml": goodProbes, "probes.d/.a.yaml": "broken: [",
            "probes.d/README.md": "hello",
            "probes.d/b.yml": "broken: [", "probes.d/c.yaml": "# nothing yet\n",
        ])
        let result = files.read()
        #expect(try result.get().probes.map(\.spec.name) == ["web"])
        #expect(result.warnings == ["probes.d/b.yml: not read: the name of a probe file ends in .yaml"])
    }

    @Test("whose rules only compare samples is doubtful: a run that fails before it has one tells nobody") func deafness() {
        func warnings(_ rules: String) -> [String] {
            let text = "probes:\n  - name: web\n    http: {url: 'http://a/'}\n    rules: \(rules)\n"
            return MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).read().warnings
        }
        let warning =
            "probes.d/a.yaml:4:12: rules: no rule of web looks at a run that fails; if somebody is to hear of that, "
            + "add {name: failing, critical: failed}"
        #expect(warnings("[{name: slow, critical: duration > 2s}]") == [warning])
        #expect(warnings("[{name: slow, critical: duration > 2s}, {name: failing, warning: failed}]") == [])
        #expect(warnings("[{name: aim, target: duration < 2s}]") == [])
    }

    @Test(
        "with a warning that never shows is doubtful",
        arguments: [
            (
                "warning: duration > 5s, critical: duration > 2s",
                "1:49: warning: duration > 5s never shows, for critical (duration > 2s) holds whenever it does; "
                    + "expected a warning below 2s"
            ),
            (
                "warning: duration > 2s, critical: duration > 2s",
                "1:49: warning: duration > 2s never shows, for critical (duration > 2s) holds whenever it does; "
                    + "expected a warning below 2s"
            ),
            (
                "warning: certificate_expires_in <= 7d, critical: certificate_expires_in < 21d",
                "1:49: warning: certificate_expires_in <= 7d never shows, for critical (certificate_expires_in < 21d) holds "
                    + "whenever it does; expected a warning above 21d"
            ),
            (
                "warning: 'p95(duration, 15m) > 3s', critical: 'p95(duration, 15m) >= 3s'",
                "1:49: warning: p95(duration, 15m) > 3s never shows, for critical (p95(duration, 15m) >= 3s) holds whenever it "
                    + "does; expected a warning below 3s"
            ),
            (
                "warning: failed, critical: failed",
                "1:49: warning: failed never shows, for critical (failed) holds whenever it does; leave one of the two out"
            ),
            ("warning: duration > 2s, critical: duration > 5s", nil),
            ("warning: duration >= 2s, critical: duration > 2s", nil),
            ("warning: 'p95(duration, 15m) > 3s', critical: duration > 2s", nil),
            ("warning: status_code == 500, critical: status_code == 503", nil),
            ("warning: duration > 5s, critical: duration < 2s", nil),
        ])
    func neverShown(rule: String, warning: String?) {
        let text = Self.probe("rules: [{name: r, \(rule)}, {name: failing, critical: failed}]")
        #expect(
            MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).read().warnings
                == [warning].compactMap { $0.map { "probes.d/a.yaml:\($0)" } })
    }

    @Test("with a window shorter than the interval is doubtful") func shortWindow() {
        let text = Self.rule("critical: 'max(duration, 10s) > 1s'")
        #expect(
            MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).read().warnings
                == [
                    "probes.d/a.yaml:1:29: rules: no rule of web looks at a run that fails; if somebody is to hear of that, "
                        + "add {name: failing, critical: failed}",
                    "probes.d/a.yaml:1:50: critical: a window of 10s has at most one sample of a probe that runs every 1m",
                ])
    }
}
