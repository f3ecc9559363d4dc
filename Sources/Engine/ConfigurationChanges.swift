import Alerting
import Config
import Model

/// What is different between two configurations beside their probes.
enum ConfigurationChanges {
    static func between(_ old: DaemonConfiguration, _ new: DaemonConfiguration) -> [Plan.Change] {
        let (a, b) = (old.alerting, new.alerting)
        var changes: [Plan.Change] = []
        changes += named("channel", old.channelFingerprints, new.channelFingerprints)
        changes += named("policy", a.policies, b.policies, \.described)
        changes += named("contact", a.contacts, b.contacts, \.described)
        changes += named("schedule", a.schedules, b.schedules)
        changes += named("maintenance", by(a.maintenance, \.name), by(b.maintenance, \.name))
        changes += named("inhibition", by(a.inhibitions, \.name), by(b.inhibitions, \.name))
        changes += named("quorum", by(a.quorums, \.name), by(b.quorums, \.name))
        changes += named("template", a.templates, b.templates)
        changes += named("digest", by(a.digests, \.name), by(b.digests, \.name))
        func compare<T: Equatable>(_ what: String, _ from: T, _ to: T, _ describe: (T) -> Described = { _ in [] }) {
            if from != to { changes.append(Plan.Change(what, .changed, Differences.between(describe(from), describe(to)))) }
        }
        compare("routes", a.routes, b.routes) { $0.described() }
        compare("templates of channels", a.channelTemplates, b.channelTemplates)
        compare("pauses", a.pauses, b.pauses)
        compare("canaries", a.canaries, b.canaries)
        compare("fallback_contact", a.fallbackContact, b.fallbackContact)
        compare("system_policy", a.systemPolicy, b.systemPolicy)
        compare("node", a.node, b.node)
        compare("public_url", a.publicURL, b.publicURL)
        return changes
    }

    private static func by<T>(_ list: [T], _ name: (T) -> String) -> [String: T] {
        Dictionary(list.map { (name($0), $0) }) { first, _ in first }
    }

    private static func named<T: Equatable>(
        _ what: String, _ a: [String: T], _ b: [String: T], _ describe: (T) -> Described = { _ in [] }
    ) -> [Plan.Change] {
        Set(a.keys).union(b.keys).sorted().compactMap { name in
            switch (a[name], b[name]) {
            case (nil, _?): Plan.Change("\(what) \(name)", .added)
            case (_?, nil): Plan.Change("\(what) \(name)", .removed)
            case (let from?, let to?):
                from == to
                    ? nil : Plan.Change("\(what) \(name)", .changed, Differences.between(describe(from), describe(to)))
            case (nil, nil): nil
            }
        }
    }
}
