import Alerting
import Config
import Model
import Settings
import Testing

@Suite("What a step asks for") struct StepConditionTests {
    /// A line with a second step that asks for something.
    private static func line(_ condition: String) -> String {
        "policies: {default: {steps: [{notify: [chat, week]}, {notify: pager, if: \(condition)}]}}"
    }

    static let refused: [WrittenLine] = [
        WrittenLine("nothing", line("{}"), "4:74: if: expected level, hours, weekdays or count"),
        WrittenLine("a text", line("daytime"), #"4:74: if: expected a mapping of keys, got "daytime""#),
        WrittenLine(
            "a misspelt key", line("{wekdays: mon-fri}"), #"4:75: unknown key "wekdays"; did you mean "weekdays"?"#),
        WrittenLine(
            "an unknown level", line("{level: error}"), #"4:82: level: expected warning or critical, got "error""#),
        WrittenLine(
            "hours without minutes", line("{hours: 9-17}"),
            #"4:82: hours: expected two times of the day such as "09:00-17:00", got "9-17""#),
        WrittenLine(
            "an unknown weekday", line("{weekdays: mon-fre}"),
            #"4:85: weekdays: expected days such as mon-fri or sat,sun, got "mon-fre"; known: sun, mon, tue, wed, thu, fri, sat"#
        ),
        WrittenLine(
            "an unknown zone", line("{hours: '09:00-17:00', zone: Europe/Lodnon}"),
            #"4:103: zone: unknown time zone "Europe/Lodnon"; did you mean "Europe/London"?"#),
        WrittenLine(
            "a zone of nothing", line("{level: critical, zone: Europe/London}"),
            "4:92: zone: there are neither hours nor weekdays of which it could be the zone"),
        WrittenLine(
            "a count of its own", line("{count: 3}"), #"4:82: count: expected ">= N" with N from 2 to 10000, got "3""#),
        WrittenLine(
            "fewer alerts", line("{count: '< 3'}"), #"4:82: count: expected ">= N" with N from 2 to 10000, got "< 3""#),
        WrittenLine(
            "a count that every incident has", line("{count: '>= 1'}"),
            #"4:82: count: expected ">= N" with N from 2 to 10000, got ">= 1""#),
        WrittenLine(
            "a level twice",
            "policies: {default: {steps: [{notify: [chat, week]}, {notify: pager, level: critical, if: {level: critical}}]}}",
            "4:92: level: the step has it too; it takes one of them"),
        WrittenLine(
            "the same in two steps",
            "policies: {default: {steps: [{notify: [chat, week]}, {after: 5m, notify: pager, if: {weekdays: mon}}, "
                + "{after: 5m, notify: pager, if: {weekdays: mon}}]}}",
            "4:103: this step is the same as step 2: nobody is told twice at one time"),
    ]

    @Test("with one mistake is refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusal() == ["monitord.yaml:" + row.message]) }

    @Test("is read whole") func whole() throws {
        let text = """
            channels: {chat: {slack: {webhook_url: {env: HOOK}}}}
            policies:
              default:
                steps:
                  - {notify: chat}
                  - {notify: chat, if: {level: critical}}
                  - {notify: chat, if: {hours: "09:00-17:00", weekdays: mon-fri, zone: Europe/London}}
                  - {notify: chat, if: {weekdays: "sat,sun"}}
                  - {notify: chat, if: {count: ">=3"}}
                  - {notify: chat, level: critical, if: {hours: "22:00-06:00", count: ">= 2"}}
                  # The same people at other hours are no second mention.
                  - {after: 30m, notify: chat, if: {hours: "09:00-17:00"}}
                  - {after: 30m, notify: chat, if: {hours: "17:00-09:00"}}
            routes: [{policy: default, group_by: [service]}]

            """
        let probes = """
            defaults: {labels: {service: web}}
            probes:
              - {name: a, http: {url: 'http://a/'}}
              - {name: b, http: {url: 'http://b/'}}
              - {name: c, http: {url: 'http://c/'}}

            """
        let read = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": probes]).read().get()
        #expect(read.warnings == [])
        func hours(_ from: Int, _ until: Int, _ weekdays: Set<Int> = Set(0...6), _ zone: String = "UTC") -> StepCondition.Hours
        {
            .init(Rotation.Restriction(weekdays: weekdays, from: from * 60, until: until * 60), zone: zone)
        }
        let steps = try #require(read.alerting.policies["default"]?.steps)
        #expect(
            steps.map(\.condition) == [
                nil, nil, StepCondition(hours: hours(9, 17, [1, 2, 3, 4, 5], "Europe/London")),
                StepCondition(hours: hours(0, 24, [0, 6])), StepCondition(atLeast: 3),
                StepCondition(hours: hours(22, 6), atLeast: 2), StepCondition(hours: hours(9, 17)),
                StepCondition(hours: hours(17, 9)),
            ])
        #expect(steps.map(\.level) == [nil, .critical, nil, nil, nil, .critical, nil, nil])
        #expect(read.alerting.zones.keys.sorted() == ["Europe/London", "UTC"])
        #expect(read.alerting.zones["Europe/London"]?.name == "Europe/London")
    }

    @Test("that never comes is doubtful") func never() throws {
        func warnings(_ condition: String, groupBy: String = "[probe]", probes: Int = 2, quorum: String = "") -> [String] {
            let main =
                WrittenLine("", Self.line(condition), "").main
                .replacing("routes: [{policy: default}]", with: "routes: [{policy: default, group_by: \(groupBy)}]") + quorum
            let names = ["web", "shop", "search", "cart"].prefix(probes)
            let list = names.map { "{name: \($0), labels: {team: ops}, http: {url: 'http://127.0.0.1/'}}" }
            let files = [
                "monitord.yaml": main,
                "probes.d/a.yaml":
                    "defaults: {rules: [{name: failing, warning: failed}]}\nprobes: [\(list.joined(separator: ", "))]\n",
            ]
            return MemoryFiles(files: files).read().warnings
        }
        #expect(warnings("{level: critical}") == [], "the daemon's own alerts are critical and come to it, too")
        // Each probe has its rule, and may give no results; the daemon has three alerts of its own.
        #expect(
            warnings("{count: '>= 8'}", groupBy: "[team]") == [
                "monitord.yaml:4:82: count: the policy default has 7 alerts at most: this step never runs"
            ])
        #expect(
            warnings("{count: '>= 4'}") == [
                "monitord.yaml:4:82: count: no group of the policy default has more than 3 alerts: this step runs only where "
                    + "many incidents become one, in a storm; see group_by"
            ])
        #expect(warnings("{count: '>= 2'}") == [])
        #expect(warnings("{count: '>= 5'}", groupBy: "[team]").count == 1)
        #expect(warnings("{count: '>= 4'}", groupBy: "[team]") == [])
        #expect(
            warnings(
                "{count: '>= 4'}", quorum: "quorum: [{name: many, distinct: probe, quorum: 2, policy: default}]\n") == [],
            "what a quorum gathers is no group")
    }
}
