import Model

/// What a template may name. What it reads is made in `TemplateValues`; a test compares the two.
enum TemplateFields {
    static let texts = [
        "kind", "level", "title", "incident", "node", "since", "lasted", "acked_by", "acknowledge", "more",
    ]
    /// True for one kind of message each.
    static let flags = Notification.Kind.templated.map(flag)
    /// Lists, and what each element has.
    static let lists = [
        "members": ["probe", "rule", "level", "state", "reason", "since", "address"],
        "facts": ["name", "text"],
        "links": ["text", "address"],
    ]
    /// A label of the incident: `labels.team`.
    static let labelPrefix = "labels."

    static func flag(_ kind: Notification.Kind) -> String { "is_\(kind.rawValue)" }

    static var names: [String] { texts + lists.keys.sorted() + flags }

    /// Letters of ASCII, digits and `_`, the first no digit, as the configuration has them.
    private static func isLabel(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (byte | 32 >= 97 && byte | 32 <= 122) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
        }
    }

    enum Meaning {
        case text, list
    }

    /// What a name means within a list, or outside of any; nil: nothing.
    static func meaning(of name: String, within list: String?) -> Meaning? {
        if let list, lists[list]?.contains(name) == true { return .text }
        if texts.contains(name) || flags.contains(name) { return .text }
        if lists[name] != nil { return .list }
        let label = name.hasPrefix(labelPrefix) ? name.dropFirst(labelPrefix.count) : ""
        return isLabel(label) ? .text : nil
    }
}

extension Notification.Kind {
    /// Those about an incident; tests and summaries keep their own words.
    static let templated = allCases.filter(\.hasTemplates)

    var hasTemplates: Bool {
        switch self {
        case .trigger, .update, .acknowledge, .resolve, .delayed: true
        case .test, .digest, .change: false
        }
    }
}
