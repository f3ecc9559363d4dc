import Alerting
import Config
import Model
import Settings

/// What lines may name: taken from the configurations of the file.
struct Known {
    /// Rules by probe.
    var rules: [String: Set<String>] = [:]
    /// Kinds by probe: configurations may differ.
    private var kinds: [String: Set<String>] = [:]
    var channels: Set<String> = []
    var schedules: Set<String> = []
    var contacts: Set<String> = []
    /// Names of the configurations; the first is empty.
    var configurations: Set<String> = []

    init(_ configurations: [String: AlertingConfiguration]) {
        for (name, configuration) in configurations {
            self.configurations.insert(name)
            for probe in configuration.probes {
                rules[probe.name, default: []].formUnion(probe.rules.map(\.name))
                kinds[probe.name, default: []].insert(probe.kind)
            }
            channels.formUnion(configuration.channels.keys)
            schedules.formUnion(configuration.schedules.keys)
            contacts.formUnion(configuration.contacts.keys)
        }
        rules[ProbeSpec.daemonName] = Set(ProbeSpec.daemon.rules.map(\.name))
    }

    /// The probes of a list such as `api-health,web-*`.
    func probes(_ text: String) throws(Wrong) -> [String] {
        var found: [String] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            if name.contains("*") {
                let parts = name.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
                let matching = rules.keys.filter {
                    $0.hasPrefix(parts[0]) && $0.hasSuffix(parts[1]) && $0.count >= name.count - 1
                        && $0 != ProbeSpec.daemonName
                }
                guard !matching.isEmpty else { throw Wrong("no probe is called \(name)") }
                found += matching.sorted()
            } else {
                guard rules[name] != nil else { throw Known.missing("probe", name, rules.keys) }
                found.append(name)
            }
        }
        return found
    }

    /// `probe` or `probe/rule`.
    func alert(_ text: String) throws(Wrong) -> (probe: String, rule: String?) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let known = rules[parts[0]] else { throw Known.missing("probe", parts[0], rules.keys) }
        guard parts.count > 1 else { return (parts[0], nil) }
        guard known.contains(parts[1]) else { throw Known.missing("rule of \(parts[0])", parts[1], known) }
        return (parts[0], parts[1])
    }

    /// A sample that each of the probes may give.
    func sample(_ name: String, of probes: [String]) throws(Wrong) -> String {
        for probe in probes {
            let problems = kinds[probe, default: []].sorted().map { SampleNames.problem(name, kind: $0) }
            if let problem = problems.first, let problem, !problems.contains(nil) { throw Wrong("\(probe): \(problem)") }
        }
        return name
    }

    func channel(_ name: String) throws(Wrong) -> String { try Known.member("channel", name, of: channels) }

    /// A channel, or `channel:recipient`.
    func target(_ name: String) throws(Wrong) -> String {
        if let colon = name.firstIndex(of: ":"), channels.contains(String(name[..<colon])) { return name }
        return try channel(name)
    }

    static func member(_ what: String, _ name: String, of known: Set<String>) throws(Wrong) -> String {
        guard known.contains(name) else { throw missing(what, name, known) }
        return name
    }

    static func missing(_ what: String, _ name: String, _ known: some Collection<String>) -> Wrong {
        let near = Suggestion.clause(for: name, in: known)
        let list = known.sorted().prefix(8).joined(separator: ", ") + (known.count > 8 ? ", …" : "")
        return Wrong("there is no \(what) \"\(name)\"" + (near.isEmpty ? "; known: \(list.isEmpty ? "none" : list)" : near))
    }
}

/// Reads what a line does, after its time.
struct StatementReader {
    static let verbs = [
        "ok", "fail", "timeout", "fault", "skip", "when", "ack", "unack", "resolve", "reroute", "silence", "maintenance",
        "override", "expire", "receiver", "kill", "clock", "reload", "test", "expect",
    ]
    let known: Known

