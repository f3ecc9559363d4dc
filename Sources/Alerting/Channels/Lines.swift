import Model

extension Wording {
    /// Everything but the headline, a fact a line: times, alerts, labels, the command that acknowledges, where it comes from.
    /// The lines cost no more than `limit` with what separates them; alerts are left out first, the best of them first.
    func lines(
        to limit: Int, separator: Int = 1, cost: (Character) -> Int = { $0.unicodeScalars.count }
    ) -> [String] {
        let labels = shownLabels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        let head = [ownLines == nil ? times.capitalizedFirst : nil, unrecorded].compactMap {
            $0?.shortened(to: Lines.maxFact, cost: cost)
        }
        let tail = [
            labels.isEmpty ? nil : "Labels: \(labels)", acknowledge.map { "Acknowledge: \($0)" }, origin.capitalizedFirst,
        ]
        .compactMap { $0?.shortened(to: Lines.maxFact, cost: cost) }
        let used = (head + tail).reduce(0) { $1.reduce($0 + separator) { $0 + cost($1) } }
        let digest = Shortened.list(digestLines, to: limit - used, separator: separator, cost: cost) { line in
            line.shortened(to: Lines.maxAlert, cost: cost)
        }
        let own = Shortened.list(ownLines ?? [], to: limit - used, separator: separator, cost: cost) { line in
            line.shortened(to: Lines.maxAlert, cost: cost)
        }
        let alerts = Shortened.list(shownMembers, to: limit - used, separator: separator, cost: cost) { member in
            "• " + line(member).shortened(to: Lines.maxAlert, cost: cost)
        }
        return head + own + digest + alerts + tail
    }
}

/// What one line may cost of a message's limit. Five facts and an alert fit in 3,000.
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
