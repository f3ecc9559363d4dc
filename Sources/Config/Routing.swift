import Alerting
import Model
import Settings

/// The names of one kind of thing, in the order written, with their places.
struct Defined {
    var names: [String] = []
    var places: [String: Place] = [:]
    init(_ fields: Fields? = nil) {
        guard let fields else { return }
        names = fields.remainingKeys
        places = Dictionary(uniqueKeysWithValues: names.map { ($0, fields.keyPlace(of: $0)) })
    }
}

/// Who is told: channels, policies, routes.
struct Routing {
    var channels: [String: any Channel] = [:]
    var policies: [String: PolicySpec] = [:]
    var routes: [(spec: RouteSpec, place: Place, labels: [(name: String, place: Place)])] = []
}

extension Reading {
    func routing(_ fields: Fields) -> Routing {
        var routing = Routing()
        let channels = channels(fields, into: &routing)
        let policies = policies(fields, channels: channels, into: &routing)
        routes(fields, policies: policies, into: &routing)
        return routing
    }

    /// Every name that is written, so that one wrong channel does not make each mention of it a problem.
    private func channels(_ fields: Fields, into routing: inout Routing) -> Defined {
        guard let all = fields.fields("channels") else { return Defined() }
        let defined = Defined(all)
        for name in defined.names {
            checkName(name, "channel", at: all.keyPlace(of: name))
            guard let channel = all.fields(name) else { continue }
            let kinds = ChannelCatalog.all.map { $0.kind }
            channel.expect(kinds)
            let given = ChannelCatalog.all.filter { channel.has($0.kind) }
            guard given.count == 1, let type = given.first else {
                if given.count > 1 {
                    let list = given.map { $0.kind }.joined(separator: " and ")
                    problems.add(channel.place, "a channel has one kind; \(name) has \(list)")
                    for type in given { channel.skip(type.kind) }
                } else if channel.remainingKeys.isEmpty {
                    problems.add(all.place(of: name), "\(name) has no kind: expected one of \(kinds.joined(separator: ", "))")
                }
                continue
            }
            guard let settings = channel.fields(type.kind) else { continue }
            let made = type.init(settings)
            settings.close(isComplete: made != nil)
            routing.channels[name] = made
        }
        return defined
    }

    private func policies(_ fields: Fields, channels: Defined, into routing: inout Routing) -> Defined {
        guard let all = fields.fields("policies") else { return Defined() }
        let defined = Defined(all)
        var notified = Set<String>()
        for name in defined.names {
            checkName(name, "policy", at: all.keyPlace(of: name))
            guard let fields = all.fields(name) else { continue }
            var policy = PolicySpec(name: name, steps: [])
            policy.repeatAfter = fields.duration("repeat") ?? policy.repeatAfter
            refuse(["ack_timeout"], in: fields)
            var isOrdered = true
            for step in fields.list("steps", required: true) ?? [] {
                refuse(["if"], in: step)
                let level = step.choice("level", Level.self)
                let previous = policy.steps.last?.after
                let after = step.duration("after") ?? previous.map { $0 + PolicySettings.defaultGap } ?? .zero
                if let previous, after < previous, isOrdered {
                    isOrdered = false
                    step.problem(
                        at: "after", "after: steps stand in the order of time; \(after.short) follows \(previous.short)")
                }
                var notify: [String] = []
                for (channel, place) in step.places("notify", required: true) ?? [] {
                    if !channels.names.contains(channel) {
                        problems.add(place, unknown("channel", channel, channels.names))
                    } else if notify.contains(channel) {
                        problems.add(place, "notify: \(channel) stands twice")
                    }
                    notify.append(channel)
                }
                if step.shape(of: "notify") == .list(count: 0) { step.problem(at: "notify", "notify: the list is empty") }
                notified.formUnion(notify)
                policy.steps.append(PolicySpec.Step(after: after, level: level, notify: notify))
            }
            if fields.shape(of: "steps") == .list(count: 0) { fields.problem(at: "steps", "steps: the list is empty") }
            if policy.steps.count > PolicySettings.maximumSteps {
                fields.problem(at: "steps", "steps: at most \(PolicySettings.maximumSteps), got \(policy.steps.count)")
            }
            routing.policies[name] = policy
        }
        for channel in channels.names where !notified.contains(channel) {
            warnings.add(channels.places[channel] ?? fields.place, "no policy notifies the channel \"\(channel)\"")
        }
        return defined
    }

