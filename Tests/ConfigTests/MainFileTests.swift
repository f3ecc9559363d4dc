import Alerting
import Config
import Model
import Settings
import Testing

@Suite("monitord.yaml") struct MainFileTests {
    /// Channels and policies for rows about routes.
    private static let routed = """
        channels: {chat: {slack: {webhook_url: {env: HOOK}}}}
        policies: {default: {steps: [{notify: chat}]}}

        """

    private static let channelKinds = ChannelCatalog.all.map { $0.kind }.joined(separator: ", ")

    @Test(
        "with one mistake is refused with one exact line",
        arguments: [
            ("a misspelt key", "nod: a\n", #"1:1: unknown key "nod"; did you mean "node"?"#),
            (
                "a node with a space", "node: my host\n",
                #"1:7: node: expected a name (\#(nameRule)), got "my host""#
            ),
            (
                "a folder that is missing", "probes: gone.d\n",
                "1:9: probes: cannot read the folder gone.d: no such file or folder"
            ),
            (
                "a database that is a folder", "storage: {path: data/}\n",
                #"1:17: path: expected the path of a file, got "data/""#
            ),
            (
                "hours kept shorter than single results", "storage: {retention: {raw: 30d, hourly: 20d}}\n",
                "1:22: retention: raw (30d) must not exceed hourly (20d), nor hourly exceed daily (3650d)"
            ),
            (
                "a retention of minutes", "storage: {retention: {raw: 5m}}\n",
                #"1:28: raw: expected a duration of at least 1h, got "5m""#
            ),
            (
                "a tiny database", "storage: {max_size: 1MiB}\n",
                #"1:21: max_size: expected a size of at least 16MiB, got "1MiB""#
            ),
            (
                "a port without a host", "listen: {http: 9876}\n",
                #"1:16: http: expected host:port such as 127.0.0.1:9876, or off, got "9876""#
            ),
            (
                "a port too high", "listen: {http: \"127.0.0.1:98765\"}\n",
                #"1:16: http: expected host:port such as 127.0.0.1:9876, or off, got "127.0.0.1:98765""#
            ),
            (
                "an address without brackets", "listen: {http: \"::1:80\"}\n",
                #"1:16: http: expected host:port such as 127.0.0.1:9876, or off, got "::1:80""#
            ),
            (
                "a socket's path too long", "listen: {socket: /\(String(repeating: "s", count: 110))}\n",
                "1:18: socket: a socket's path has at most 107 bytes, this one has 111"
            ),
            (
                "a channel's name with a space", "channels: {my chat: {slack: {webhook_url: {env: HOOK}}}}\n",
                #"1:12: "my chat" cannot name a channel: expected \#(nameRule)"#
            ),
            (
                "a misspelt kind of channel", "channels: {chat: {slak: {}}}\n",
                #"1:19: unknown key "slak"; did you mean "slack"?"#
            ),
            (
                "an unknown kind of channel", "channels: {chat: {carrier_pigeon: {}}}\n",
                #"1:19: unknown key "carrier_pigeon"; known here: \#(channelKinds)"#
            ),
            (
                "a channel of two kinds", "channels: {chat: {slack: {}, webhook: {}}}\n",
                "1:18: a channel has one kind; chat has slack and webhook"
            ),
            (
                "a channel of no kind", "channels: {chat: {}}\n",
                "1:18: chat has no kind: expected one of \(channelKinds)"
            ),
            (
                "a secret in plain text", "channels: {chat: {slack: {webhook_url: \"https://hooks.example.com/hunter2\"}}}\n",
                "1:40: webhook_url: a secret does not stand in the file itself; write \(secretForms)"
            ),
            (
                "a secret that is not set", "channels: {chat: {slack: {webhook_url: {env: HOOKK}}}}\n",
                "1:46: webhook_url: the environment variable HOOKK is not set"
            ),
            (
                "a credential outside systemd", "channels: {chat: {slack: {webhook_url: {credential: slack}}}}\n",
                "1:53: webhook_url: the credential slack needs $CREDENTIALS_DIRECTORY; see LoadCredential= of systemd"
            ),
            (
                "a misspelt setting of a channel", "channels: {chat: {slack: {webhook_url: {env: HOOK}, chanel: x}}}\n",
                #"1:53: unknown key "chanel"; known here: webhook_url, ca_file"#
            ),
            (
                "a watchdog without an address", "watchdog: {every: 1m}\n",
                "1:11: url is missing: expected a text, {env: NAME}, {file: PATH} or {credential: NAME}"
            ),
            (
                "a watchdog that is called too often", "watchdog: {url: \"https://hc.example.com/x\", every: 1s}\n",
                #"1:52: every: expected a duration from 5s to 1d, got "1s""#
            ),
            (
                "a watchdog that is no address", "watchdog: {url: hc.example.com}\n",
                "1:17: url: the address must start with https:// or http://"
            ),
            (
                "a policy without steps", "policies: {default: {}}\nroutes: [{policy: default}]\n",
                "1:21: steps is missing: expected a list of mappings"
            ),
            (
                "an empty list of steps", "policies: {default: {steps: []}}\nroutes: [{policy: default}]\n",
                "1:29: steps: the list is empty"
            ),
            (
                "a step that notifies nobody", "policies: {default: {steps: [{notify: []}]}}\nroutes: [{policy: default}]\n",
                "1:39: notify: the list is empty"
            ),
            (
                "an unknown channel",
                routed.replacing("notify: chat", "notify: [chatt]") + "routes: [{policy: default}]\n",
                #"2:40: unknown channel, contact or schedule "chatt"; did you mean "chat"?"#
            ),
            (
                "a channel where none is defined",
                "policies: {default: {steps: [{notify: [chat]}]}}\nroutes: [{policy: default}]\n",
                #"1:40: unknown channel, contact or schedule "chat"; none is defined"#
            ),
            (
                "a channel twice in a step",
                routed.replacing("notify: chat", "notify: [chat, chat]") + "routes: [{policy: default}]\n",
                "2:46: notify: chat stands twice"
            ),
            (
                "steps out of order",
                routed.replacing("[{notify: chat}]", "[{after: 5m, notify: chat}, {after: 1m, notify: chat}]")
                    + "routes: [{policy: default}]\n", "2:65: after: steps stand in the order of time; 1m follows 5m"
            ),
            (
                "an unknown level",
                routed.replacing("{notify: chat}", "{level: urgent, notify: chat}") + "routes: [{policy: default}]\n",
                #"2:38: level: expected warning or critical, got "urgent""#
            ),
            ("a policy that no route leads to", routed, "2:1: no route leads to a policy; add routes: [{policy: default}]"),
            (
                "an empty list of routes", routed + "routes: []\n",
                "3:9: no route leads to a policy; add routes: [{policy: default}]"
            ),
            (
                "an unknown policy", routed + "routes: [{policy: defualt}]\n",
                #"3:19: unknown policy "defualt"; did you mean "default"?"#
            ),
            (
                "a route without a policy", routed + "routes: [{match: {team: data}}, {policy: default}, ]\n",
                "3:10: policy is missing: expected a text"
            ),
            (
                "no route for the rest", routed + "routes: [{match: {team: data}, policy: default}]\n",
                "3:9: routes: no route takes the alerts that match none of these; end the list with {policy: default}"
            ),
            (
                "a route behind one that takes all",
                routed + "routes: [{policy: default}, {match: {team: data}, policy: default}]\n",
                "3:29: this route can never match: the one at line 3 takes every alert"
            ),
            (
                "a label with a dash in a matcher",
                routed + "routes: [{match: {my-team: data}, policy: default}, {policy: default}]\n",
                #"3:19: match: "my-team" is no label name: letters, digits and '_', the first no digit"#
            ),
            (
                "a number in group_by", routed + "routes: [{policy: default, group_by: [1]}]\n",
                #"3:39: group_by: "1" is no label name: letters, digits and '_', the first no digit"#
            ),
            (
                "a wait of two days", routed + "routes: [{policy: default, group_wait: 2d}]\n",
                #"3:40: group_wait: expected a duration from 0s to 1d, got "2d""#
            ),
            (
                "broken YAML", "node: [a\n",
                "2:1: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence (from 1:7)"
            ),
        ])
    func refused(_ what: String, _ text: String, _ line: String) {
        let lines = MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": goodProbes]).problems()
        #expect(lines == ["monitord.yaml:" + line], "\(what)")
        #expect(!lines.joined().contains("hunter2"), "a secret is shown")
    }

    @Test("that is missing is one line") func missing() {
        #expect(
            MemoryFiles(files: [:]).problems("/etc/monitord.yaml") == [
                "/etc/monitord.yaml: cannot be read: no such file or folder"
            ])
    }

