/// How values of the file appear in messages.
package enum Shown {
    /// A message stays one readable line: at most 60 characters of a value, control characters as `?`.
    package static func short(_ text: String) -> String {
        let cleaned = text.map { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? "?" : $0 }
        return cleaned.count <= 60 ? String(cleaned) : String(cleaned.prefix(57)) + "..."
    }

    /// A sentence with a value in it stays one line of at most 300 characters.
    package static func line(_ text: String) -> String {
        let cleaned = text.map { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? "?" : $0 }
        return cleaned.count <= 300 ? String(cleaned) : String(cleaned.prefix(297)) + "..."
    }

    /// `a, b or c`
    package static func alternatives(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
    }
}

/// The sentence for a quantity that cannot be read.
enum QuantityMessage {
    static func expected(_ expected: String, got: String, because error: QuantityError) -> String {
        switch error.kind {
        case .malformed: "expected \(expected), got \(got)"
        case .unitMissing: "expected \(expected), got \(got) (the unit is missing)"
        case .unknownUnit, .order: "expected \(expected), got \(got) (\(error.note))"
        case .negative: "expected \(expected), got \(got) (it cannot be negative)"
        case .tooLarge: "expected \(expected), got \(got) (it is too large)"
        }
    }
}
