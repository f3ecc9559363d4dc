package import Alerting
package import Model
package import Probes
package import Settings

/// All that the daemon is told by its configuration: one value, complete and checked.
package struct DaemonConfiguration: Sendable {
    package var node: String
    package var storage: StorageSettings
    package var listen: ListenSettings
    /// What deciding needs: the same probes' specs, channels, policies, routes.
    package var alerting: AlertingConfiguration
    /// In the order of the files, and within a file as written.
    package var probes: [ConfiguredProbe]
    /// Every file that was read, the main one first.
    package var files: [String]
    /// What works but is probably not meant, by place.
    package var warnings: [Problem]
    /// By name: equal where a channel's settings are equal, the secrets they refer to included. They hold within one process.
    package var channelFingerprints: [String: Int]
    /// Who is told that the daemon lives.
    package var heartbeat: HeartbeatSettings?

    package init(
        node: String, storage: StorageSettings = StorageSettings(), listen: ListenSettings = ListenSettings(),
        alerting: AlertingConfiguration, probes: [ConfiguredProbe], files: [String] = [], warnings: [Problem] = [],
        channelFingerprints: [String: Int] = [:]
    ) {
        self.node = node
        self.storage = storage
        self.listen = listen
        self.alerting = alerting
        self.probes = probes
        self.files = files
        self.warnings = warnings
        self.channelFingerprints = channelFingerprints
    }
}

extension DaemonConfiguration {
    /// `3 probes, 2 channels`
    package var summary: String {
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        return "\(count(probes.count, "probe")), \(count(alerting.channels.count, "channel"))"
    }

    /// A line each: `path:line:column: warning: message`.
    package var warningLines: [String] { warnings.map { "\($0.place): warning: \($0.message)" } }
}

/// A probe and the means to carry it out.
package struct ConfiguredProbe: Sendable {
    package var spec: ProbeSpec
    package var probe: any Probe
    /// Where it is written.
    package var place: Place
    /// Equal where the settings of the kind are equal, the secrets they refer to included. It holds within one process.
    package var fingerprint: Int
    package init(spec: ProbeSpec, probe: any Probe, place: Place, fingerprint: Int) {
        self.spec = spec
        self.probe = probe
        self.place = place
        self.fingerprint = fingerprint
    }
}

package struct StorageSettings: Sendable, Hashable {
    /// The database file.
    package var path: String
    /// How long single samples, hourly and daily summaries are kept.
    package var raw: Duration
    package var hourly: Duration
    package var daily: Duration
    /// In bytes. Beyond it the oldest samples go first.
    package var maxSize: Int
    package init(
        path: String = "local/monitord.db", raw: Duration = .seconds(14 * 86_400), hourly: Duration = .seconds(400 * 86_400),
        daily: Duration = .seconds(3650 * 86_400), maxSize: Int = 4 << 30
    ) {
        self.path = path
        self.raw = raw
        self.hourly = hourly
        self.daily = daily
        self.maxSize = maxSize
    }
}

package struct ListenSettings: Sendable, Hashable {
    /// `host:port`, an IPv6 host in brackets; nil where it is `off`. Port 0 lets the kernel choose.
    package var http: String?
    /// The path of the control socket.
    package var socket: String
    package init(http: String? = "127.0.0.1:9876", socket: String = "local/monitord.sock") {
        self.http = http
        self.socket = socket
    }
}

/// Every problem of a configuration that cannot be used, by place.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package var problems: [Problem]
    /// What was also noticed.
    package var warnings: [Problem]
    package init(problems: [Problem], warnings: [Problem] = []) {
        self.problems = problems
        self.warnings = warnings
    }
    /// A line each, as `--check` prints them.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
