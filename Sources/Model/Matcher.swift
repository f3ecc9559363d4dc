import CPCRE2

/// One comparison of a label, as Alertmanager writes it: `service="db"`, `env!="test"`, `host=~"web-.*"`, `team!~"a|b"`.
/// A label that is missing equals the empty text, and a pattern must match the whole value.
package struct Matcher: Sendable, Hashable {
    package enum Operator: String, Sendable, Hashable, Codable, CaseIterable {
        case equal = "=", notEqual = "!=", matches = "=~", matchesNot = "!~"
    }
    package let name: String
    package let comparison: Operator
    package let value: String
    private let pattern: Pattern?

    /// - Throws: `MatcherProblem` where the pattern cannot be read.
    package init(_ name: String, _ comparison: Operator, _ value: String) throws(MatcherProblem) {
        self.name = name
        self.comparison = comparison
        self.value = value
        switch comparison {
        case .equal, .notEqual: pattern = nil
        case .matches, .matchesNot: pattern = try Pattern(value)
        }
    }

    package init(_ name: String, equals value: String) {
        self.name = name
        comparison = .equal
        self.value = value
        pattern = nil
    }

    package func matches(_ labels: Labels) -> Bool { matches(value: labels[name] ?? "") }

    package func matches(value given: String) -> Bool {
        switch comparison {
        case .equal: given == value
        case .notEqual: given != value
        case .matches: pattern?.matches(given) == true
        case .matchesNot: pattern?.matches(given) == false
        }
    }

    package static func == (a: Matcher, b: Matcher) -> Bool {
        (a.name, a.comparison, a.value) == (b.name, b.comparison, b.value)
    }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(comparison)
        hasher.combine(value)
    }
}

/// Why a text is no matcher: a sentence.
package struct MatcherProblem: Error, Sendable, Hashable {
    package var sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}

extension Matcher: CustomStringConvertible {
    /// `name="value"`, with quotes and backslashes escaped.
    package var description: String {
        "\(Matcher.written(name: name))\(comparison.rawValue)\"\(Matcher.escaped(value))\""
    }
}

extension [Matcher] {
    /// All of them match; an empty list matches everything.
    package func match(_ labels: Labels) -> Bool { allSatisfy { $0.matches(labels) } }

    /// They match what lacks all their labels too, which is nearly everything: too much for a silence.
    package var matchWithoutLabels: Bool { allSatisfy { $0.matches(value: "") } }
}

/// A compiled regular expression of PCRE2, anchored at both ends. Unchecked because the library only reads the code while it matches.
private final class Pattern: @unchecked Sendable {
    /// Steps of backtracking that one match may take: a hostile pattern ends after some milliseconds.
    private static let limit: UInt32 = 100_000
    private let code: OpaquePointer

    init(_ text: String) throws(MatcherProblem) {
        var error: Int32 = 0
        var offset = 0
        guard let code = monitord_regex_compile(text, text.utf8.count, &error, &offset) else {
            var buffer = [CChar](repeating: 0, count: 256)
            monitord_regex_message(error, &buffer, buffer.count)
            let message = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw MatcherProblem("the pattern \"\(text)\" cannot be read at byte \(offset): \(message)")
        }
        self.code = code
    }
    deinit { monitord_regex_free(code) }

    /// nil where the limit leaves it open. Then neither `=~` nor `!~` holds, so that no silence hides an alert by it.
    func matches(_ text: String) -> Bool? {
        switch monitord_regex_matches(code, text, text.utf8.count, Pattern.limit) {
        case 1: true
        case 0: false
        default: nil
        }
    }
}
