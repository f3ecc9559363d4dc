import Model
import Settings

/// What probes say of each other: of every probe that has a name, also of those that are otherwise wrong, so that a mention of one is
/// no second mistake.
struct Register {
    var places: [String: Place] = [:]
    var rules: [String: [RuleSpec]] = [:]
    var dependencies: [(probe: String, on: [WrittenDependency])] = []
    var renames: [(probe: String, from: String, place: Place)] = []
    var paused: [String] = []
}

struct WrittenDependency {
    var name: String
    var place: Place
    /// The rule of it that counts.
    var rule: (name: String, place: Place)?
    /// It holds also while it gives no results; nil: as the main file says.
    var noDataBlocks: Bool?
}

extension Reading {
    static let maximumDependencies = 64

    /// `depends_on: [dns, {probe: gateway, rule: unreachable, nodata_blocks: true}]`
    func dependencies(_ fields: Fields) -> [WrittenDependency] {
        guard fields.has("depends_on") else {
            fields.expect(["depends_on"])
            return []
        }
        let expected = "names of probes, or mappings such as {probe: NAME, rule: NAME}"
        var written: [WrittenDependency] = []
        for element in fields.elements("depends_on", expected: expected) ?? [] {
            switch element {
            case .text(let name, let place): written.append(WrittenDependency(name: name, place: place))
            case .mapping(let fields):
                let name = fields.string("probe", required: true)
                let rule = fields.string("rule").map { ($0, fields.place(of: "rule")) }
                let noDataBlocks = fields.boolean("nodata_blocks")
                guard let name else { continue }
                written.append(
                    WrittenDependency(
                        name: name, place: fields.place(of: "probe"), rule: rule, noDataBlocks: noDataBlocks))
            }
        }
        var seen = Set<String>()
        for dependency in written where !seen.insert(dependency.name).inserted {
            problems.add(dependency.place, "depends_on: \(Shown.short(dependency.name)) stands twice")
        }
        if written.count > Reading.maximumDependencies {
            fields.problem(at: "depends_on", "depends_on: at most \(Reading.maximumDependencies), got \(written.count)")
        }
        return written
    }

    func formerName(_ fields: Fields) -> String? {
        guard let name = fields.string("renamed_from") else { return nil }
        guard Names.isName(name), name != ProbeSpec.daemonName else {
            fields.problem(
                at: "renamed_from", "renamed_from: expected the name that the probe had, got \"\(Shown.short(name))\"")
            return nil
        }
        return name
    }

    func check(_ register: Register) {
        checkDependencies(register)
        checkRenames(register)
    }

    private func checkDependencies(_ register: Register) {
        let known = register.places.keys.sorted()
        for (probe, dependencies) in register.dependencies {
            for dependency in dependencies {
                let (name, place) = (dependency.name, dependency.place)
                if name == probe {
                    problems.add(place, "depends_on: a probe cannot depend on itself")
                } else if register.places[name] == nil {
                    problems.add(place, "depends_on: " + unknown("probe", name, known))
                } else if let rules = register.rules[name] {
                    check(dependency, rules)
                }
            }
        }
        for cycle in Cycles.find(in: register.dependencies.map { ($0.probe, $0.on.map(\.name)) }) {
            guard let first = register.dependencies.first(where: { $0.probe == cycle[0] }),
                let edge = first.on.first(where: { $0.name == cycle[1 % cycle.count] })
            else { continue }
            let path = (cycle + [cycle[0]]).joined(separator: " > ")
            problems.add(edge.place, "depends_on: these probes wait for each other: \(path)")
        }
    }

    /// A parent that can never be called down holds nothing back.
    private func check(_ dependency: WrittenDependency, _ rules: [RuleSpec]) {
        guard let (rule, place) = dependency.rule else {
            guard !rules.contains(where: { $0.critical == .failed }) else { return }
            warnings.add(
                dependency.place,
                "depends_on: \(dependency.name) has no rule with critical: failed, so it never counts as down; "
                    + "name the rule that says it: {probe: \(dependency.name), rule: NAME}")
            return
        }
        guard let found = rules.first(where: { $0.name == rule }) else {
            problems.add(place, "depends_on: of \(dependency.name): " + unknown("rule", rule, rules.map(\.name)))
            return
        }
        if found.critical == nil {
            problems.add(
                place, "depends_on: the rule \(rule) of \(dependency.name) is never critical, so it never counts as down")
        }
    }

    private func checkRenames(_ register: Register) {
        var heirs: [String: String] = [:]
        for (probe, former, place) in register.renames {
            if former == probe {
                problems.add(place, "renamed_from: the probe still has this name; remove the key")
            } else if let other = register.places[former] {
                problems.add(place, "renamed_from: \(former) is the name of the probe at \(other)")
            } else if let heir = heirs[former] {
                problems.add(place, "renamed_from: \(heir) was renamed from \(former), too")
            } else {
                heirs[former] = probe
            }
        }
    }
}
