package import Model

/// All that deciding needs of the configuration.
package struct AlertingConfiguration: Sendable {
    package var node: String
    package var probes: [ProbeSpec]
    package var channels: [String: any Channel]
    package var policies: [String: PolicySpec]
    package var routes: [RouteSpec]
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
}
