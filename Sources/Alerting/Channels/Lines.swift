import Model

extension Wording {
    /// Everything but the headline, a fact a line, in the order in which it is needed: since when, the alerts with value against
    /// limit, what helps to understand them, where to go, the command that acknowledges, labels, where it comes from.
    ///
    /// The lines cost no more than `limit` with what separates them. Where room is short, alerts are left out first, the best of
    /// them first and the worst never; then links and facts, the last of them first. A link is whole or left out.
    func lines(
        to limit: Int, separator: Int = 1, links shown: [Notification.Link]? = nil,
        cost: (Character) -> Int = { $0.unicodeScalars.count }
    ) -> [String] {
        func size(_ line: String) -> Int { line.reduce(separator) { $0 + cost($1) } }
        func fixed(_ lines: [String?]) -> [String] { lines.compactMap { $0?.shortened(to: Lines.maxFact, cost: cost) } }
        let labels = shownLabels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        let head = fixed([ownLines == nil ? times.capitalizedFirst : nil, unrecorded])
        let tail = fixed([
            acknowledge.map { "Acknowledge: \($0)" }, labels.isEmpty ? nil : "Labels: \(labels)", origin.capitalizedFirst,
        ])
        var room = limit - (head + tail).reduce(0) { $0 + size($1) }
        let sections = digestLines
        // The worst alert, or the first line of a digest, and how many more there are.
        let count = max(shownMembers.count, sections.count, ownLines?.count ?? 0)
        let kept = count == 0 ? 0 : Lines.maxAlert + 2 * separator + Shortened.more(count).count

        var links: [String] = []
        for link in shown ?? self.links {
            let line = "\(link.text): \(link.address)"
            guard size(line) <= room - kept - Lines.maxFact else { continue }
            links.append(line)
            room -= size(line)
        }
        var facts: [String] = []
        if room - kept >= Lines.maxFact {
            facts = Shortened.list(factLines, to: room - kept, separator: separator, cost: cost) { line in
                line.shortened(to: Lines.maxFact, cost: cost)
            }
            room -= facts.reduce(0) { $0 + size($1) }
        }
        let digest = Shortened.list(sections, to: room, separator: separator, cost: cost) { line in
            line.shortened(to: Lines.maxAlert, cost: cost)
        }
        let own = Shortened.list(ownLines ?? [], to: room, separator: separator, cost: cost) { line in
            line.shortened(to: Lines.maxAlert, cost: cost)
        }
        let alerts = Shortened.list(shownMembers, to: room, separator: separator, cost: cost) { member in
            "• " + line(member).shortened(to: Lines.maxAlert, cost: cost)
        }
        return head + own + digest + alerts + facts + links + tail
    }
}

/// What one line may cost of a message's limit: five lines that always stand, an alert and a fact fit in 3,100.
enum Lines {
    static let maxFact = 400
    static let maxAlert = 600
}

/// The markup of chats that read Markdown, made harmless.
enum Markdown {
    private static let signs: Set<Unicode.Scalar> = ["\\", "*", "_", "~", "`", "|", "#", "[", "]", "<", ">"]

    /// A backslash before every sign of markup. An address that stands alone between spaces and holds nothing that could end it
    /// stays as it is, for a backslash would become part of the link.
    static func escaped(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            guard !isAddress(word) else { return String(word) }
            var output = String.UnicodeScalarView()
            for scalar in word.unicodeScalars {
                if signs.contains(scalar) { output.append("\\") }
                output.append(scalar)
            }
            return String(output)
        }.joined(separator: " ")
    }

    /// `[text](address)`; what would end the address stands as RFC 3986 writes it otherwise.
    static func link(_ link: Notification.Link) -> String {
        let address = ["(": "%28", ")": "%29", "*": "%2A", "_": "%5F", "[": "%5B", "]": "%5D"].reduce(link.address) {
            address, sign in
            address.replacing(sign.key, with: sign.value)
        }
        return "[\(escaped(link.text))](\(address))"
    }

    /// UTF-16 units of the character when it is escaped.
    static func cost(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { $0 + UTF16.width($1) + (signs.contains($1) ? 1 : 0) }
    }

    private static func isAddress(_ word: Substring) -> Bool {
        (word.hasPrefix("https://") || word.hasPrefix("http://"))
            && word.utf8.allSatisfy { byte in
                (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || "-._~:/?&=%+,;@".utf8.contains(byte)
            }
    }
}
