package import Model

/// All that deciding needs of the configuration.
package struct AlertingConfiguration: Sendable {
    package var node: String
    package var probes: [ProbeSpec]
    package var channels: [String: any Channel]
    package var policies: [String: PolicySpec]
    /// Those that conditions of steps name.
    package var zones: [String: TimeZoneRules] = ["UTC": .utc]
    package var routes: [RouteSpec]
    package var inhibitions: [InhibitRule] = []
    package var maintenance: [MaintenanceWindow] = []
    /// Alerts that match one of these sets are paused.
    package var pauses: [[Matcher]] = []
    package var quorums: [QuorumSpec] = []
    /// Probes of what the monitor itself needs: where all of them fail, it is cut off.
    package var canaries: [String] = []
    package var contacts: [String: Contact] = [:]
    package var schedules: [String: OnCallSchedule] = [:]
    package var digests: [DigestSpec] = []
    /// Who is told where nobody else could be: a channel, contact or schedule.
    package var fallbackContact: String?
    /// The policy of the daemon's own incidents; nil: what the routes say.
    package var systemPolicy: String?
    /// A channel that has accepted nothing for so long may not work any more; nil: nobody minds.
    package var unprovenAfter: Duration?
    package init(
        node: String, probes: [ProbeSpec] = [], channels: [String: any Channel] = [:], policies: [String: PolicySpec] = [:],
        routes: [RouteSpec] = []
    ) {
        self.node = node
        self.probes = probes
        self.channels = channels
        self.policies = policies
        self.routes = routes
    }

    /// With the daemon as a probe of itself, which is there wherever anybody is told of anything.
    package var withDaemon: AlertingConfiguration {
        guard !probes.contains(where: { $0.name == ProbeSpec.daemonName }) else { return self }
        var whole = self
        whole.probes.append(.daemon)
        return whole
    }
}