    private func routes(_ fields: Fields, policies: Defined, into routing: inout Routing) {
        let list = fields.list("routes")
        var catchAll: Place?
        var used = Set<String>()
        for route in list ?? [] {
            var spec = RouteSpec(policy: "")
            var labels: [(name: String, place: Place)] = []
            for (name, value, place) in route.pairs("match") ?? [] {
                if !Names.isLabel(name) {
                    problems.add(place, "match: \"\(Shown.short(name))\" is no label name: \(Names.labelRule)")
                }
                labels.append((name, place))
                spec.match[name] = value
            }
            if let policy = route.string("policy", required: true) {
                if !policies.names.contains(policy) {
                    route.problem(at: "policy", unknown("policy", policy, policies.names))
                }
                used.insert(policy)
                spec.policy = policy
            }
            if let groups = route.places("group_by") {
                for (name, place) in groups where !Names.isLabel(name) {
                    problems.add(place, "group_by: \"\(Shown.short(name))\" is no label name: \(Names.labelRule)")
                }
                labels += groups.map { ($0.text, $0.place) }
                spec = RouteSpec(match: spec.match, policy: spec.policy, groupBy: groups.map(\.text))
            }
            spec.groupWait = route.duration("group_wait", in: .zero...RouteSettings.longestWait) ?? spec.groupWait
            spec.groupInterval =
                route.duration("group_interval", in: .seconds(1)...RouteSettings.longestWait) ?? spec.groupInterval
            if let catchAll {
                problems.add(route.place, "this route can never match: the one at line \(catchAll.line) takes every alert")
            } else if !route.has("match") || route.shape(of: "match") == .mapping(count: 0) {
                catchAll = route.place
            }
            routing.routes.append((spec, route.place, labels))
        }
        if let list, !list.isEmpty, catchAll == nil {
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
        } else {
            for policy in policies.names where !used.contains(policy) {
                warnings.add(policies.places[policy] ?? fields.place, "no route leads to the policy \"\(policy)\"")
            }
        }
    }

    /// Labels that no probe has: mostly slips.
    func checkLabels(
        of routes: [(spec: RouteSpec, place: Place, labels: [(name: String, place: Place)])], against probes: [ConfiguredProbe]
    ) {
        guard !probes.isEmpty else { return }
        let known = probes.reduce(into: Set(["probe", "rule"])) { $0.formUnion($1.spec.labels.keys) }
        for (name, place) in routes.flatMap(\.labels) where !known.contains(name) {
            warnings.add(
                place, "no probe has the label \"\(Shown.short(name))\"" + Suggestion.clause(for: name, in: known.sorted()))
        }
    }

    func checkName(_ name: String, _ what: String, at place: Place) {
        guard !Names.isName(name) else { return }
        problems.add(place, "\"\(Shown.short(name))\" cannot name a \(what): expected \(Names.rule)")
    }

    func unknown(_ what: String, _ name: String, _ known: [String]) -> String {
        let suggestion = Suggestion.clause(for: name, in: known)
        if !suggestion.isEmpty { return "unknown \(what) \"\(Shown.short(name))\"\(suggestion)" }
        let list = known.isEmpty ? "none is defined" : "defined: " + known.prefix(20).joined(separator: ", ")
        return "unknown \(what) \"\(Shown.short(name))\"; \(list)"
    }
}

enum PolicySettings {
    /// Of a step without `after`, from the step before it.
    static let defaultGap = Duration.seconds(300)
    static let maximumSteps = 32
}

enum RouteSettings {
    /// An alert that waits longer to be grouped is not told in time.
    static let longestWait = Duration.seconds(86_400)
}
