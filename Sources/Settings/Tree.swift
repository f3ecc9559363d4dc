/// A value of a file with the place where it begins: what is left of YAML once aliases are followed and limits are kept.
struct Tree: Sendable {
    struct Entry: Sendable {
        var key: String
        var keyPlace: Place
        var value: Tree
    }
    enum Content: Sendable {
        case text(String, Style)
        case list([Tree])
        case mapping([Entry])
    }
    enum Style: Sendable {
        case plain, quoted
        /// `|` or `>`: its text begins on another line than its place.
        case block
    }
    var place: Place
    var content: Content

    /// An empty value, `~` or `null`.
    var isNothing: Bool {
        guard case .text(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// How a message speaks of a value of the wrong type.
    var shown: String {
        switch content {
        case .list: "a list"
        case .mapping: "a mapping"
        case .text(let text, _): isNothing ? "nothing" : "\"\(Shown.short(text))\""
        }
    }

    /// Everything but places and styles.
    func hashContent(into hasher: inout Hasher) {
        switch content {
        case .text(let text, _):
            hasher.combine(0)
            hasher.combine(text)
        case .list(let elements):
            hasher.combine(1)
            hasher.combine(elements.count)
            for element in elements { element.hashContent(into: &hasher) }
        case .mapping(let entries):
            hasher.combine(2)
            hasher.combine(entries.count)
            for entry in entries {
                hasher.combine(entry.key)
                entry.value.hashContent(into: &hasher)
            }
        }
    }
}
