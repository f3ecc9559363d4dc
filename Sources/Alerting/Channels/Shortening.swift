/// Makes text from outside fit for a message: one line, no control characters, cut between whole characters.
extension String {
    /// One line: control characters and line ends become a space, runs of spaces one; marks that turn the direction of the text
    /// around them are dropped, for they can make a message read as another.
    var oneLine: String {
        var before: UInt8 = 0x20
        let isPlain = utf8.allSatisfy { byte in
            defer { before = byte }
            return byte > 0x20 && byte < 0x7F || byte == 0x20 && before != 0x20
        }
        if isPlain, isEmpty || before != 0x20 { return self }
        var output = String.UnicodeScalarView()
        var isSpace = true
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C, 0xFEFF, 0xFFFE, 0xFFFF: continue
            case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029:
                if !isSpace { output.append(" ") }
                isSpace = true
            default:
                output.append(scalar)
                isSpace = false
            }
        }
        if isSpace, !output.isEmpty { output.removeLast() }
        return String(output)
    }

    /// The text itself, or as many whole characters of it as cost no more than `limit` together with the sign of omission.
    /// `cost` is what one character takes of the limit; by default its Unicode scalars.
    func shortened(to limit: Int, cost: (Character) -> Int = { $0.unicodeScalars.count }) -> String {
        // No character costs more than six times its bytes, the longest entity's share.
        if utf8.count * 6 <= limit { return self }
        var used = 0
        var cut = startIndex
        let sign = cost("…")
        for index in indices {
            used += cost(self[index])
            if used > limit { return self[..<cut] + "…" }
            if used <= limit - sign { cut = self.index(after: index) }
        }
        return self
    }
}

/// A list that fits, with a last line that says how much was left out.
enum Shortened {
    /// As many of the items' lines as cost no more than `limit` with what separates each; then `and n more`. Only items that may
    /// fit are worded.
    static func list<Item>(
        _ items: [Item], to limit: Int, separator: Int = 1, cost: (Character) -> Int = { $0.unicodeScalars.count },
        line: (Item) -> String
    ) -> [String] {
        let reserve = more(items.count).count + separator
        var used = 0
        var kept: [String] = []
        // How many lines stand when the last one must be left for the count.
        var fitting = 0
        for item in items {
            let text = line(item)
            used += text.reduce(separator) { $0 + cost($1) }
            if used > limit { return kept.prefix(fitting) + [more(items.count - fitting)] }
            kept.append(text)
            if used + reserve <= limit { fitting = kept.count }
        }
        return kept
    }

    static func more(_ count: Int) -> String { "and \(count) more" }
}
