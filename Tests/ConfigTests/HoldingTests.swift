import Alerting
import Config
import Model
import Settings
import Testing

@Suite("Maintenance, pauses, inhibition, quorums, canaries and digests") struct HoldingTests {
    static let refused: [WrittenLine] = [
        WrittenLine(
            "a window without a name",
            "maintenance: [{match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}, for: 1h}]",
            "6:15: name is missing: expected a text"),
        WrittenLine(
            "a window without a time", "maintenance: [{name: a, match: {team: ops}}]",
            "6:15: this window does not say when: expected cron and for, or from and until"),
        WrittenLine(
            "a window of two kinds",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}, for: "
                + "1h, from: 2026-12-01T22:00}]",
            "6:15: this window has both cron and from or until; it takes one of them"),
        WrittenLine(
            "a calendar without a length",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}}]",
            "6:15: for is missing: expected a duration such as 30s, 5m or 1h30m"),
        WrittenLine(
            "a start without an end", "maintenance: [{name: a, match: {team: ops}, from: 2026-12-01T22:00}]",
            "6:15: until is missing: expected a local time such as 2026-01-05T09:00"),
        WrittenLine(
            "a length with a start",
            "maintenance: [{name: a, match: {team: ops}, from: 2026-12-01T22:00, until: 2026-12-02T22:00, for: "
                + "1h}]",
            #"6:94: unknown key "for"; known here: name, comment, from, until, zone, match, matchers, all"#),
        WrittenLine(
            "a broken calendar", "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 25 * * *'}, for: 1h}]",
            #"6:59: at: "25" does not fit the hour field: expected 0 to 23"#),
        WrittenLine(
            "an end before the start",
            "maintenance: [{name: a, match: {team: ops}, from: 2026-12-01T22:00, until: 2026-12-01T20:00}]",
            "6:76: until: 2026-12-01T20:00 is not after from, 2026-12-01T22:00"),
        WrittenLine(
            "a window of two months",
            "maintenance: [{name: a, match: {team: ops}, from: 2026-12-01T22:00, until: 2027-02-01T22:00}]",
            "6:76: until: the window lasts 62d; at most 31d, for more see pauses"),
        WrittenLine(
            "a recurring window of two months",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}, for: "
                + "60d}]",
            #"6:98: for: expected a duration from 1m to 31d, got "60d""#),
        WrittenLine(
            "a window for everything", "maintenance: [{name: a, cron: {at: '0 2 * * sun', zone: Europe/London}, for: 1h}]",
            "6:15: this window matches every alert: add match or matchers, or all: true if that is meant"),
        WrittenLine(
            "a window for everything, by a pattern",
            "maintenance: [{name: a, matchers: ['team=~.*'], cron: {at: '0 2 * * sun', zone: Europe/London}, "
                + "for: 1h}]",
            "6:15: this window matches every alert: add match or matchers, or all: true if that is meant"),
        WrittenLine(
            "all, and one team",
            "maintenance: [{name: a, all: true, match: {team: ops}, cron: {at: '0 2 * * sun', zone: "
                + "Europe/London}, for: 1h}]",
            "6:25: all: the window has match or matchers too; it takes one of them"),
        WrittenLine(
            "two windows of one name",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}, for: "
                + "1h}, {name: a, match: {team: ops}, cron: {at: '0 2 * * sun', zone: Europe/London}, for: 1h}]",
            #"6:110: the name "a" is taken by the window in line 6"#),
        WrittenLine(
            "a zone beside the calendar",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '@daily'}, zone: UTC, for: 1h}]",
            #"6:67: unknown key "zone"; known here: name, comment, cron, for, match, matchers, all"#),
        WrittenLine(
            "a pause of everything", "pauses: [{comment: moving house}]",
            "6:10: this pause matches every alert: expected match or matchers"),
        WrittenLine(
            "a pause with an end", "pauses: [{match: {team: ops}, until: 2026-12-01T22:00}]",
            #"6:31: unknown key "until"; known here: match, matchers, comment"#),
        WrittenLine(
            "no source", "inhibit: [{target: [team=ops]}]",
            "6:11: source is missing: expected {match: …, matchers: …}, or a list of matchers"),
        WrittenLine(
            "a source that is everything", "inhibit: [{source: {}, target: [team=ops]}]",
            "6:20: source: it matches every alert: expected match or matchers"),
        WrittenLine(
            "a target that is everything", "inhibit: [{source: [team=ops], target: ['team=~.*']}]",
            "6:40: target: it matches every alert: expected match or matchers"),
        WrittenLine(
            "a source that no alert can be",
            "inhibit: [{source: {match: {team: ops}, matchers: [team=data]}, target: [service=api]}]",
            #"6:51: matchers: no alert can match: team="ops" and team="data" exclude each other"#),
        WrittenLine(
            "a target that no alert can be", "inhibit: [{source: [service=api], target: [team=ops, 'team!=ops']}]",
            #"6:43: target: no alert can match: team="ops" and team!="ops" exclude each other"#),
        WrittenLine(
            "a source that is the target", "inhibit: [{source: {match: {team: ops}}, target: [team=ops]}]",
            "6:11: source and target are the same: an alert that matches both is not inhibited by another that "
                + "does"),
        WrittenLine(
            "sides that can never be equal", "inhibit: [{source: [team=ops], target: [team=data, service=api], equal: [team]}]",
            #"6:11: this never inhibits: team must be equal, and team="ops" and team="data" exclude each other"#),
        WrittenLine(
            "a misspelt key of a side", "inhibit: [{source: {mach: {team: ops}}, target: [team=data]}]",
            #"6:21: unknown key "mach"; did you mean "match"?"#),
        WrittenLine(
            "a label twice in equal", "inhibit: [{source: [level=critical], target: [level=warning], equal: [team, team]}]",
            "6:77: equal: team stands twice"),
        WrittenLine(
            "no label in equal", "inhibit: [{source: [level=critical], target: [level=warning], equal: [my-team]}]",
            #"6:71: equal: "my-team" is no label name: letters, digits and '_', the first no digit"#),
        WrittenLine(
            "two rules of one name",
            "inhibit: [{name: a, source: [level=critical], target: [level=warning]}, {name: a, source: "
                + "[level=critical], target: [level=warning]}]",
            #"6:80: the name "a" is taken by the rule in line 6"#),
        WrittenLine(
            "a quorum without a name", "quorum: [{quorum: 50%, policy: default}]",
            "6:10: name is missing: expected a text"),
        WrittenLine(
            "a quorum without a policy", "quorum: [{name: a, quorum: 50%}]",
            "6:10: policy is missing: expected a text"),
        WrittenLine(
            "an unknown policy", "quorum: [{name: a, quorum: 50%, policy: defualt}]",
            #"6:41: unknown policy "defualt"; did you mean "default"?"#),
        WrittenLine(
            "a quorum without a number", "quorum: [{name: a, policy: default}]",
            "6:10: quorum is missing: expected a number such as 3, or a share such as 50%"),
        WrittenLine(
            "a quorum of one", "quorum: [{name: a, quorum: 1, policy: default}]",
            #"6:28: quorum: expected a number from 2 to 10000, or a share up to 100% such as 50%, got "1""#),
        WrittenLine(
            "a share above all", "quorum: [{name: a, quorum: 120%, policy: default}]",
            #"6:28: quorum: expected a number from 2 to 10000, or a share up to 100% such as 50%, got "120%""#),
        WrittenLine(
            "a window of nothing", "quorum: [{name: a, quorum: 50%, window: 0s, policy: default}]",
            #"6:41: window: expected a duration from 1s to 1d, got "0s""#),
        WrittenLine(
            "two quorums of one name",
            "quorum: [{name: a, quorum: 50%, policy: default}, {name: a, quorum: 50%, policy: default}]",
            #"6:58: the name "a" is taken by the quorum in line 6"#),
        WrittenLine(
            "an unknown probe", "canaries: [wbe]",
            #"6:12: canaries: unknown probe "wbe"; did you mean "web"?"#),
        WrittenLine(
            "a probe twice", "canaries: [web, web]",
            "6:17: canaries: web stands twice"),
        WrittenLine(
            "a digest to nobody", "digests: [{cron: '0 8 * * *', to: []}]",
            "6:35: to: the list is empty"),
        WrittenLine(
            "a digest without a time", "digests: [{to: chat}]",
            #"6:11: cron is missing: expected a schedule such as "0 9 * * mon-fri" or @daily"#),
        WrittenLine(
            "a broken calendar", "digests: [{cron: '0 8 * *', to: chat}]",
            #"6:19: cron: expected five fields, minute hour day month weekday, such as "0 9 * * mon-fri", got 4 "#
                + "fields"),
        WrittenLine(
            "an unknown zone", "digests: [{cron: '0 8 * * *', zone: Lndon, to: chat}]",
            #"6:37: zone: unknown time zone "Lndon"; expected a name of the tz database, such as Europe/London"#),
        WrittenLine(
            "an unknown name", "digests: [{cron: '0 8 * * *', to: chatt}]",
            #"6:35: unknown channel, contact or schedule "chatt"; did you mean "chat"?"#),
        WrittenLine(
            "two digests of one name",
            "digests: [{name: a, cron: '0 8 * * *', to: chat}, {name: a, cron: '0 9 * * *', to: chat}]",
            #"6:58: the name "a" is taken by the digest in line 6"#),
    ]

    @Test("with one mistake is refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusal() == ["monitord.yaml:" + row.message]) }

    static let doubtful: [WrittenLine] = [
        WrittenLine(
            "a start that the clock skips",
            "maintenance: [{name: a, match: {team: ops}, from: 2027-03-28T01:30, until: 2027-03-28T05:00, zone: "
                + "Europe/London}]",
            "6:51: from: the clocks of Europe/London skip 2027-03-28T01:30; 2027-03-28T02:30 is taken instead"),
        WrittenLine(
            "a window that is over",
            "maintenance: [{name: a, match: {team: ops}, from: 2026-03-01T01:30, until: 2026-03-02T01:30}]",
            "6:76: until: the window is over since 2026-03-02T01:30; it may be removed"),
        WrittenLine(
            "windows that run into each other",
            "maintenance: [{name: a, match: {team: ops}, cron: {at: '0 * * * *'}, for: 2h}]",
            "6:75: for: windows of 2h run into each other: the next one begins after 1h"),
        WrittenLine(
            "a label that no probe has", "maintenance: [{name: a, match: {tem: ops}, cron: {at: '@daily'}, for: 1h}]",
            #"6:33: no probe has the label "tem"; did you mean "team"?"#),
        WrittenLine(
            "an equal label that no probe has",
            "inhibit: [{source: [level=critical], target: [level=warning], equal: [servce]}]",
            #"6:71: equal: no probe has the label "servce"; did you mean "service"?; what is missing on both "#
                + "sides is equal, so it tells no target from another"),
        WrittenLine(
            "more than there are services", "quorum: [{name: a, quorum: 3, policy: default}]",
            "6:28: quorum: 3 is never reached: the probes that match have 1 different value of service"),
        WrittenLine(
            "a label that no probe has", "quorum: [{name: a, quorum: 50%, distinct: servce, policy: default}]",
            #"6:43: no probe has the label "servce"; did you mean "service"?"#),
    ]

    @Test("that is doubtful is read, with a warning", arguments: doubtful)
    func warning(_ row: WrittenLine) throws { #expect(try row.warnings() == ["monitord.yaml:" + row.message]) }

    @Test("are read whole") func whole() throws {
        let text =
            WrittenLine.good + """
                maintenance:
                  - {name: patching, match: {team: ops}, matchers: ['service!~"a|b"'],
                     cron: {at: "0 2 * * sun", zone: Europe/London}, for: 1h}
                  - {name: moving, all: true, from: 2026-12-01T22:00, until: 2026-12-02 02:00, zone: Europe/Berlin, comment: to Leeds}
                pauses: [{match: {service: old}, comment: switched off}, {matchers: [team=ops, service=~b.*]}]
                inhibit:
                  - {source: {match: {level: critical}}, target: [level=warning], equal: [service, team]}
                  - {name: site, source: probe=gateway, target: {matchers: ['probe!=gateway']}}
                quorum:
                  - {name: many, quorum: 50%, policy: default}
                  - {name: few, match: {team: ops}, distinct: probe, quorum: 2, window: 1m, clear_for: 10m, policy: default}
                canaries: [gateway]
                digests:
                  - {cron: "0 8 * * *", zone: Europe/London, to: [chat, week]}
                  - {name: weekly, cron: "0 8 * * mon", to: ada, heartbeat: true}

                """
        let probes = """
            probes:
              - {name: gateway, labels: {service: net, team: ops}, http: {url: "http://127.0.0.1/"}}
              - {name: old, paused: "moving house", http: {url: "http://127.0.0.1/"}}
              - {name: older, paused: true, http: {url: "http://127.0.0.1/"}}
              - {name: new, labels: {team: ops}, paused: false, http: {url: "http://127.0.0.1/"}}

            """
        let configuration = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": probes]).read().get()
        let alerting = configuration.alerting
        #expect(configuration.warnings == [])
        let ops = Matcher("team", equals: "ops")
        let windows = alerting.maintenance
        #expect(windows.map(\.name) == ["patching", "moving"])
        #expect(windows.map(\.matchers) == [[ops, try Matcher("service", .matchesNot, "a|b")], []])
        #expect(windows.map(\.comment) == ["", "to Leeds"])
        guard case .recurring(let schedule, let length, let zone) = windows[0].plan else {
            return #expect(Bool(false), "\(windows[0])")
        }
        #expect(schedule.text == "0 2 * * sun" && length == .seconds(3600) && zone.name == "Europe/London")
        let (from, until) = (Timestamp("2026-12-01T21:00:00Z"), Timestamp("2026-12-02T01:00:00Z"))
        #expect(windows[1].plan == .once(from: try #require(from), until: try #require(until)))
        #expect(
            alerting.pauses == [
                [Matcher("service", equals: "old")], [ops, try Matcher("service", .matches, "b.*")],
                [Matcher("probe", equals: "old")], [Matcher("probe", equals: "older")],
            ])
        #expect(
            alerting.inhibitions == [
                InhibitRule(
                    name: "inhibit-1", source: [Matcher("level", equals: "critical")],
                    target: [Matcher("level", equals: "warning")], equal: ["service", "team"]),
                InhibitRule(
                    name: "site", source: [Matcher("probe", equals: "gateway")],
                    target: [try Matcher("probe", .notEqual, "gateway")], equal: []),
            ])
        #expect(
            alerting.quorums == [
                QuorumSpec(name: "many", matchers: [], quorum: .share(0.5), policy: "default"),
                QuorumSpec(
                    name: "few", matchers: [ops], distinct: "probe", quorum: .count(2), window: .seconds(60),
                    clearFor: .seconds(600), policy: "default"),
            ])
        #expect(alerting.canaries == ["gateway"])
        #expect(alerting.digests.map(\.name) == ["digest-1", "weekly"])
        #expect(alerting.digests.map(\.to) == [["chat", "week"], ["ada"]])
        #expect(alerting.digests.map(\.zone.name) == ["Europe/London", "UTC"])
        #expect(alerting.digests.map(\.schedule.text) == ["0 8 * * *", "0 8 * * mon"])
        #expect(alerting.digests.map(\.heartbeat) == [false, true])
    }

    @Test("may be empty") func empty() throws {
        let text =
            WrittenLine.good + "maintenance: []\npauses: []\ninhibit: []\nquorum: []\ncanaries: []\ndigests: []\n"
        let configuration = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": goodProbes]).read().get()
        #expect(configuration.warnings == [])
        #expect(configuration.alerting.maintenance == [] && configuration.alerting.canaries == [])
    }

    @Test("that are over are not told of where nobody knows the time") func unknownTime() {
        let line = "maintenance: [{name: a, all: true, from: 2026-03-01T01:30, until: 2026-03-02T01:30}]"
        var files = MemoryFiles(files: ["monitord.yaml": WrittenLine("", line, "").main, "probes.d/a.yaml": goodProbes])
        files.now = nil
        #expect(files.read().warnings == [])
    }

    @Test("with a slip in their conditions are told of that alone") func slips() {
        let lines = [
            "maintenance: [{name: a, mach: {team: ops}, cron: {at: '@daily'}, for: 1h}]", "pauses: [{mach: {team: ops}}]",
            "inhibit: [{source: {mach: {team: ops}}, target: [team=data]}]",
        ]
        for line in lines {
            let refusal = WrittenLine("", line, "").refusal()
            #expect(refusal.count == 1 && refusal[0].hasSuffix(#"unknown key "mach"; did you mean "match"?"#), "\(refusal)")
        }
    }
}
