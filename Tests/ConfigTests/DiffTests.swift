import Config
import Model
import Testing

@Suite("A reload") struct DiffTests {
    private func configuration(_ probes: String, token: String = "one") throws -> DaemonConfiguration {
        var files = MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": probes])
        files.environment["TOKEN"] = token
        return try files.read().get()
    }

    private static let old = """
        probes:
          - {name: same, http: {url: "http://127.0.0.1/"}}
          - {name: slower, every: 30s, http: {url: "http://127.0.0.1/"}}
          - {name: moved, http: {url: "http://127.0.0.1/"}}
          - {name: stricter, http: {url: "http://127.0.0.1/", expect: {status: 200}}}
          - {name: gone, http: {url: "http://127.0.0.1/"}}
          - {name: secret, http: {url: "http://127.0.0.1/", headers: {X: {env: TOKEN}}}}
        """
    private static let new = """
        # A comment and another order are no change.
        probes:
          - {name: added, http: {url: "http://127.0.0.1/"}}
          - {name: slower, every: 40s, http: {url: "http://127.0.0.1/"}}
          - {name: moved, http: {url: "http://127.0.0.1/there"}}
          - {name: stricter, http: {url: "http://127.0.0.1/", expect: {status: 204}}}
          - {name: secret, http: {url: "http://127.0.0.1/", headers: {X: {env: TOKEN}}}}
          - name: same
            http: {url: 'http://127.0.0.1/'}
        """

    @Test("says which probes stay, come, change and go, and which begin anew") func diff() throws {
        let diff = ConfigurationDiff.between(try configuration(Self.old), try configuration(Self.new))
        #expect(diff.kept == ["secret", "same"])
        #expect(diff.added == ["added"])
        #expect(diff.changed == ["slower", "moved", "stricter"])
        #expect(diff.removed == ["gone"])
        #expect(diff.restarted == ["moved"])
        #expect(diff.summary == "1 added, 3 changed, 1 removed, 2 kept")
    }

    @Test(
        "says which settings of the main file change",
        arguments: [
            (
                "channels: {chat: {slack: {webhook_url: {env: OTHER_HOOK}}}, pager: {pagerduty: {routing_key: {env: ROUTING_KEY}}}}",
                "channels"
            ),
            ("contacts: {ada: {channels: [pager, chat]}, bob: {channels: [chat]}}", "contacts"),
            ("schedules: {week: {layers: [{people: [bob, ada], start: 2026-01-05T09:00}]}}", "schedules"),
            ("policies: {default: {steps: [{notify: [chat, week]}, {after: 6m, notify: pager}]}}", "policies"),
            ("routes: [{policy: default, group_by: [team]}]", "routes"),
            ("fallback_contact: ada", "fallback_contact"),
            ("system_policy: default", "system_policy"),
            ("maintenance: [{name: a, all: true, cron: {at: '@daily'}, for: 1h}]", "maintenance"),
            ("pauses: [{match: {team: ops}}]", "pauses"),
            ("inhibit: [{source: [level=critical], target: [level=warning]}]", "inhibit"),
            ("quorum: [{name: a, quorum: 50%, policy: default}]", "quorum"),
            ("canaries: [web]", "canaries"),
            ("digests: [{cron: '@daily', to: chat}]", "digests"),
            ("node: other", "node"),
            ("storage: {path: other.db}", "storage"),
            ("listen: {http: off}", "listen"),
        ])
    func settings(_ line: String, _ key: String) throws {
        func read(_ main: String) throws -> DaemonConfiguration {
            try MemoryFiles(files: ["monitord.yaml": main, "probes.d/a.yaml": WrittenLine.probes]).read().get()
        }
        let (old, new) = (try read(WrittenLine.good), try read(WrittenLine("", line, "").main))
        let diff = ConfigurationDiff.between(old, new)
        #expect(diff.settings == [key])
        #expect(diff.summary == "1 kept; changed: \(key)")
        #expect(ConfigurationDiff.between(old, try read("# A comment.\n" + WrittenLine.good)).settings == [])
    }

    @Test("notices a pause, another name and the rule of a parent") func relations() throws {
        func read(_ keys: String) throws -> DaemonConfiguration {
            try configuration(
                """
                probes: [{name: a, \(keys), http: {url: "http://a/"}}, {name: b, http: {url: "http://b/"}}]

                """)
        }
        let old = try read("depends_on: b")
        #expect(ConfigurationDiff.between(old, try read("depends_on: [{probe: b, rule: failing}]")).changed == ["a"])
        #expect(ConfigurationDiff.between(old, try read("depends_on: b, renamed_from: c")).changed == ["a"])
        #expect(ConfigurationDiff.between(old, try read("depends_on: b, paused: true")).settings == ["pauses"])
        let rule = "rules: [{name: r, critical: duration > 5s"
        #expect(ConfigurationDiff.between(try read(rule + "}]"), try read(rule + ", clear: duration < 4s}]")).changed == ["a"])
        #expect(ConfigurationDiff.between(try read(rule + "}]"), try read(rule + ", flapping: off}]")).changed == ["a"])
    }

    @Test("notices that a secret has another value") func secrets() throws {
        let diff = ConfigurationDiff.between(try configuration(Self.old), try configuration(Self.old, token: "two"))
        #expect(diff.changed == ["secret"])
        #expect(diff.restarted == [])
    }
}
