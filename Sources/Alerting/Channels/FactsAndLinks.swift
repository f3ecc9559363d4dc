import Model

// What helps whoever is told: facts, a line each, and where to go.
extension Wording {
    /// Named texts, most important first, each one line. Some come from a probe's response: no channel may read markup in them.
    var facts: [Notification.Fact] {
        notification.facts.prefix(Facts.maxCount).compactMap { fact in
            let name = fact.name.oneLine.shortened(to: Facts.maxName)
            let text = fact.text.oneLine.shortened(to: Facts.maxText)
            guard !text.isEmpty else { return nil }
            return Notification.Fact(name.isEmpty ? "Note" : name, text)
        }
    }

    /// `Last deploy: 4.2 of api, 12m before`
    var factLines: [String] { facts.map { "\($0.name): \($0.text)" } }

    /// Those that can be followed wherever they are shown. One that is too long is left out, for half an address leads nowhere.
    var links: [Notification.Link] {
        notification.links.lazy.filter { Facts.canBeFollowed($0.address) }.prefix(Facts.maxLinks).map { link in
            let text = link.text.oneLine.shortened(to: Facts.maxName)
            return Notification.Link(text.isEmpty ? WebAddress.host(of: link.address) ?? "link" : text, link.address)
        }
    }

    /// monitord's own page of the incident, where a link leads there: its address holds the incident's id.
    var ownPage: String? { links.first { $0.address.holds(notification.incident) }?.address }
}

enum Facts {
    /// More is not read at night.
    static let maxCount = 20
    static let maxName = 80
    static let maxText = 400
    /// Teams shows no more than six buttons.
    static let maxLinks = 6
    /// A dashboard's address with its variables has a few hundred.
    static let maxAddress = 1_000

    /// An address of http or https of the characters that RFC 3986 has for addresses: none of them ends a link of Slack, of HTML or,
    /// where it is quoted there, of Markdown.
    static func canBeFollowed(_ address: String) -> Bool {
        guard address.utf8.count <= maxAddress, case .success = WebAddress.read(address) else { return false }
        return address.utf8.allSatisfy { byte in
            (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
        }
    }
}
