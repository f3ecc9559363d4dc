import Model

/// Parts of a configuration in words, each under a name that stays, so that what differs can be said.
typealias Described = [(name: String, text: String)]

enum Differences {
    /// `step 2: after 5m tells pager -> after 10m tells pager`, a line for each part that differs.
    static func between(_ old: Described, _ new: Described) -> [String] {
        let before = Dictionary(old.map { ($0.name, $0.text) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.name, $0.text) }) { first, _ in first }
        let names = old.map(\.name) + new.map(\.name).filter { before[$0] == nil }
        return names.compactMap { name in
            switch (before[name], after[name]) {
            case (let from?, let to?): from == to ? nil : "\(name): \(from) -> \(to)"
            case (nil, let to?): "\(name), new: \(to)"
            case (let from?, nil): "\(name), gone: \(from)"
            case (nil, nil): nil
            }
        }
    }
}

extension PolicySpec {
    var described: Described {
        steps.enumerated().map { ("step \($0.offset + 1)", $0.element.described) } + [
            ("repeat", repeatAfter > .zero ? repeatAfter.short : "never"), ("ack_timeout", ackTimeout?.short ?? "none"),
            ("ack_covers_new", "\(ackCoversNew)"), ("resolve_through_silence", "\(resolvesThroughSilence)"),
            ("reopen_after", reopenAfter.short),
        ]
    }
}

extension PolicySpec.Step {
    fileprivate var described: String {
        let level = level.map { ", \($0.rawValue)," } ?? ""
        let condition = condition.map { ", if \($0.description)," } ?? ""
        return "after \(after.short)\(level)\(condition) tells \(notify.joined(separator: ", "))"
    }
}

extension Contact {
    var described: Described {
        [
            ("channels", channels.joined(separator: ", ")),
            ("failover_after", failoverAfter?.short ?? "60s, or 5m for warning"),
            ("keep_primary", "\(keepPrimary)"),
        ]
    }
}

extension [RouteSpec] {
    /// Those of the tree, named by their places in it: `route 2.1`.
    func described(below place: String = "") -> Described {
        enumerated().flatMap { index, route in
            let own = "\(place)\(index + 1)"
            return [("route \(own)", route.described)] + route.routes.described(below: "\(own).")
        }
    }
}

extension RouteSpec {
    fileprivate var described: String {
        let labels = match.sorted { $0.key < $1.key }.map { "\($0)=\"\($1)\"" } + matchers.map(\.description)
        var parts = ["\(labels.isEmpty ? "all" : labels.joined(separator: ", ")) to policy \(policy)"]
        parts.append("group_by \(groupBy.isEmpty ? "nothing" : groupBy.joined(separator: ", "))")
        parts.append("group_wait \(groupWait.short), group_interval \(groupInterval.short)")
        if let template { parts.append("template \(template)") }
        if continues { parts.append("continue") }
        return parts.joined(separator: "; ")
    }
}
