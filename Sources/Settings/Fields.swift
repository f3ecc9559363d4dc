import Model

/// A mapping of the configuration while it is read. Each call takes one key; a wrong value is a problem at its place and reads as
/// nil. `close()` makes every key that was not taken a problem, with a suggestion. Used by one thread.
package final class Fields {
    package let place: Place
    package let context: SettingsContext
    package let problems: Problems

    let entries: [Tree.Entry]
    /// Keys that were asked for, present or not: what suggestions are made from.
    private var asked: [String] = []
    private var askedSet: Set<String> = []
    private let indices: [String: Int]
    private var children: [Fields] = []
    private var isClosed = false
    /// The texts of secrets and files that this mapping refers to.
    private var referred: [Secret] = []

    init(entries: [Tree.Entry], place: Place, context: SettingsContext, problems: Problems) {
        self.entries = entries
        self.indices = Dictionary(entries.indices.map { (entries[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        self.place = place
        self.context = context
        self.problems = problems
    }

    /// The shape of a value, for keys that take several.
    package enum Shape: Sendable, Hashable {
        case nothing, text
        case list(count: Int)
        case mapping(count: Int)
    }

    /// The keys not taken yet, in the order written: for mappings whose keys are names (channels, checks).
    package var remainingKeys: [String] { entries.map(\.key).filter { !askedSet.contains($0) } }

    package func has(_ key: String) -> Bool { indices[key] != nil }

    /// The shape of a key's value, without taking the key; nil where it is absent.
    package func shape(of key: String) -> Shape? {
        guard let value = entry(key)?.value else { return nil }
        switch value.content {
        case .text: return value.isNothing ? .nothing : .text
        case .list(let elements): return .list(count: elements.count)
        case .mapping(let entries): return .mapping(count: entries.count)
        }
    }

    /// Takes a key without reading its value.
    @discardableResult
    package func skip(_ key: String) -> Shape? {
        note(key)
        return shape(of: key)
    }

    /// Where the value of a key stands (or the mapping itself, where the key is absent).
    package func place(of key: String) -> Place { entry(key)?.value.place ?? place }

    /// Where a key itself stands (or the mapping, where it is absent).
    package func keyPlace(of key: String) -> Place { entry(key)?.keyPlace ?? place }

    package func problem(at key: String, _ message: String) { problems.add(place(of: key), message) }

    /// Ends the reading of this mapping and of every mapping within it that was read. With `isComplete: false`, after a reader
    /// gave up half-way, only those left-over keys are told of that look like a slip in a key that was looked for.
    package func close(isComplete: Bool = true) {
        guard !isClosed else { return }
        isClosed = true
        let absent = asked.filter { !has($0) }
        for entry in entries where !askedSet.contains(entry.key) {
            let suggestion = Suggestion.clause(for: entry.key, in: absent)
            guard suggestion.isEmpty else {
                problems.add(entry.keyPlace, "unknown key \"\(Shown.short(entry.key))\"\(suggestion)")
                continue
            }
            guard isComplete else { continue }
            let list = asked.isEmpty ? "no key is known here" : "known here: " + asked.joined(separator: ", ")
            problems.add(entry.keyPlace, "unknown key \"\(Shown.short(entry.key))\"; \(list)")
        }
        for child in children { child.close(isComplete: isComplete) }
    }

    /// Lets `close()` suggest keys that were not asked for, because another key decides whether they are.
    package func expect(_ keys: [String]) {
        for key in keys where !has(key) { note(key) }
    }

    /// Equal for mappings that say the same, secrets and files they refer to included. It holds only within this process, and
    /// after the mapping was read.
    package var fingerprint: Int {
        var hasher = Hasher()
        for entry in entries {
            hasher.combine(entry.key)
            entry.value.hashContent(into: &hasher)
        }
        hashReferred(into: &hasher)
        return hasher.finalize()
    }

    // For the readers in the other files.

    func note(referred text: String) { referred.append(Secret(text)) }

    private func hashReferred(into hasher: inout Hasher) {
        hasher.combine(referred)
        for child in children { child.hashReferred(into: &hasher) }
    }

    func entry(_ key: String) -> Tree.Entry? { indices[key].map { entries[$0] } }

    /// Takes a key. An empty value is nil with a problem; so is an absent one that is required.
    func take(_ key: String, _ expected: String, required: Bool = false) -> Tree? {
        note(key)
        guard let value = entry(key)?.value else {
            if required { problems.add(place, "\(key) is missing: expected \(expected)") }
            return nil
        }
        guard !value.isNothing else {
            problems.add(value.place, "\(key): expected \(expected), got nothing")
            return nil
        }
        return value
    }

    private func note(_ key: String) {
        if askedSet.insert(key).inserted { asked.append(key) }
    }

    func wrong(_ key: String, _ expected: String, _ value: Tree) {
        problems.add(value.place, "\(key): expected \(expected), got \(value.shown)")
    }

    func child(_ entries: [Tree.Entry], at place: Place) -> Fields {
        let child = Fields(entries: entries, place: place, context: context, problems: problems)
        children.append(child)
        return child
    }
}

extension Fields {
    /// A nested mapping.
    package func fields(_ key: String, required: Bool = false) -> Fields? {
        guard let value = take(key, "a mapping of keys", required: required) else { return nil }
        guard case .mapping(let entries) = value.content else {
            wrong(key, "a mapping of keys", value)
            return nil
        }
        return child(entries, at: value.place)
    }

    /// A nested list of mappings. An element that is none is a problem and left out.
    package func list(_ key: String, required: Bool = false) -> [Fields]? {
        guard let value = take(key, "a list of mappings", required: required) else { return nil }
        guard case .list(let elements) = value.content else {
            wrong(key, "a list of mappings", value)
            return nil
        }
        return elements.compactMap { element in
            guard case .mapping(let entries) = element.content else {
                wrong(key, "a mapping in each element of the list", element)
                return nil
            }
            return child(entries, at: element.place)
        }
    }
}
