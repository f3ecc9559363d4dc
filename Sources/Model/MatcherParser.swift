// Matchers as people type them: `service=db`, `host=~"web-.*"`, `{team="data", env!="test"}`.
//
//     list    = matcher { "," matcher } | "{" [ list ] "}"
//     matcher = name ( "=" | "!=" | "=~" | "!~" ) value
//     name    = text in quotes, or characters that are no space and none of = ! ~ , { } " '
//     value   = text in quotes, or characters that are no space and none of = ! , { } " '
//
// In quotes \\ \" and \n mean a backslash, a quote and a new line; a backslash before anything else stands for itself, so that a
// pattern such as "web-\d+" can be typed as it is. Without quotes a backslash always stands for itself.
extension Matcher {
    /// - Throws: what is wrong, with its position: the first character is 1.
    package static func parse(_ text: String) throws(MatcherProblem) -> Matcher {
        var parser = MatcherParser(text)
        parser.skipSpace()
        let matcher = try parser.matcher()
        parser.skipSpace()
        guard parser.isAtEnd else { throw parser.problem("one matcher ends here, and \(parser.shownRest) follows") }
        return matcher
    }

    /// One set of matchers, with or without braces; commas stand between them.
    package static func parseSet(_ text: String) throws(MatcherProblem) -> [Matcher] {
        var parser = MatcherParser(text)
        return try parser.set()
    }
}

private struct MatcherParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var isAtEnd: Bool { index == scalars.count }
    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    var shownRest: String {
        let rest = scalars[index...].prefix(20)
        return "\"\(text(rest))\(scalars.count - index > 20 ? "…" : "")\""
    }

    func problem(_ sentence: String, at place: Int? = nil) -> MatcherProblem {
        MatcherProblem("\"\(text(scalars.prefix(200)))\", character \((place ?? index) + 1): \(sentence)")
    }

    private func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    mutating func skipSpace() {
        while let next, next.properties.isWhitespace { index += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    mutating func set() throws(MatcherProblem) -> [Matcher] {
        skipSpace()
        let hasBrace = take("{")
        var matchers: [Matcher] = []
        while true {
            skipSpace()
            if isAtEnd || next == "}" { break }
            matchers.append(try matcher())
            skipSpace()
            guard take(",") else { break }
        }
        if hasBrace, !take("}") { throw problem(isAtEnd ? "the brace is not closed" : "expected , or } before \(shownRest)") }
        skipSpace()
        guard isAtEnd else { throw problem("expected , between matchers before \(shownRest)") }
        return matchers
    }

    mutating func matcher() throws(MatcherProblem) -> Matcher {
        let name = try label()
        skipSpace()
        let comparison = try comparison(after: name)
        skipSpace()
        let start = index
        let value = try value()
        do throws(MatcherProblem) {
            return try Matcher(name, comparison, value)
        } catch {
            throw problem(error.sentence, at: start)
        }
    }

    private mutating func label() throws(MatcherProblem) -> String {
        let start = index
        if next == "\"" {
            let name = try quoted()
            guard !name.isEmpty else { throw problem("a label has a name", at: start) }
            return name
        }
        while let next, Matcher.isPlain(inName: next) { index += 1 }
        guard index > start else {
            throw problem("expected the name of a label, such as service=\"db\"" + (isAtEnd ? "" : ", not \(shownRest)"))
        }
        return text(scalars[start..<index])
    }

    private mutating func comparison(after name: String) throws(MatcherProblem) -> Matcher.Operator {
        if take("=") { return take("~") ? .matches : .equal }
        if next == "!" {
            index += 1
            if take("=") { return .notEqual }
            if take("~") { return .matchesNot }
            index -= 1
        }
        throw problem("expected =, !=, =~ or !~ after the label \(name)")
    }

    private mutating func value() throws(MatcherProblem) -> String {
        if next == "\"" { return try quoted() }
        let start = index
        while let next, Matcher.isPlain(inValue: next) { index += 1 }
        if let next, next != ",", next != "}", !next.properties.isWhitespace {
            throw problem("\(next) stands in a value without quotes: put the whole value into quotes")
        }
        return text(scalars[start..<index])
    }

    private mutating func quoted() throws(MatcherProblem) -> String {
        let start = index
        index += 1
        var found: [Unicode.Scalar] = []
        while let next {
            index += 1
            switch (next, self.next) {
            case ("\"", _): return text(found)
            case ("\\", "\\"?), ("\\", "\""?):
                found.append(scalars[index])
                index += 1
            case ("\\", "n"?):
                found.append("\n")
                index += 1
            default: found.append(next)
            }
        }
        throw problem("the quote is not closed", at: start)
    }
}

extension Matcher {
    fileprivate static func isPlain(inValue scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "=", "!", ",", "{", "}", "\"", "'": false
        default: !scalar.properties.isWhitespace
        }
    }

    fileprivate static func isPlain(inName scalar: Unicode.Scalar) -> Bool { scalar != "~" && isPlain(inValue: scalar) }

    /// As `parse` reads it back: names in quotes only where they need them.
    static func written(name: String) -> String {
        !name.isEmpty && name.unicodeScalars.allSatisfy(isPlain(inName:)) ? name : "\"\(escaped(name))\""
    }

    static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": escaped.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