    func action(_ words: inout Words) throws(Wrong) -> Action {
        let verb = try words.need("what happens")
        let action: Action
        if let kind = ScriptedResult.Kind(rawValue: verb) {
            action = try result(kind, &words)
        } else {
            switch verb {
            case "skip": action = .skip(try known.probes(try words.need("a probe")))
            case "when": action = try whenAsked(&words)
            case "ack": action = try acknowledge(&words)
            case "unack": action = .unacknowledge(try incident(&words), by: try author(&words))
            case "resolve": action = .resolve(try incident(&words), by: try author(&words))
            case "reroute": action = .reroute(try incident(&words), by: try author(&words))
            case "silence": action = try silence(.silence, &words)
            case "maintenance": action = try silence(.maintenance, &words)
            case "override": action = try override(&words)
            case "expire": action = try expire(&words)
            case "receiver": action = try receiver(&words)
            case "kill": action = .kill(words.take("for") ? try words.duration("how long it stays away") : .zero)
            case "clock": action = try clock(&words)
            case "reload":
                let name = try words.need("the name of a configuration")
                guard known.configurations.contains(name), name != Timeline.first else {
                    let names = known.configurations.filter { $0 != Timeline.first }
                    throw Wrong(
                        "there is no configuration \"\(name)\"; write a block `config \(name):`"
                            + (names.isEmpty ? "" : ", or take one of \(names.sorted().joined(separator: ", "))"))
                }
                action = .reload(name)
            case "test": action = .testChannel(try known.channel(try words.need("a channel")))
            case "expect": action = .expect(try ExpectationReader(known: known).expectation(&words))
            default:
                let near = Suggestion.clause(for: verb, in: StatementReader.verbs)
                throw Wrong(
                    "\"\(verb)\" is nothing that can happen"
                        + (near.isEmpty ? "; expected one of \(StatementReader.verbs.joined(separator: ", "))" : near))
            }
        }
        try words.end()
        return action
    }

    // MARK: Results

    private func result(_ kind: ScriptedResult.Kind, _ words: inout Words) throws(Wrong) -> Action {
        let probes = try known.probes(try words.need("a probe"))
        return .result(probes, try scripted(kind, of: probes, &words))
    }

    private func scripted(
        _ kind: ScriptedResult.Kind, of probes: [String], _ words: inout Words
    ) throws(Wrong) -> ScriptedResult {
        var result = ScriptedResult(kind: kind)
        if kind != .ok { result.detail = words.quoted() }
        while let word = words.next() {
            guard !word.isQuoted, let equal = word.text.firstIndex(of: "="), equal != word.text.startIndex else {
                let text = kind == .ok ? "" : "a text in quotes, or "
                throw Wrong("expected \(text)a sample such as duration=1.2s, got \"\(word.text)\"")
            }
            let text = String(word.text[word.text.index(after: equal)...])
            switch QuantityParser.quantity(text) {
            case .success(let value):
                result.samples.append(Sample(try known.sample(String(word.text[..<equal]), of: probes), value.value))
            case .failure(let error):
                let note = error.note.isEmpty ? "" : ": \(error.note)"
                throw Wrong("\(word.text): expected a quantity such as 1.2s, 85% or 10, got \"\(text)\"\(note)")
            }
        }
        return result
    }

    private func whenAsked(_ words: inout Words) throws(Wrong) -> Action {
        guard words.take("asked") else { throw Wrong("expected `when asked`, then a result such as `fail db` or `nothing db`") }
        let verb = try words.need("a result")
        if verb == "nothing" { return .whenAsked(try known.probes(try words.need("a probe")), nil) }
        guard let kind = ScriptedResult.Kind(rawValue: verb) else {
            throw Wrong("expected ok, fail, timeout, fault or nothing after `when asked`, got \"\(verb)\"")
        }
        let probes = try known.probes(try words.need("a probe"))
        return .whenAsked(probes, try scripted(kind, of: probes, &words))
    }

    // MARK: Operators

    private func incident(_ words: inout Words) throws(Wrong) -> IncidentName { try IncidentName(&words) }

    private func author(_ words: inout Words) throws(Wrong) -> String? { words.take("by") ? try words.need("a name") : nil }

    private func acknowledge(_ words: inout Words) throws(Wrong) -> Action {
        let name = try incident(&words)
        let lasts = words.take("for") ? try words.duration("how long it lasts") : nil
        return .acknowledge(name, lasts: lasts, by: try author(&words))
    }

