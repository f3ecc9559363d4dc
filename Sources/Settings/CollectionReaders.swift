package import Model

// Readers of lists and mappings of texts.
extension Fields {
    /// A list of texts; a single text is a list of one. Elements that are none are problems and left out.
    package func strings(_ key: String, required: Bool = false) -> [String]? {
        places(key, required: required)?.map(\.text)
    }

    /// A list of texts, each with its place; a single text is a list of one.
    package func places(_ key: String, required: Bool = false) -> [(text: String, place: Place)]? {
        guard let value = take(key, "a text, or a list of texts such as [a, b]", required: required) else { return nil }
        switch value.content {
        case .text(let text, _): return [(text, value.place)]
        case .mapping:
            wrong(key, "a text, or a list of texts such as [a, b]", value)
            return nil
        case .list(let elements):
            return elements.compactMap { element in
                guard case .text(let text, _) = element.content, !element.isNothing else {
                    wrong(key, "a text in each element of the list", element)
                    return nil
                }
                return (text, element.place)
            }
        }
    }

    /// An element of a list that takes both texts and mappings.
    package enum Element {
        case text(String, Place)
        case mapping(Fields)
    }

    /// A list of texts and mappings; a single text or mapping is a list of one.
    package func elements(_ key: String, expected: String) -> [Element]? {
        guard let value = take(key, expected) else { return nil }
        let elements: [Tree] =
            switch value.content {
            case .list(let elements): elements
            case .text, .mapping: [value]
            }
        return elements.compactMap { element in
            switch element.content {
            case .text(let text, _) where !element.isNothing: return .text(text, element.place)
            case .mapping(let entries): return .mapping(child(entries, at: element.place))
            case .text, .list:
                wrong(key, expected, element)
                return nil
            }
        }
    }

    /// A mapping of texts: labels, matchers.
    package func texts(_ key: String) -> [String: String]? {
        pairs(key).map { pairs in
            Dictionary(pairs.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// A mapping of texts in the order written, each with the place of its key.
    package func pairs(_ key: String) -> [(name: String, text: String, place: Place)]? {
        guard let value = take(key, "a mapping of texts") else { return nil }
        guard case .mapping(let entries) = value.content else {
            wrong(key, "a mapping of texts", value)
            return nil
        }
        return entries.compactMap { entry in
            guard case .text(let text, _) = entry.value.content, !entry.value.isNothing else {
                problems.add(entry.value.place, "\(key): expected a text for \"\(entry.key)\", got \(entry.value.shown)")
                return nil
            }
            return (entry.key, text, entry.keyPlace)
        }
    }

    /// A mapping of texts or secret references, in the order written: headers.
    package func secrets(_ key: String) -> [(name: String, value: Secret)]? {
        guard let fields = fields(key) else { return nil }
        return fields.remainingKeys.compactMap { name in fields.textOrSecret(name).map { (name, $0) } }
    }
}
