import Model
import Probes
import Settings

/// What came of reading a probe's kind.
struct ReadKind {
    /// Nil where there is none, more than one, or one that this version lacks.
    var type: (any Probe.Type)?
    /// Nil where its settings have problems.
    var probe: (any Probe)?
    var fingerprint = 0
    /// There is a key that says the kind, whatever is wrong with it: other keys that are left over are unknown.
    var isKnown: Bool
}

extension Reading {
    /// Kinds of the language that may come; a version that lacks one says so.
    private static let laterKinds = [
        "http", "tls", "tcp", "dns", "icmp", "postgres", "sqlite", "quality", "exec", "heartbeat", "resource", "scrape",
    ]

    /// The one key of a probe that says what it measures.
    func kind(_ fields: Fields, name: String?, timeout: Duration) -> ReadKind {
        let kinds = ProbeCatalog.all.map { $0.kind }
        fields.expect(kinds)
        let given = ProbeCatalog.all.filter { fields.has($0.kind) }
        let later = Reading.laterKinds.filter { !kinds.contains($0) && fields.has($0) }
        for kind in later {
            fields.skip(kind)
            let known = kinds.joined(separator: ", ")
            problems.add(
                fields.keyPlace(of: kind), "the probe kind \(kind) is not supported by this version; supported: \(known)")
        }
        let whose = name.map { "the probe \($0)" } ?? "this probe"
        guard given.count + later.count == 1 else {
            for type in given { fields.skip(type.kind) }
            if given.count + later.count > 1 {
                let list = (given.map { $0.kind } + later).joined(separator: " and ")
                problems.add(fields.place, "\(whose) has several kinds: \(list); a probe has exactly one")
                return ReadKind(isKnown: true)
            }
            let isSlip = fields.remainingKeys.contains { Suggestion.nearest(to: $0, in: kinds) != nil }
            if !isSlip {
                let list = kinds.joined(separator: ", ")
                problems.add(fields.place, "\(whose) does not say what to measure: expected one of \(list)")
            }
            return ReadKind(isKnown: !isSlip)
        }
        guard let type = given.first else { return ReadKind(isKnown: true) }
        guard let settings = fields.fields(type.kind) else { return ReadKind(type: type, isKnown: true) }
        let probe = type.init(settings, timeout: timeout)
        settings.close(isComplete: probe != nil)
        return ReadKind(type: type, probe: probe, fingerprint: settings.fingerprint, isKnown: true)
    }
}