    private func silence(_ kind: Silence.Kind, _ words: inout Words) throws(Wrong) -> Action {
        var matchers: [Matcher] = []
        var lasts: Duration?
        var untilResolved = false
        var by: String?
        var because: String?
        while let word = words.next() {
            switch word.text {
            case "for": lasts = try words.duration("how long it lasts")
            case "until":
                guard words.take("resolved") else { throw Wrong("expected `until resolved`, or `for` and a duration") }
                untilResolved = true
            case "by": by = try words.need("a name")
            case "because": because = try words.need("a reason in quotes")
            default: matchers.append(try StatementReader.matcher(word.text))
            }
        }
        guard !matchers.isEmpty else { throw Wrong("expected a matcher such as service=api after \(kind.rawValue)") }
        guard lasts != nil || untilResolved else {
            throw Wrong("expected how long it lasts: `for 10m`" + (kind == .silence ? ", or `until resolved`" : ""))
        }
        return .silence(kind, matchers, lasts: lasts, untilResolved: untilResolved, by: by, because: because)
    }

    private static func matcher(_ text: String) throws(Wrong) -> Matcher {
        do {
            return try Matcher.parse(text)
        } catch {
            throw Wrong("expected a matcher such as service=api, env!=test or host=~\"web-.*\": \(error.sentence)")
        }
    }

    private func override(_ words: inout Words) throws(Wrong) -> Action {
        let schedule = try Known.member("schedule", try words.need("a schedule"), of: known.schedules)
        let person = try Known.member("contact", try words.need("who is on call then"), of: known.contacts)
        guard words.take("for") else { throw Wrong("expected how long it lasts: `for 8h`") }
        let lasts = try words.duration("how long it lasts")
        let by = try author(&words)
        let because = words.take("because") ? try words.need("a reason in quotes") : nil
        return .override(schedule, person, lasts: lasts, by: by, because: because)
    }

    private func expire(_ words: inout Words) throws(Wrong) -> Action {
        let what = try words.need("silence, maintenance or override")
        let kind = Silence.Kind(rawValue: what)
        guard kind != nil || what == "override" else {
            throw Wrong("expected `expire silence`, `expire maintenance` or `expire override` and its number, got \"\(what)\"")
        }
        let number = words.read(Int.init) ?? 1
        guard number >= 1 else { throw Wrong("they are counted from 1, in the order in which they were made") }
        let by = try author(&words)
        return kind.map { .endSilence($0, number, by: by) } ?? .endOverride(number, by: by)
    }

    // MARK: The world

    private func receiver(_ words: inout Words) throws(Wrong) -> Action {
        let channel = try known.channel(try words.need("a channel"))
        let manner: Receiver.Manner
        switch try words.need("how it answers") {
        case "ok": manner = .accepts
        case "down": manner = .down
        case "hang": manner = .hangs
        case "lost": manner = .losesAnswers
        case "reject": manner = .rejects
        case let word:
            guard let status = Int(word), (100...599).contains(status) else {
                throw Wrong("expected ok, down, hang, lost, reject or a status such as 429, got \"\(word)\"")
            }
            let after = words.take("retry-after") ? try words.duration("how long to wait") : nil
            manner = .status(status, retryAfter: after)
        }
        var attempts: Int?
        if words.take("once") {
            attempts = 1
        } else if let count = words.read(Int.init) {
            guard count >= 1, words.take("times") else { throw Wrong("expected `once`, or a number and `times`") }
            attempts = count
        }
        return .receiver(channel, Receiver(manner: manner, attempts: attempts))
    }

    private func clock(_ words: inout Words) throws(Wrong) -> Action {
        let text = try words.need("+ or - and a duration")
        guard let sign = text.first, sign == "+" || sign == "-", let step = Duration(short: String(text.dropFirst())),
            step > .zero
        else {
            throw Wrong("expected a step such as +1h or -30m, got \"\(text)\"")
        }
        return .clock(sign == "+" ? step : .zero - step)
    }
}

extension IncidentName {
    init(_ words: inout Words) throws(Wrong) {
        if let number = words.read(Int.init) {
            guard number >= 1 else { throw Wrong("incidents are counted from 1, in the order in which they opened") }
            self = .number(number)
            return
        }
        self = .text(try words.need("an incident: its number, or a text of its title"))
    }
}
