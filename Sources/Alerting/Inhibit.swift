import Model

/// Firing alerts by the inhibition rules that they are a source or a target of, so that one decision looks at few of them.
/// Any live source is enough: every one is kept.
struct InhibitionIndex: Sendable {
    struct Group: Hashable, Sendable {
        var rule: Int
        /// Values of the rule's `equal` labels.
        var equal: [String]
    }
    struct Members: Sendable {
        /// Sources, and whether each is a target of the same rule as well.
        var sources: [AlertKey: Bool] = [:]
        var targets: Set<AlertKey> = []
    }
    let rules: [InhibitRule]
    private var groups: [Group: Members] = [:]
    private var places: [AlertKey: [Group]] = [:]

    init(_ rules: [InhibitRule] = []) { self.rules = rules }

    var isEmpty: Bool { rules.isEmpty }

    /// Puts an alert where its labels belong; nil: it does not fire any more. Returns the targets whose sources changed.
    @discardableResult
    mutating func update(_ key: AlertKey, _ labels: Labels?) -> Set<AlertKey> {
        guard !rules.isEmpty else { return [] }
        var affected: Set<AlertKey> = []
        for group in places.removeValue(forKey: key) ?? [] {
            if groups[group]?.sources.removeValue(forKey: key) != nil { affected.formUnion(groups[group]?.targets ?? []) }
            groups[group]?.targets.remove(key)
            if let left = groups[group], left.sources.isEmpty, left.targets.isEmpty { groups[group] = nil }
        }
        guard let labels else { return affected.subtracting([key]) }
        for (index, rule) in rules.enumerated() {
            let (isSource, isTarget) = (rule.source.match(labels), rule.target.match(labels))
            guard isSource || isTarget else { continue }
            let group = Group(rule: index, equal: rule.equal.map { labels[$0, default: ""] })
            places[key, default: []].append(group)
            if isTarget { groups[group, default: Members()].targets.insert(key) }
            if isSource {
                groups[group, default: Members()].sources[key] = isTarget
                affected.formUnion(groups[group]?.targets ?? [])
            }
        }
        return affected.subtracting([key])
    }

    /// The rule and the source that inhibit an alert, the first by name.
    /// - Parameter isSilenced: asked where a rule does not want sources that are.
    func inhibitor(
        of key: AlertKey, isSilenced: (AlertKey) -> Bool
    ) -> (rule: InhibitRule, source: AlertKey)? {
        for group in places[key] ?? [] {
            guard let members = groups[group], members.targets.contains(key) else { continue }
            // What matches both sides is not inhibited by another that does.
            let isBoth = members.sources[key] != nil
            let rule = rules[group.rule]
            let sources = members.sources.filter { source, isTarget in
                source != key && !(isBoth && isTarget) && (rule.silencedSources || !isSilenced(source))
            }
            if let source = sources.keys.min() { return (rule, source) }
        }
        return nil
    }
}

extension AlertingState {
    func inhibition(of key: AlertKey, now: Timestamp) -> Suppression? {
        guard let (rule, source) = inhibitor(of: key, now: now) else { return nil }
        return Suppression(
            .inhibition, by: source.description, reason: "inhibited by \(source), as \(rule.name) says", since: now)
    }

    func inhibitor(of key: AlertKey, now: Timestamp) -> (rule: InhibitRule, source: AlertKey)? {
        inhibitions.inhibitor(of: key) { source in
            alert(source).flatMap { labels(of: $0) }.map { silence($0, now: now) != nil } ?? false
        }
    }

    /// An alert began or ceased to fire, or changed its level: targets are looked at again.
    mutating func inhibitionChanged(by key: AlertKey, now: Timestamp) {
        guard !inhibitions.isEmpty else { return }
        var present: Labels?
        if let alert = alert(key), alert.isFiring { present = labels(of: alert) }
        let affected = inhibitions.update(key, present)
        if !affected.isEmpty { suppressionChanged(of: affected.sorted(), now: now) }
    }
}
