import Model

/// A value that a reply should have: a comparison with a number (`"> 0"`), or a text that it equals.
struct Expected: Sendable, Hashable, CustomStringConvertible {
    private enum Test: Sendable, Hashable {
        case compare(Comparison, Double)
        case equal(String, number: Double?)
    }
    private let test: Test

    /// `<`, `<=`, `>`, `>=`, `==` or `!=` before a number compares; any other text is compared as it stands.
    init(_ text: String) {
        let operators: [Comparison] = [.lessOrEqual, .greaterOrEqual, .equal, .notEqual, .less, .greater]
        let trimmed = text.drop { $0 == " " }
        for comparison in operators where trimmed.hasPrefix(comparison.rawValue) {
            let rest = trimmed.dropFirst(comparison.rawValue.count).drop { $0 == " " }
            if let number = finite(rest) {
                test = .compare(comparison, number)
                return
            }
        }
        test = .equal(text, number: finite(text))
    }

    func holds(_ value: JSONValue) -> Bool {
        switch (test, value) {
        case (.compare(let comparison, let limit), .number(let number)): comparison.holds(number, limit)
        case (.equal(_, let number), .number(let found)): number == found
        case (.equal(let text, _), .string(let found)): text == found
        case (.equal(let text, _), .bool(let found)): text == "\(found)"
        case (.equal(let text, _), .null): text == "null"
        case (.compare, _), (.equal, _): false
        }
    }

    /// As a sentence shows it after "expected": `> 0`, `3`, `true`, `"ok"`.
    var description: String {
        switch test {
        case .compare(let comparison, let limit): "\(comparison.rawValue) \(shownNumber(limit))"
        case .equal(let text, nil): ["true", "false", "null"].contains(text) ? text : quoted(text)
        case .equal(let text, _?): text
        }
    }
}

/// A number as a person writes it; nil for anything else, infinity and NaN included.
func finite(_ text: some StringProtocol) -> Double? {
    let characters = "+-.0123456789eE"
    guard text.allSatisfy(characters.contains), let number = Double(text), number.isFinite else { return nil }
    return number
}

/// A number as it was written, whole ones without a fraction.
func shownNumber(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
}

/// A text of the target's in quotes, as a sentence may show it: one line, no control characters, at most 80 characters.
func quoted(_ text: String) -> String { "\"" + oneLine(text, limit: 80) + "\"" }

/// The text on one line, without control characters, cut after `limit` characters.
func oneLine(_ text: String, limit: Int) -> String {
    // Most texts are plain, and to look each character up costs microseconds.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
        return text.utf8.count > limit ? text.prefix(limit - 1) + "…" : text
    }
    let flat = text.unicodeScalars.prefix(limit * 4).map { scalar in
        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            || scalar.properties.generalCategory == .lineSeparator || scalar.properties.generalCategory == .paragraphSeparator
            ? " " : Character(scalar)
    }
    let shown = String(flat)
    return shown.count > limit ? shown.prefix(limit - 1) + "…" : shown
}
