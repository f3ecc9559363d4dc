import Model
import Settings

enum RouteSettings {
    /// An alert that waits longer to be grouped is not told in time.
    static let longestWait = Duration.seconds(86_400)
    /// Deeper trees are not understood by people either.
    static let maximumDepth = 8
    static let maximumRoutes = 1000
}

/// What a route has from the one around it.
private struct Inherited {
    var policy: String?
    var groupBy = RouteSpec(policy: "").groupBy
    /// Only where it is written: otherwise it follows from `groupBy`.
    var groupWait: Duration?
    var groupInterval = RouteSpec(policy: "").groupInterval
    var template: String?
    /// What every alert that comes here fulfils.
    var conditions: [Matcher] = []
    var depth = 1
}

extension Reading {
    func routes(_ fields: Fields, policies: Defined, used: inout Set<String>) -> [RouteSpec] {
        let list = fields.list("routes")
        let routes = routes(list ?? [], below: Inherited(), policies, used: &used)
        let count = Reading.count(routes)
        if count > RouteSettings.maximumRoutes {
            fields.problem(at: "routes", "routes: at most \(RouteSettings.maximumRoutes), got \(count)")
        }
        if !routes.isEmpty, !routes.contains(where: \.takesEverything) {
            let name = policies.names.first ?? "NAME"
            problems.add(
                fields.place(of: "routes"),
                "routes: no route takes the alerts that match none of these; end the list with {policy: \(name)}")
        }
        if list?.isEmpty ?? !fields.has("routes") {
            if policies.names.isEmpty {
                warnings.add(fields.place, "there is no route: alerts are recorded and nobody is told")
            } else {
                let name = policies.names.count == 1 ? policies.names[0] : "NAME"
                let place = fields.has("routes") ? fields.place(of: "routes") : fields.keyPlace(of: "policies")
                problems.add(place, "no route leads to a policy; add routes: [{policy: \(name)}]")
            }
            used.formUnion(policies.names)
        }
        return routes
    }

    private func routes(
        _ list: [Fields], below parent: Inherited, _ policies: Defined, used: inout Set<String>
    ) -> [RouteSpec] {
        var ahead: [(conditions: Set<Matcher>, place: Place)] = []
        var routes: [RouteSpec] = []
        for fields in list {
            let written = matchers(fields)
            let continues = fields.boolean("continue") ?? false
            var own = parent
            own.conditions += written.all
            own.depth += 1
            own.policy =
                policy("policy", fields, required: parent.policy == nil, among: policies, used: &used) ?? parent.policy ?? ""
            own.groupBy = groupBy(fields) ?? parent.groupBy
            own.groupWait = fields.duration("group_wait", in: .zero...RouteSettings.longestWait) ?? parent.groupWait
            own.groupInterval =
                fields.duration("group_interval", in: .seconds(1)...RouteSettings.longestWait) ?? parent.groupInterval
            own.template = template(fields) ?? parent.template
            var below: [RouteSpec] = []
            if fields.has("routes") {
                if own.depth > RouteSettings.maximumDepth {
                    fields.skip("routes")
                    problems.add(
                        fields.keyPlace(of: "routes"), "routes: at most \(RouteSettings.maximumDepth) levels deep")
                } else {
                    below = self.routes(fields.list("routes") ?? [], below: own, policies, used: &used)
                }
            }
            // A key that is left over may be a slip in `match`.
            if written.isWhole, fields.remainingKeys.isEmpty {
                checkReach(of: written, at: fields.place, behind: ahead, below: parent)
                if !continues { ahead.append((written.conditions, fields.place)) }
            }
            routes.append(
                RouteSpec(
                    match: written.match, matchers: written.matchers, policy: own.policy ?? "", groupBy: own.groupBy,
                    groupWait: own.groupWait, groupInterval: own.groupInterval, continues: continues, routes: below,
                    template: own.template))
        }
        return routes
    }

    /// A route that no alert can come to is a mistake: somebody believes that it tells them.
    private func checkReach(
        of written: WrittenMatchers, at place: Place, behind ahead: [(conditions: Set<Matcher>, place: Place)],
        below parent: Inherited
    ) {
        let conditions = written.conditions
        if let first = ahead.first(where: { $0.conditions.isSubset(of: conditions) }) {
            let why = first.conditions.isEmpty ? "takes every alert" : "takes its alerts first"
            problems.add(place, "this route can never match: the one at line \(first.place.line) \(why)")
        } else if let (one, other) = Reading.contradiction(in: parent.conditions + written.all) {
            problems.add(
                place, "this route can never match: with the routes around it, it wants both \(one) and \(other)")
        }
    }

    private func groupBy(_ fields: Fields) -> [String]? {
        guard let groups = fields.places("group_by") else { return nil }
        var seen = Set<String>()
        for (name, place) in groups {
            if name == RouteSpec.groupByAll {
                if groups.count > 1 {
                    problems.add(place, "group_by: \"...\" means all labels, so it stands alone")
                }
            } else {
                checkLabel(name, "group_by", at: place)
            }
            if !seen.insert(name).inserted { problems.add(place, "group_by: \(Shown.short(name)) stands twice") }
        }
        return groups.map(\.text)
    }

    private static func count(_ routes: [RouteSpec]) -> Int { routes.reduce(0) { $0 + 1 + count($1.routes) } }
}

extension RouteSpec {
    fileprivate var takesEverything: Bool { match.isEmpty && matchers.allSatisfy(\.isAlways) }
}
