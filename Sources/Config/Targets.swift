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

/// Everything that can be told: channels, contacts and schedules. They share one space of names, since `notify` takes any of them.
struct Targets {
    fileprivate struct Entry {
        var kind: String
        var place: Place
    }
    private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]
    /// Those that somebody is told by.
    var used: Set<String> = []

    fileprivate mutating func add(_ name: String, _ kind: String, at place: Place) -> Entry? {
        if let first = entries[name] { return first }
        names.append(name)
        entries[name] = Entry(kind: kind, place: place)
        return nil
    }

    fileprivate func has(_ name: String) -> Bool { entries[name] != nil }

    /// Those of some kinds that nobody uses.
    fileprivate func unused(_ kinds: [String]) -> [(name: String, entry: Entry)] {
        names.compactMap { name in
            entries[name].flatMap { kinds.contains($0.kind) && !used.contains(name) ? (name, $0) : nil }
        }
    }
}

extension Reading {
    static let maximumNotified = 64

    func define(_ defined: Defined, as kind: String, in targets: inout Targets) {
        for name in defined.names {
            guard let place = defined.places[name], let first = targets.add(name, kind, at: place) else { continue }
            problems.add(
                place,
                "the name \"\(Shown.short(name))\" is taken by the \(first.kind) at \(first.place); "
                    + "channels, contacts and schedules are told by the same names")
        }
    }

    /// A list of names of channels, contacts or schedules.
    func told(_ key: String, _ fields: Fields, _ targets: inout Targets) -> [String] {
        names(key, fields) { name, place in
            if !targets.has(name) { problems.add(place, unknown("channel, contact or schedule", name, targets.names)) }
            targets.used.insert(name)
        }
    }

    /// The name of one channel, contact or schedule.
    func toldOne(_ key: String, _ fields: Fields, _ targets: inout Targets) -> String? {
        guard let name = fields.string(key) else { return nil }
        if !targets.has(name) {
            fields.problem(at: key, "\(key): " + unknown("channel, contact or schedule", name, targets.names))
        }
        targets.used.insert(name)
        return name
    }

    /// A list of names that must not be empty, each once.
    func names(
        _ key: String, _ fields: Fields, required: Bool = true, mayRepeat: Bool = false, check: (String, Place) -> Void
    ) -> [String] {
        var names: [String] = []
        for (name, place) in fields.places(key, required: required) ?? [] {
            if names.contains(name), !mayRepeat {
                problems.add(place, "\(key): \(Shown.short(name)) stands twice")
            } else {
                check(name, place)
            }
            names.append(name)
        }
        if fields.shape(of: key) == .list(count: 0) { fields.problem(at: key, "\(key): the list is empty") }
        if names.count > Reading.maximumNotified {
            fields.problem(at: key, "\(key): at most \(Reading.maximumNotified), got \(names.count)")
        }
        return names
    }

    func warnOfUnused(_ targets: Targets) {
        for (name, entry) in targets.unused(["channel", "schedule"]) {
            warnings.add(entry.place, "no policy notifies the \(entry.kind) \"\(name)\"")
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

    /// The name of an element of a list: as written, or `PREFIX-3` for the third where it may do without. Two must not have the same.
    func elementName(
        _ fields: Fields, _ what: String, prefix: String? = nil, index: Int?, taken: inout [String: Place]
    ) -> String? {
        guard let name = fields.string("name", required: index == nil) else {
            guard let index, !fields.has("name") else { return nil }
            let name = "\(prefix ?? what)-\(index + 1)"
            if let first = taken[name] {
                problems.add(fields.place, "name: this \(what) needs one: \(name) is taken by the one in line \(first.line)")
            }
            taken[name] = fields.place
            return name
        }
        let place = fields.place(of: "name")
        if let first = taken[name] {
            problems.add(place, "the name \"\(Shown.short(name))\" is taken by the \(what) in line \(first.line)")
        } else {
            checkName(name, what, at: place)
        }
        taken[name] = place
        return name
    }
}
