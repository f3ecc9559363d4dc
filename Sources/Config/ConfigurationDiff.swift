import Alerting
import Model

/// What a reload changes; a probe is its name.
package struct ConfigurationDiff: Sendable, Hashable {
    package var kept: [String]
    package var added: [String]
    package var changed: [String]
    package var removed: [String]
    /// The changed ones whose kind or address is another: their windows begin anew. The others keep them.
    package var restarted: [String]
    /// The keys of the main file whose values are others, in the order in which they are documented.
    package var settings: [String]

    package static func between(_ old: DaemonConfiguration, _ new: DaemonConfiguration) -> ConfigurationDiff {
        var diff = between(old.probes, new.probes)
        diff.settings = settings(old, new)
        return diff
    }

    package static func between(_ old: [ConfiguredProbe], _ new: [ConfiguredProbe]) -> ConfigurationDiff {
        let before = Dictionary(old.map { ($0.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(\.spec.name))
        var diff = ConfigurationDiff(kept: [], added: [], changed: [], removed: [], restarted: [], settings: [])
        for probe in new {
            let name = probe.spec.name
            guard let previous = before[name] else {
                diff.added.append(name)
                continue
            }
            guard previous.spec != probe.spec || previous.fingerprint != probe.fingerprint else {
                diff.kept.append(name)
                continue
            }
            diff.changed.append(name)
            if previous.spec.kind != probe.spec.kind || previous.spec.address != probe.spec.address {
                diff.restarted.append(name)
            }
        }
        diff.removed = old.map(\.spec.name).filter { !names.contains($0) }
        return diff
    }

    private static func settings(_ old: DaemonConfiguration, _ new: DaemonConfiguration) -> [String] {
        let (before, after) = (old.alerting, new.alerting)
        let parts: [(String, isSame: Bool)] = [
            ("node", old.node == new.node), ("public_url", before.publicURL == after.publicURL),
            ("storage", old.storage == new.storage), ("listen", old.listen == new.listen),
            (
                "channels",
                old.channelFingerprints == new.channelFingerprints && before.channelTemplates == after.channelTemplates
            ),
            ("templates", before.templates == after.templates),
            ("contacts", before.contacts == after.contacts), ("schedules", before.schedules == after.schedules),
            ("policies", before.policies == after.policies), ("routes", before.routes == after.routes),
            ("fallback_contact", before.fallbackContact == after.fallbackContact),
            ("system_policy", before.systemPolicy == after.systemPolicy),
            ("maintenance", before.maintenance == after.maintenance), ("pauses", before.pauses == after.pauses),
            ("inhibit", before.inhibitions == after.inhibitions), ("quorum", before.quorums == after.quorums),
            ("canaries", before.canaries == after.canaries), ("digests", before.digests == after.digests),
        ]
        return parts.filter { !$0.isSame }.map(\.0)
    }

    /// `2 added, 1 changed, 10 kept; changed: contacts, routes`
    package var summary: String {
        let parts = [(added, "added"), (changed, "changed"), (removed, "removed"), (kept, "kept")]
        let probes = parts.filter { !$0.0.isEmpty }.map { "\($0.0.count) \($0.1)" }.joined(separator: ", ")
        guard !settings.isEmpty else { return probes }
        return (probes.isEmpty ? "" : probes + "; ") + "changed: " + settings.joined(separator: ", ")
    }
}
