import Alerting
import Config
import Model
import Settings
import Testing

@Suite("Contacts, schedules and policies") struct PeopleTests {
    static let refused: [WrittenLine] = [
        WrittenLine(
            "a contact with the name of a channel",
            "contacts: {ada: {channels: chat}, bob: {channels: chat}, pager: {channels: chat}}",
            #"2:58: the name "pager" is taken by the channel at monitord.yaml:1:55; channels, contacts and "#
                + "schedules are told by the same names"),
        WrittenLine(
            "a schedule with the name of a contact",
            "schedules: {week: {layers: [{people: ada, start: 2026-01-05T09:00}]}, bob: {layers: [{people: ada, "
                + "start: 2026-01-05T09:00}]}}",
            #"3:71: the name "bob" is taken by the contact at monitord.yaml:2:44; channels, contacts and "#
                + "schedules are told by the same names"),
        WrittenLine(
            "a misspelt name in a step", "policies: {default: {steps: [{notify: [chat, wek, pager]}]}}",
            #"4:46: unknown channel, contact or schedule "wek"; did you mean "week"?"#),
        WrittenLine(
            "an unknown name in a step", "policies: {default: {steps: [{notify: [chat, week, pager, everybody]}]}}",
            #"4:59: unknown channel, contact or schedule "everybody"; defined: chat, pager, ada, bob, week"#),
        WrittenLine(
            "an unknown name as fallback_contact", "fallback_contact: carol",
            #"6:19: fallback_contact: unknown channel, contact or schedule "carol"; defined: chat, pager, ada, "#
                + "bob, week"),
        WrittenLine(
            "an unknown policy for the daemon's own incidents", "system_policy: defualt",
            #"6:16: system_policy: unknown policy "defualt"; did you mean "default"?"#),
        WrittenLine(
            "a word of an operator that stands for seconds",
            "policies: {default: {steps: [{notify: [chat, week, pager]}], reopen_after: 5s}}",
            #"4:76: reopen_after: expected a duration from 1m to 30d, got "5s""#),
        WrittenLine(
            "an acknowledgement of seconds", "policies: {default: {steps: [{notify: [chat, week, pager]}], ack_timeout: 5s}}",
            #"4:75: ack_timeout: expected a duration from 1m to 366d, got "5s""#),
        WrittenLine(
            "a step given twice",
            "policies: {default: {steps: [{notify: [chat, week, pager]}, {after: 0s, notify: [chat, week, "
                + "pager]}]}}",
            "4:61: this step is the same as step 1: nobody is told twice at one time"),
        WrittenLine(
            "a contact without channels", "contacts: {bob: {channels: [chat]}, ada: {}}",
            "2:42: channels is missing: expected a text, or a list of texts such as [a, b]"),
        WrittenLine(
            "a contact with an empty list of channels", "contacts: {bob: {channels: [chat]}, ada: {channels: []}}",
            "2:53: channels: the list is empty"),
        WrittenLine(
            "a contact's channel that is misspelt", "contacts: {bob: {channels: [chat]}, ada: {channels: [chatt, pager]}}",
            #"2:54: unknown channel "chatt"; did you mean "chat"?"#),
        WrittenLine(
            "a contact that names a contact", "contacts: {bob: {channels: [chat]}, ada: {channels: [bob, pager]}}",
            #"2:54: unknown channel "bob"; defined: chat, pager"#),
        WrittenLine(
            "a channel twice", "contacts: {bob: {channels: [chat]}, ada: {channels: [chat, pager, chat]}}",
            "2:67: channels: chat stands twice"),
        WrittenLine(
            "a failover at once", "contacts: {bob: {channels: [chat]}, ada: {channels: [chat, pager], failover_after: 0s}}",
            #"2:84: failover_after: expected a duration from 1s to 1d, got "0s""#),
        WrittenLine(
            "a name with a space",
            "contacts: {ada: {channels: [chat, pager]}, bob: {channels: [chat]}, the boss: {channels: [chat]}}",
            #"2:69: "the boss" cannot name a contact: expected letters, digits, '.', '_' and '-', at most 128, "#
                + "the first a letter or digit"),
        WrittenLine(
            "a schedule without layers", "schedules: {week: {zone: UTC}}",
            "3:19: layers is missing: expected a list of mappings"),
        WrittenLine(
            "an empty list of layers", "schedules: {week: {layers: []}}",
            "3:28: layers: the list is empty"),
        WrittenLine(
            "an unknown zone", "schedules: {week: {zone: Europe/Lodnon, layers: [{people: [ada], start: 2026-01-05T09:00}]}}",
            #"3:26: zone: unknown time zone "Europe/Lodnon"; did you mean "Europe/London"?"#),
        WrittenLine(
            "a layer of nobody", "schedules: {week: {layers: [{people: [], start: 2026-01-05T09:00}]}}",
            "3:38: people: the list is empty"),
        WrittenLine(
            "a layer without people", "schedules: {week: {layers: [{start: 2026-01-05T09:00}]}}",
            "3:29: people is missing: expected a text, or a list of texts such as [a, b]"),
        WrittenLine(
            "a misspelt person", "schedules: {week: {layers: [{people: [adda], start: 2026-01-05T09:00}]}}",
            #"3:39: people: unknown contact "adda"; did you mean "ada"?"#),
        WrittenLine(
            "a channel in place of a person", "schedules: {week: {layers: [{people: [pager], start: 2026-01-05T09:00}]}}",
            #"3:39: people: unknown contact "pager"; defined: ada, bob"#),
        WrittenLine(
            "a layer without a start", "schedules: {week: {layers: [{people: [ada]}]}}",
            "3:29: start is missing: expected a local time such as 2026-01-05T09:00"),
        WrittenLine(
            "a start without a time", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05}]}}",
            #"3:52: start: expected a local time such as 2026-01-05T09:00, got "2026-01-05""#),
        WrittenLine(
            "a start with an offset", "schedules: {week: {layers: [{people: [ada], start: '2026-01-05T09:00Z'}]}}",
            #"3:52: start: expected a local time such as 2026-01-05T09:00, got "2026-01-05T09:00Z"; its zone is "#
                + "said by the key zone"),
        WrittenLine(
            "a day that does not exist", "schedules: {week: {layers: [{people: [ada], start: 2026-02-30T09:00}]}}",
            #"3:52: start: expected a local time such as 2026-01-05T09:00, got "2026-02-30T09:00""#),
        WrittenLine(
            "a misspelt handoff", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, handoff: weekley}]}}",
            #"3:79: handoff: expected daily, weekly, {days: N} or {weeks: N}, got "weekley"; did you mean "#
                + #""weekly"?"#),
        WrittenLine(
            "a handoff of nothing", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, handoff: {}}]}}",
            "3:79: handoff: expected one of {days: N} and {weeks: N}"),
        WrittenLine(
            "a handoff after days and weeks",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, handoff: {days: 1, weeks: "
                + "1}}]}}",
            "3:79: handoff: expected one of {days: N} and {weeks: N}"),
        WrittenLine(
            "a handoff every 0 days",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, handoff: {days: 0}}]}}",
            #"3:86: days: expected a whole number from 1 to 366, got "0""#),
        WrittenLine(
            "hours without minutes", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, hours: 9-17}]}}",
            #"3:77: hours: expected two times of the day such as "09:00-17:00", got "9-17""#),
        WrittenLine(
            "hours past the day",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, hours: '09:00-25:00'}]}}",
            #"3:77: hours: expected two times of the day such as "09:00-17:00", got "09:00-25:00""#),
        WrittenLine(
            "an unknown weekday", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, weekdays: mon-fre}]}}",
            #"3:80: weekdays: expected days such as mon-fri or sat,sun, got "mon-fre"; known: sun, mon, tue, wed, "#
                + "thu, fri, sat"),
        WrittenLine(
            "no weekday", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, weekdays: []}]}}",
            "3:80: weekdays: the list is empty"),
        WrittenLine(
            "hours beside restrictions",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, hours: '09:00-17:00', "
                + "restrictions: [{weekdays: sat-sun}]}]}}",
            "3:92: restrictions: the layer has hours or weekdays too; put them into the list"),
        WrittenLine(
            "an empty restriction",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, restrictions: [{}]}]}}",
            "3:85: restrictions: expected hours, weekdays or both"),
        WrittenLine(
            "a priority beyond all", "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, priority: 5000}]}}",
            #"3:80: priority: expected a whole number from -1000 to 1000, got "5000""#),
        WrittenLine(
            "two layers of one name",
            "schedules: {week: {layers: [{name: day, people: [ada], start: 2026-01-05T09:00}, {name: day, "
                + "people: [bob], start: 2026-01-05T09:00}]}}",
            #"3:89: the name "day" is taken by the layer in line 3"#),
        WrittenLine(
            "a layer that has the name given to another without one",
            "schedules: {week: {layers: [{name: layer-2, people: [ada], start: 2026-01-05T09:00}, {people: "
                + "[bob], start: 2026-01-05T09:00}]}}",
            "3:86: name: this layer needs one: layer-2 is taken by the one in line 3"),
    ]

    @Test("with one mistake is refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusal() == ["monitord.yaml:" + row.message]) }

    static let doubtful: [WrittenLine] = [
        WrittenLine(
            "a schedule that nobody notifies", "policies: {default: {steps: [{notify: [chat, pager]}]}}",
            #"3:13: no policy notifies the schedule "week""#),
        WrittenLine(
            "a failover to nobody", "contacts: {bob: {channels: [chat]}, ada: {channels: [pager], failover_after: 60s}}",
            "2:62: failover_after: ada has one channel: there is none to change to"),
        WrittenLine(
            "a start that the clock skips",
            "schedules: {week: {zone: Europe/Berlin, layers: [{people: [ada], start: 2026-03-29T02:30}]}}",
            "3:73: start: the clocks of Europe/Berlin skip 2026-03-29T02:30; 2026-03-29T03:30 is taken instead"),
        WrittenLine(
            "hours of which nobody is on call",
            "schedules: {week: {layers: [{people: [ada], start: 2026-01-05T09:00, hours: '09:00-17:00', "
                + "weekdays: mon-fri}]}}",
            "3:13: nobody of week is on call from 2026-06-01T17:00 until 2026-06-02T09:00, and 9 more times "
                + "within 14d; without fallback_contact nobody is told then"),
        WrittenLine(
            "a start in the future", "schedules: {week: {layers: [{people: [ada], start: 2026-06-03T09:00}]}}",
            "3:13: nobody of week is on call from 2026-06-01T12:00 until 2026-06-03T09:00 within 14d; without "
                + "fallback_contact nobody is told then"),
    ]

    @Test("that is doubtful is read, with a warning", arguments: doubtful)
    func warning(_ row: WrittenLine) throws { #expect(try row.warnings() == ["monitord.yaml:" + row.message]) }

    @Test("are read whole") func whole() throws {
        let text = """
            channels: {chat: {slack: {webhook_url: {env: HOOK}}}, pager: {pagerduty: {routing_key: {env: ROUTING_KEY}}}}
            contacts:
              ada: {channels: [chat, pager], failover_after: 90s, keep_primary: true}
              bob: {channels: chat}
            schedules:
              platform:
                zone: Europe/London
                layers:
                  - {name: days, people: [ada, bob, ada], start: 2026-01-05 09:00, hours: "09:00-17:00", weekdays: mon-fri, priority: 5}
                  - name: nights
                    people: bob
                    start: 2026-01-05T17:00:30
                    handoff: {days: 3}
                    restrictions: [{hours: "17:00-9:00", weekdays: [mon-thu, "fri"]}, {weekdays: "sat,sun"}]
                  - {people: [ada], start: 2026-01-05T09:00, handoff: daily}
                  - {people: [bob], start: 2026-01-05T09:00, handoff: {weeks: 2}, weekdays: fri-mon}
            policies:
              default:
                steps: [{notify: [ada, platform]}]
                ack_timeout: 2h
                ack_covers_new: true
                resolve_through_silence: false
                reopen_after: 10m
              own: {steps: [{notify: chat}]}
            routes: [{policy: default}]
            fallback_contact: bob
            system_policy: own

            """
        let configuration = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": goodProbes]).read().get()
        let alerting = configuration.alerting
        #expect(configuration.warnings == [])
        #expect(
            alerting.contacts == [
                "ada": Contact(
                    name: "ada", channels: ["chat", "pager"], failoverAfter: .seconds(90), keepPrimary: true),
                "bob": Contact(name: "bob", channels: ["chat"]),
            ])
        let schedule = try #require(alerting.schedules["platform"])
        #expect(schedule.name == "platform" && schedule.zone.name == "Europe/London")
        #expect(
            schedule.layers == [
                Rotation(
                    name: "days", people: ["ada", "bob", "ada"], start: LocalTime(2026, 1, 5, 9), handoff: .weeks(1),
                    restrictions: [Rotation.Restriction(weekdays: [1, 2, 3, 4, 5], from: 540, until: 1020)], priority: 5),
                Rotation(
                    name: "nights", people: ["bob"], start: LocalTime(2026, 1, 5, 17, 0, 30), handoff: .days(3),
                    restrictions: [
                        Rotation.Restriction(weekdays: [1, 2, 3, 4, 5], from: 1020, until: 540),
                        Rotation.Restriction(weekdays: [0, 6]),
                    ]),
                Rotation(name: "layer-3", people: ["ada"], start: LocalTime(2026, 1, 5, 9), handoff: .days(1)),
                Rotation(
                    name: "layer-4", people: ["bob"], start: LocalTime(2026, 1, 5, 9), handoff: .weeks(2),
                    restrictions: [Rotation.Restriction(weekdays: [5, 6, 0, 1])]),
            ])
        #expect(
            alerting.policies["default"]
                == PolicySpec(
                    name: "default", steps: [PolicySpec.Step(after: .zero, notify: ["ada", "platform"])],
                    ackTimeout: .seconds(7200), ackCoversNew: true, resolvesThroughSilence: false,
                    reopenAfter: .seconds(600)))
        #expect(alerting.fallbackContact == "bob")
        #expect(alerting.systemPolicy == "own")
    }

    @Test("with a gap say who is told then, and say nothing where nobody knows the time") func gaps() throws {
        let line = "schedules: {week: {layers: [{people: [ada], start: 2026-06-03T09:00}]}}"
        let main = WrittenLine("", line, "").main + "fallback_contact: bob\n"
        var files = MemoryFiles(files: ["monitord.yaml": main, "probes.d/a.yaml": goodProbes])
        #expect(
            files.read().warnings == [
                "monitord.yaml:3:13: nobody of week is on call from 2026-06-01T12:00 until 2026-06-03T09:00 within 14d; "
                    + "fallback_contact is told then"
            ])
        files.now = nil
        #expect(files.read().warnings == [])
    }

    @Test("with a step for critical incidents where only warnings come are doubtful") func quietPolicies() {
        let main = WrittenLine.good.replacing("policies: {", "policies: {web: {steps: [{level: critical, notify: pager}]}, ")
            .replacing("routes: [", "routes: [{match: {probe: web}, policy: web}, ")
        func warnings(_ rule: String) -> [String] {
            let probes = "probes: [{name: web, rules: [{name: failing, \(rule)}], http: {url: 'http://a/'}}]\n"
            return MemoryFiles(files: ["monitord.yaml": main, "probes.d/a.yaml": probes]).read().warnings
        }
        #expect(
            warnings("warning: failed") == [
                "monitord.yaml:4:34: level: no alert that comes to the policy web is ever critical: this step never runs"
            ])
        #expect(warnings("critical: failed") == [])
        // It may rise.
        #expect(warnings("warning: failed, critical: duration > 2s") == [])
    }
}
