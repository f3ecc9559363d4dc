import Model

/// What a reload changes among the probes; a probe is its name.
package struct ConfigurationDiff: Sendable, Hashable {
    package var kept: [String]
    package var added: [String]
    package var changed: [String]
    package var removed: [String]
    /// The changed ones whose kind or address is another: their windows begin anew. The others keep them.
    package var restarted: [String]

    package static func between(_ old: DaemonConfiguration, _ new: DaemonConfiguration) -> ConfigurationDiff {
        between(old.probes, new.probes)
    }

    package static func between(_ old: [ConfiguredProbe], _ new: [ConfiguredProbe]) -> ConfigurationDiff {
        let before = Dictionary(old.map { ($0.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(\.spec.name))
        var diff = ConfigurationDiff(kept: [], added: [], changed: [], removed: [], restarted: [])
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

    /// `2 added, 1 changed, 10 kept`
    package var summary: String {
        let parts = [(added, "added"), (changed, "changed"), (removed, "removed"), (kept, "kept")]
        return parts.filter { !$0.0.isEmpty }.map { "\($0.0.count) \($0.1)" }.joined(separator: ", ")
    }
}
