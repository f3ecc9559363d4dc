/// Where to look in a JSON document: `$`, `.name`, `['any name']` and `[0]`. Indices count from 0; nothing is searched for.
struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }
    var steps: [Step]
    /// As it was written.
    var description: String

    func value(in document: JSONValue) -> JSONValue? {
        var value = document
        for step in steps {
            switch (step, value) {
            case (.key(let key), .object(let values)):
                guard let inner = values[key] else { return nil }
                value = inner
            case (.index(let index), .array(let values)):
                guard values.indices.contains(index) else { return nil }
                value = values[index]
            case (.key, _), (.index, _): return nil
            }
        }
        return value
    }
}

extension JSONPath {
    struct Wrong: Error, Hashable {
        /// What is wrong with the path.
        var sentence: String
    }

    init(_ text: String) throws(Wrong) {
        description = text
        steps = []
        var rest = Substring(text)
        guard rest.popFirst() == "$" else { throw Wrong(sentence: "a path starts with $, as in $.status") }
        while let first = rest.popFirst() {
            switch first {
            case ".":
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }) else {
                    throw Wrong(sentence: "a name of letters, digits, _ and - follows each dot; other names stand in ['…']")
                }
                steps.append(.key(String(name)))
                rest = rest[name.endIndex...]
            case "[":
                guard let end = rest.firstIndex(of: "]") else { throw Wrong(sentence: "a [ has no ]") }
                steps.append(try JSONPath.bracket(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            default: throw Wrong(sentence: "a step starts with . or [")
            }
        }
    }

    private static func bracket(_ inner: Substring) throws(Wrong) -> Step {
        if let quote = inner.first, quote == "'" || quote == "\"" {
            guard inner.count >= 2, inner.last == quote else { throw Wrong(sentence: "a name in [ ] does not end its quotes") }
            return .key(String(inner.dropFirst().dropLast()))
        }
        guard let index = Int(inner) else { throw Wrong(sentence: "[ ] holds an index or a name in quotes") }
        guard index >= 0 else { throw Wrong(sentence: "an index counts from 0; negative ones are not supported") }
        return .index(index)
    }
}