    @Test("is read whole") func whole() throws {
        let text =
            goodMain + """
                storage: {path: data/m.db, retention: {raw: 2d, hourly: 30d, daily: 1y}, max_size: 100MiB}
                listen: {http: "[::1]:80", socket: run/m.sock}
                maintenance: []
                digests: []
                """
        let files = MemoryFiles(files: ["/etc/m/monitord.yaml": text, "/etc/m/probes.d/a.yaml": goodProbes])
        let configuration = try files.read("/etc/m/monitord.yaml").get()
        #expect(configuration.node == "ops-1")
        #expect(
            configuration.storage
                == StorageSettings(
                    path: "/etc/m/data/m.db", raw: .seconds(2 * 86_400), hourly: .seconds(30 * 86_400),
                    daily: .seconds(365 * 86_400),
                    maxSize: 100 << 20))
        #expect(configuration.listen == ListenSettings(http: "[::1]:80", socket: "/etc/m/run/m.sock"))
        #expect(configuration.files == ["/etc/m/monitord.yaml", "/etc/m/probes.d/a.yaml"])
        #expect(configuration.alerting.channels.keys.sorted() == ["chat", "pager"])
        #expect(
            configuration.alerting.policies["default"]
                == PolicySpec(
                    name: "default",
                    steps: [
                        PolicySpec.Step(after: .zero, notify: ["chat"]),
                        PolicySpec.Step(after: .seconds(300), level: .critical, notify: ["pager"]),
                    ]))
        #expect(configuration.alerting.routes == [RouteSpec(policy: "default")])
        #expect(configuration.alerting.probes.map(\.name) == ["web"])
        #expect(configuration.warnings == [])
    }

    @Test("groups wait for ten seconds unless each probe is its own group") func grouping() throws {
        let text =
            Self.routed
            + "routes: [{match: {team: a}, policy: default, group_by: probe}, {policy: default, group_by: [team]}]\n"
        let routes = try MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": goodProbes]).read().get().alerting.routes
        #expect(routes.map(\.groupWait) == [.zero, .seconds(10)])
        #expect(routes.map(\.groupInterval) == [.seconds(300), .seconds(300)])
    }

    @Test("a step without a time comes five minutes after the one before") func steps() throws {
        let text = Self.routed.replacing(
            "[{notify: chat}]", "[{notify: chat}, {notify: chat}, {after: 7m, notify: chat}, {notify: chat}]")
        let files = MemoryFiles(files: ["monitord.yaml": text + "routes: [{policy: default}]\n", "probes.d/a.yaml": goodProbes])
        #expect(try files.read().get().alerting.policies["default"]?.steps.map(\.after.short) == ["0s", "5m", "7m", "12m"])
    }

    @Test("may be left out: the embedded defaults are read") func defaults() throws {
        let result = MemoryFiles(files: ["probes.d/a.yaml": goodProbes]).read(nil)
        let configuration = try result.get()
        #expect(configuration.node == "host-1")
        #expect(configuration.storage == StorageSettings())
        #expect(configuration.storage.path == "local/monitord.db")
        #expect(configuration.listen == ListenSettings(http: "127.0.0.1:9876", socket: "local/monitord.sock"))
        #expect(configuration.files == ["probes.d/a.yaml"])
        #expect(result.warnings == ["probes.d: no configuration file: alerts are recorded and nobody is told"])
        #expect(
            MemoryFiles(files: [:]).problems(nil) == [
                "probes.d: probes: cannot read the folder probes.d: no such file or folder"
            ])
    }

    @Test(
        "that is doubtful is read, with a warning",
        arguments: [
            ("nobody to tell", "node: a\n", ["1:1: there is no route: alerts are recorded and nobody is told"]),
            (
                "a channel without policies", "channels: {chat: {slack: {webhook_url: {env: HOOK}}}}\n",
                ["1:1: there is no route: alerts are recorded and nobody is told"]
            ),
            (
                "a channel that nobody uses",
                "channels: {spare: {slack: {webhook_url: {env: HOOK}}},\n  " + routed.dropFirst(11)
                    + "routes: [{policy: default}]\n",
                [#"1:12: no policy notifies the channel "spare""#]
            ),
            (
                "a policy that nobody uses",
                routed.replacing("]}}", "]}, spare: {steps: [{notify: chat}]}}") + "routes: [{policy: default}]\n",
                [#"2:48: no route leads to the policy "spare""#]
            ),
            (
                "a label that no probe has", routed + "routes: [{match: {tem: data}, policy: default}, {policy: default}]\n",
                [#"3:19: no probe has the label "tem""#]
            ),
            (
                "a page for everybody", goodMain + "listen: {http: \"0.0.0.0:80\"}\n",
                ["9:16: http: 0.0.0.0:80 can be reached from other machines: whoever reaches it can read every status"]
            ),
        ])
    func doubtful(_ what: String, _ text: String, _ lines: [String]) {
        let result = MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": goodProbes]).read()
        guard case .success(let configuration) = result else { return #expect(Bool(false), "\(what): \(result)") }
        #expect(configuration.warnings.map(\.description) == lines.map { "monitord.yaml:" + $0 }, "\(what)")
    }
}

extension String {
    /// The text with every `old` exchanged.
    func replacing(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
