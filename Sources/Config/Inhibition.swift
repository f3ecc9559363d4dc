import Model
import Settings

extension Reading {
    static let maximumInhibitions = 1000

    /// `inhibit: [{name, source, target, equal}]`
    func inhibitions(_ fields: Fields) -> [InhibitRule] {
        let list = fields.list("inhibit") ?? []
        if list.count > Reading.maximumInhibitions {
            fields.problem(at: "inhibit", "inhibit: at most \(Reading.maximumInhibitions), got \(list.count)")
        }
        var taken: [String: Place] = [:]
        return list.enumerated().compactMap { index, fields in
            let name = elementName(fields, "rule", prefix: "inhibit", index: index, taken: &taken)
            let source = side("source", fields)
            let target = side("target", fields)
            var equal: [String] = []
            for (label, place) in fields.places("equal") ?? [] {
                if !Names.isLabel(label) {
                    problems.add(place, "equal: \"\(Shown.short(label))\" is no label name: \(Names.labelRule)")
                } else if equal.contains(label) {
                    problems.add(place, "equal: \(label) stands twice")
                } else {
                    mentions.equalLabels.append((label, place))
                }
                equal.append(label)
            }
            let silencedSources = fields.boolean("silenced_sources") ?? true
            guard let name, let source, let target else { return nil }
            if source.isWhole, target.isWhole { checkSides(source, target, equal, at: fields.place) }
            return InhibitRule(
                name: name, source: source.all, target: target.all, equal: equal, silencedSources: silencedSources)
        }
    }

    /// A mapping with `match` and `matchers`, or only the texts of the matchers.
    private func side(_ key: String, _ fields: Fields) -> WrittenMatchers? {
        let before = problems.all.count
        var written = WrittenMatchers()
        var hasSlip = false
        if case .mapping = fields.shape(of: key) {
            guard let side = fields.fields(key) else { return nil }
            written = matchers(side)
            hasSlip = !side.remainingKeys.isEmpty
        } else if fields.has(key) {
            written.matchers = matcherTexts(key, fields)
            if let (one, other) = Reading.contradiction(in: written.matchers) {
                fields.problem(at: key, "\(key): no alert can match: \(one) and \(other) exclude each other")
            }
        } else {
            fields.expect([key])
            problems.add(fields.place, "\(key) is missing: expected {match: …, matchers: …}, or a list of matchers")
        }
        if problems.all.count == before, written.takeEverything, !hasSlip {
            fields.problem(at: key, "\(key): it matches every alert: expected match or matchers")
        }
        written.isWhole = problems.all.count == before && !hasSlip
        return written
    }

    private func checkSides(_ source: WrittenMatchers, _ target: WrittenMatchers, _ equal: [String], at place: Place) {
        if source.conditions == target.conditions {
            problems.add(
                place,
                "source and target are the same: an alert that matches both is not inhibited by another that does")
            return
        }
        let common = (source.all + target.all).filter { equal.contains($0.name) }
        if let (one, other) = Reading.contradiction(in: common) {
            problems.add(place, "this never inhibits: \(one.name) must be equal, and \(one) and \(other) exclude each other")
        }
    }
}
