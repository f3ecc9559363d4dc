import Model
import Probes
import Settings

/// What a file says for all its probes.
struct ProbeDefaults {
    var every: Duration?
    var timeout: Duration?
    var retryInterval: Duration?
    var labels: Labels = [:]
    var rules: [WrittenRule]?
}

/// What came of reading the probes.
struct ReadProbes {
    var probes: [ConfiguredProbe] = []
    var files: [String] = []
    /// Of all of them, also of those that are otherwise wrong.
    var names: [String] = []
    var paused: [String] = []
}

extension Reading {
    /// Runs are not worth less: a measurement of a millisecond four times a second is a load test.
    static let shortestEvery = Duration.milliseconds(100)
    static let longestEvery = Duration.seconds(366 * 86_400)
    static let maximumLabels = 32
    /// In bytes. Labels are repeated in every line of the metrics.
    static let longestLabel = 256

    /// The probes of every `*.yaml` in a folder, by name of file, and the files.
    func probes(in folder: (path: String, place: Place, isKnown: Bool)) -> ReadProbes {
        let names: [String]
        switch files.list(folder.path) {
        case .success(let found): names = found.filter { !$0.hasPrefix(".") }.sorted()
        case .failure(let error):
            guard folder.isKnown else { return ReadProbes() }
            problems.add(folder.place, "probes: cannot read the folder \(folder.path): \(error.sentence)")
            return ReadProbes()
        }
        for name in names where name.hasSuffix(".yml") {
            warnings.add(Place(path: Reading.join(folder.path, name)), "not read: the name of a probe file ends in .yaml")
        }
        let paths = names.filter { $0.hasSuffix(".yaml") }.map { Reading.join(folder.path, $0) }
        guard paths.count <= ConfigurationReader.maximumFiles else {
            let limit = ConfigurationReader.maximumFiles
            problems.add(folder.place, "probes: \(folder.path) has \(paths.count) files; at most \(limit) are read")
            return ReadProbes()
        }
        var register = Register()
        var probes: [ConfiguredProbe] = []
        for path in paths {
            guard let fields = fields(of: path) else { continue }
            probes += self.probes(fields, register: &register)
        }
        if probes.count > ConfigurationReader.maximumProbes {
            let limit = ConfigurationReader.maximumProbes
            problems.add(folder.place, "probes: there are \(probes.count) probes; at most \(limit) can be run")
        }
        check(register)
        return ReadProbes(probes: probes, files: paths, names: Array(register.places.keys), paused: register.paused)
    }

    private func probes(_ fields: Fields, register: inout Register) -> [ConfiguredProbe] {
        var defaults = ProbeDefaults()
        if let written = fields.fields("defaults") {
            defaults.every = written.duration("every", in: Reading.shortestEvery...Reading.longestEvery)
            defaults.timeout = written.duration("timeout", in: .milliseconds(1)...Reading.longestEvery)
            defaults.retryInterval = written.duration("retry_interval", in: Reading.shortestEvery...Reading.longestEvery)
            defaults.labels = labels(written)
            defaults.rules = rules(written)
            written.close()
        }
        let isEmpty = fields.remainingKeys.isEmpty && !fields.has("defaults")
        let probes = fields.list("probes", required: !isEmpty) ?? []
        refuse(["groups", "maintenance"], in: fields)
        let found = probes.compactMap { probe($0, defaults: defaults, register: &register) }
        fields.close()
        return found
    }

    private func probe(_ fields: Fields, defaults: ProbeDefaults, register: inout Register) -> ConfiguredProbe? {
        let before = problems.all.count
        let name = fields.string("name", required: true)
        if let name { self.register(name, fields, in: &register) }
        let timing = timing(fields, defaults)
        let labels = defaults.labels.merging(labels(fields)) { _, own in own }
        let ownRules = rules(fields)
        let dependencies = dependencies(fields)
        let formerName = formerName(fields)
        let isPaused = isPaused(fields)
        if let name {
            register.dependencies.append((name, dependencies))
            register.rules[name] = (ownRules ?? defaults.rules)?.map(\.spec) ?? [.failing]
            if let formerName { register.renames.append((name, formerName, fields.place(of: "renamed_from"))) }
            if isPaused { register.paused.append(name) }
        }
        refuse(["group", "maintenance"], in: fields)
        let kind = kind(fields, name: name, timeout: timing.timeout)
        fields.close(isComplete: kind.isKnown)
        guard let type = kind.type else { return nil }
        let rules = ownRules ?? defaults.rules
        for rule in rules ?? [] { check(rule, kind: type, every: timing.schedule.interval, timeout: timing.timeout) }
        guard let probe = kind.probe, let name, problems.all.count == before else { return nil }
        warnOfDeafness(rules?.map(\.spec) ?? [.failing], of: name, at: fields.place(of: "rules"))
        var spec = ProbeSpec(
            name: name, kind: type.kind, address: probe.address, schedule: timing.schedule, timeout: timing.timeout,
            retryInterval: timing.retryInterval, labels: labels, rules: rules?.map(\.spec) ?? [.failing],
            dependsOn: dependencies.map(\.name))
        for dependency in dependencies {
            spec.dependsOnRule[dependency.name] = dependency.rule?.name
            if dependency.noDataBlocks ?? mentions.noDataBlocks { spec.noDataBlocks.insert(dependency.name) }
        }
        spec.renamedFrom = formerName
        return ConfiguredProbe(spec: spec, probe: probe, place: fields.place, fingerprint: kind.fingerprint)
    }

    /// A rule that compares a sample is unknown while the run fails before it has one: without a rule on `failed` an endpoint that
    /// cannot be reached at all tells nobody.
    private func warnOfDeafness(_ rules: [RuleSpec], of name: String, at place: Place) {
        let told = rules.flatMap { [$0.warning, $0.critical] }.compactMap { $0 }
        guard !told.isEmpty, !told.contains(.failed) else { return }
        warnings.add(
            place,
            "rules: no rule of \(name) looks at a run that fails; if somebody is to hear of that, add {name: failing, critical: failed}"
        )
    }

    private func register(_ name: String, _ fields: Fields, in register: inout Register) {
        let place = fields.place(of: "name")
        checkName(name, "probe", at: place)
        if name == ProbeSpec.daemonName {
            problems.add(place, "the name \(name) is reserved: the daemon's own incidents have it")
        }
        if let first = register.places[name] {
            problems.add(place, "the name \"\(Shown.short(name))\" is taken by the probe at \(first)")
        } else {
            register.places[name] = place
        }
    }

    private func labels(_ fields: Fields) -> Labels {
        var labels: Labels = [:]
        for (name, value, place) in fields.pairs("labels") ?? [] {
            if name == "probe" || name == "rule" {
                problems.add(place, "labels: \"\(name)\" is reserved; it is the \(name)'s name")
            } else if !Names.isLabel(name) {
                problems.add(place, "labels: \"\(Shown.short(name))\" is no label name: \(Names.labelRule)")
            } else if value.utf8.count > Reading.longestLabel || value.unicodeScalars.contains(where: { $0.value < 32 }) {
                problems.add(place, "labels: \(name) must be one line of at most \(Reading.longestLabel) bytes")
            }
            labels[name] = value
        }
        if labels.count > Reading.maximumLabels {
            fields.problem(at: "labels", "labels: at most \(Reading.maximumLabels), got \(labels.count)")
        }
        return labels
    }
}
