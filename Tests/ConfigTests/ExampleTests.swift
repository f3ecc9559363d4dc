import Alerting
import Config
import Foundation
import Model
import Settings
import Testing

/// The examples that people copy, read as they stand in the repository.
@Suite("The examples") struct ExampleTests {
    /// The repository's folder.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    /// Reads `etc/monitord.example.yaml` as if it were installed, with the secrets it asks for.
    private func installed(_ path: String) -> String {
        switch path {
        case "/etc/monitord/monitord.yaml": Self.root + "etc/monitord.example.yaml"
        case let path where path.hasPrefix("/etc/monitord/probes.d"):
            Self.root + "probes.d/examples" + path.dropFirst("/etc/monitord/probes.d".count)
        default: path
        }
    }

    private func readExample() -> Result<DaemonConfiguration, ConfigurationError> {
        let secrets = [
            "/run/credentials/slack": "https://hooks.slack.example/a",
            "/run/credentials/slack-data": "https://hooks.slack.example/b",
            "/etc/monitord/hook.key": "a key of some length",
            "/run/credentials/teams": "https://x.logic.azure.example/workflows/a",
            "/run/credentials/discord": "https://discord.example/api/webhooks/1/a",
            "/run/credentials/telegram": "123456:a", "/run/credentials/ntfy-topic": "alarms", "/run/credentials/ntfy": "tk_a",
            "/run/credentials/opsgenie": "a", "/run/credentials/pagerduty-webhook": "a webhook's secret",
            "/run/credentials/watchdog": "https://watch.example/a", "/run/credentials/slack-token": "xoxb-1",
        ]
        let environment = [
            "CREDENTIALS_DIRECTORY": "/run/credentials", "PAGERDUTY_ROUTING_KEY": "0123456789abcdef0123456789abcdef",
            "API_TOKEN": "token", "DATABASE_URL": "postgresql://monitord@127.0.0.1/warehouse",
        ]
        return ConfigurationReader.read(
            path: "/etc/monitord/monitord.yaml", environment: { environment[$0] },
            files: FileAccess(
                read: { path in secrets[path].map { .success($0) } ?? FileAccess.system.read(installed(path)) },
                list: { FileAccess.system.list(installed($0)) }),
            hostName: "host-1", now: Timestamp("2026-06-01T12:00:00Z"))
    }

    @Test("can be used as they stand, with nothing doubtful but what they explain") func example() throws {
        let result = readExample()
        if case .failure(let error) = result { #expect(error.description == "") }
        let configuration = try result.get()
        #expect(configuration.node == "ops-1")
        #expect(
            configuration.probes.map(\.spec.name) == [
                "api-health", "api-search", "site-certificate", "warehouse", "retail-quality",
            ])
        #expect(configuration.warnings == [])
    }

    @Test("show the defaults that they name") func defaults() throws {
        let configuration = try readExample().get()
        var storage = StorageSettings()
        storage.path = "/var/lib/monitord/monitord.db"
        #expect(configuration.storage == storage)
        #expect(configuration.listen.http == ListenSettings().http)
        let policy = PolicySpec(name: "", steps: [])
        #expect(configuration.alerting.policies["default"]?.repeatAfter == policy.repeatAfter)
        #expect(configuration.alerting.policies["data"]?.ackTimeout == policy.ackTimeout)
        let route = RouteSpec(policy: "", groupBy: ["service"])
        #expect(configuration.alerting.routes.last?.groupWait == route.groupWait)
        #expect(configuration.alerting.routes.last?.groupInterval == route.groupInterval)
    }

    @Test("show the defaults of people and of what holds messages back") func defaultsOfPeople() throws {
        let configuration = try readExample().get()
        let alerting = configuration.alerting
        #expect(alerting.contacts["ada"]?.keepPrimary == Contact(name: "", channels: []).keepPrimary)
        let quorum = QuorumSpec(name: "", matchers: [], quorum: .count(2), policy: "")
        #expect(alerting.quorums.map(\.distinct) == [quorum.distinct])
        #expect(alerting.quorums.map(\.window) == [quorum.window])
        #expect(alerting.quorums.map(\.clearFor) == [quorum.clearFor])
        #expect(alerting.digests.map(\.heartbeat) == [false])
        #expect(alerting.routes.map(\.continues) == [false, false, false])
        let rule = try #require(configuration.probes.first?.spec.rules.first { $0.name == "p95" })
        #expect(rule.flapping == RuleSpec(name: "").flapping)
        let schedule = try #require(alerting.schedules["platform"])
        #expect(schedule.layers.map(\.handoff) == [.weeks(1), .weeks(1)])
    }

    @Test("show what messages say beside the results") func messages() throws {
        let configuration = try readExample().get()
        let alerting = configuration.alerting
        #expect(alerting.publicURL == "https://ops.example.com/monitord")
        #expect(alerting.templates.keys.sorted() == ["quality", "short"])
        #expect(alerting.channelTemplates == ["slack-data": "short"])
        #expect(alerting.routes.first?.template == "quality")
        #expect(configuration.probes.first?.spec.links.map(\.text) == ["Runbook", "Logs", "Dashboard"])
    }

    @Test("of the clone need no file, no secret and no network") func samples() throws {
        let result = ConfigurationReader.read(
            path: nil, environment: { _ in nil },
            files: FileAccess(
                read: { FileAccess.system.read(Self.root + $0) }, list: { FileAccess.system.list(Self.root + $0) }))
        if case .failure(let error) = result { #expect(error.description == "") }
        let probes = try result.get().probes
        #expect(!probes.isEmpty)
        for probe in probes {
            #expect(probe.spec.address.contains("://127.0.0.1"), "\(probe.spec.name) leaves this machine")
        }
    }
}
