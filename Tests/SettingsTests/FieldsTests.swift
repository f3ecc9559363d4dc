import Model
import Settings
import Testing

@Suite("Fields") struct FieldsTests {
    private static let duration = "expected a duration such as 30s, 5m or 1h30m"
    private static let keys = "interval, port, mode, on, size, labels, list, ratio, rule, nested, weight"

    @Test(
        "tell what was expected, what stood there, and where",
        arguments: [
            ("a misspelt key", "intervall: 5s\n", #"a.yaml:1:1: unknown key "intervall"; did you mean "interval"?"#),
            (
                "a key that resembles nothing", "colour: red\n",
                #"a.yaml:1:1: unknown key "colour"; known here: \#(keys)"#
            ),
            (
                "a word for a duration", "interval: fast\n",
                #"a.yaml:1:11: interval: \#(duration), got "fast""#
            ),
            (
                "a duration without a unit", "interval: 30\n",
                #"a.yaml:1:11: interval: \#(duration), got "30" (the unit is missing)"#
            ),
            (
                "a duration in fortnights", "interval: 2fortnights\n",
                #"a.yaml:1:11: interval: \#(duration), got "2fortnights" ("fortnights" is no unit of time)"#
            ),
            (
                "a duration in odd order", "interval: 30m1h\n",
                #"a.yaml:1:11: interval: \#(duration), got "30m1h" (units go from long to short, each once)"#
            ),
            (
                "a negative duration", "interval: -5s\n",
                #"a.yaml:1:11: interval: \#(duration), got "-5s" (it cannot be negative)"#
            ),
            (
                "a duration beyond all bounds", "interval: 99999999999999999999d\n",
                #"a.yaml:1:11: interval: \#(duration), got "99999999999999999999d" (it is too large)"#
            ),
            (
                "a duration out of its range", "interval: 2d\n",
                #"a.yaml:1:11: interval: expected a duration from 1s to 1d, got "2d""#
            ),
            (
                "a list for a duration", "interval: [1s]\n",
                "a.yaml:1:11: interval: \(duration), got a list"
            ),
            (
                "nothing for a duration", "interval:\n",
                "a.yaml:1:10: interval: \(duration), got nothing"
            ),
            (
                "a port out of range", "port: 70000\n",
                #"a.yaml:1:7: port: expected a whole number from 1 to 65535, got "70000""#
            ),
            ("an octal port", "port: 0443\n", #"a.yaml:1:7: port: expected a whole number from 1 to 65535, got "0443""#),
            ("a fractional port", "port: 1.5\n", #"a.yaml:1:7: port: expected a whole number from 1 to 65535, got "1.5""#),
            ("yes for true", "on: yes\n", #"a.yaml:1:5: on: expected true or false, got "yes""#),
            (
                "a misspelt choice", "mode: critcal\n",
                #"a.yaml:1:7: mode: expected warning or critical, got "critcal"; did you mean "critical"?"#
            ),
            (
                "a size in parsecs", "size: 3pc\n",
                #"a.yaml:1:7: size: expected a size such as 512KiB or 2GB, got "3pc" ("pc" is no unit of size)"#
            ),
            (
                "a size beyond all bounds", "size: 99999999TiB\n",
                #"a.yaml:1:7: size: expected a size such as 512KiB or 2GB, got "99999999TiB" (it is too large)"#
            ),
            ("a list in labels", "labels: {team: [a]}\n", #"a.yaml:1:16: labels: expected a text for "team", got a list"#),
            ("a text for labels", "labels: web\n", #"a.yaml:1:9: labels: expected a mapping of texts, got "web""#),
            (
                "a mapping in a list of texts", "list: [a, {b: c}]\n",
                "a.yaml:1:11: list: expected a text in each element of the list, got a mapping"
            ),
            (
                "a mapping for a list", "list: {a: b}\n",
                "a.yaml:1:7: list: expected a text, or a list of texts such as [a, b], got a mapping"
            ),
            (
                "a word for a ratio", "ratio: most\n",
                #"a.yaml:1:8: ratio: expected a percentage such as 85%, or a ratio such as 0.85, got "most""#
            ),
            ("a word for a number", "weight: heavy\n", #"a.yaml:1:9: weight: expected a number, got "heavy""#),
            (
                "a rule with a slip", "rule: \"p95(duration) > 1s\"\n",
                "a.yaml:1:20: rule: expected a window, as in p95(duration, 15m)"
            ),
            (
                "a slip inside a nested mapping", "nested: {port: 1, prot: 2}\n",
                #"a.yaml:1:19: unknown key "prot"; known here: port"#
            ),
            (
                "a long text", "interval: \(String(repeating: "x", count: 100))\n",
                #"a.yaml:1:11: interval: \#(duration), got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...""#
            ),
        ])
    func wrong(_ what: String, _ text: String, _ line: String) {
        #expect(lines(text, readAll) == [line], "\(what)")
    }

    private func readAll(_ fields: Fields) {
        _ = fields.duration("interval", in: .seconds(1)...(.seconds(86_400)))
        _ = fields.integer("port", in: 1...65_535)
        _ = fields.choice("mode", Level.self)
        _ = fields.boolean("on")
        _ = fields.size("size")
        _ = fields.texts("labels")
        _ = fields.strings("list")
        _ = fields.ratio("ratio")
        _ = fields.condition("rule")
        _ = fields.fields("nested")?.integer("port", in: 1...65_535)
        _ = fields.number("weight")
    }

    @Test("tell every problem at once, in the order of the file") func everything() {
        #expect(
            lines("weight: x\nport: y\ncolor: red\nnested: 5\n", readAll).map { $0.prefix(8) } == [
                "a.yaml:1", "a.yaml:2", "a.yaml:3", "a.yaml:4",
            ])
    }

    @Test("read what is right") func right() {
        let problems = Problems()
        let text = """
            interval: 1h30m
            port: "443"
            on: true
            mode: warning
            size: 512KiB
            ratio: 85%
            weight: 1.5e2
            labels: {team: data, tier: 1}
            list: [a, "b", 3]
            one: 200
            rule: p99.9(duration, 15m) >= 1.5s
            headers: {Accept: "*/*", Authorization: {env: TOKEN}}
            steps: [{after: 0s}, {after: 5m}]
            """
        guard let fields = fields(text, problems) else { return #expect(Bool(false), "it is a mapping") }
        #expect(fields.duration("interval") == .seconds(5400))
        #expect(fields.integer("port", in: 1...65_535) == 443)
        #expect(fields.boolean("on") == true)
        #expect(fields.choice("mode", Level.self) == .warning)
        #expect(fields.size("size") == 524_288)
        #expect(fields.ratio("ratio") == 0.85)
        #expect(fields.number("weight") == 150)
        #expect(fields.texts("labels") == ["team": "data", "tier": "1"])
        #expect(fields.strings("list") == ["a", "b", "3"])
        #expect(fields.strings("one") == ["200"])
        #expect(
            fields.condition("rule")
                == .compare(
                    .aggregate(.quantile(0.999), sample: "duration", window: .seconds(900)), .greaterOrEqual, 1.5,
                    unit: .seconds))
        #expect(
            fields.secrets("headers")?.map { "\($0.name)=\($0.value.reveal())" } == ["Accept=*/*", "Authorization=env-secret"])
        #expect(fields.list("steps")?.map { $0.duration("after") } == [.zero, .seconds(300)])
        #expect(fields.shape(of: "list") == .list(count: 3))
        #expect(fields.place(of: "port") == Place(path: "a.yaml", line: 2, column: 7))
        fields.close()
        #expect(problems.all == [])
    }

    @Test("say which required key is missing, and suggest only slips when a reader gave up") func incomplete() {
        let problems = Problems()
        let fields = fields("urll: x\nheaders: {a: b}\n", problems)
        #expect(fields?.string("url", required: true) == nil)
        fields?.close(isComplete: false)
        #expect(
            problems.sorted.map(\.description) == [
                "a.yaml:1:1: url is missing: expected a text", #"a.yaml:1:1: unknown key "urll"; did you mean "url"?"#,
            ])
    }
}
