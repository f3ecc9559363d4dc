import Model
import Testing

@Suite struct MatcherTests {
    @Test(
        "what people type is read as they mean it",
        arguments: [
            ("service=db", "service", Matcher.Operator.equal, "db"),
            (#"service="db""#, "service", .equal, "db"),
            ("  service = db ", "service", .equal, "db"),
            ("env!=test", "env", .notEqual, "test"),
            (#"host=~"web-.*""#, "host", .matches, "web-.*"),
            (#"host=~"web-\d+""#, "host", .matches, #"web-\d+"#),
            (#"host=~web-\d+"#, "host", .matches, #"web-\d+"#),
            ("team!~a|b", "team", .matchesNot, "a|b"),
            ("on-call=a", "on-call", .equal, "a"),
            (#""the team"="a b""#, "the team", .equal, "a b"),
            (#"path="a\\b\"c\nd""#, "path", .equal, "a\\b\"c\nd"),
            ("service=", "service", .equal, ""),
            (#"service="""#, "service", .equal, ""),
            (#"a=",}""#, "a", .equal, ",}"),
            ("größe=ü~", "größe", .equal, "ü~"),
        ])
    func reads(text: String, name: String, comparison: Matcher.Operator, value: String) throws {
        let matcher = try Matcher.parse(text)
        #expect((matcher.name, matcher.comparison, matcher.value) == (name, comparison, value))
    }

    @Test(
        "what is no matcher is refused with its place",
        arguments: [
            ("", #""", character 1: expected the name of a label, such as service="db""#),
            ("=db", #""=db", character 1: expected the name of a label, such as service="db", not "=db""#),
            ("service", #""service", character 8: expected =, !=, =~ or !~ after the label service"#),
            ("service~db", #""service~db", character 8: expected =, !=, =~ or !~ after the label service"#),
            ("service!db", #""service!db", character 8: expected =, !=, =~ or !~ after the label service"#),
            ("a==b", #""a==b", character 3: = stands in a value without quotes: put the whole value into quotes"#),
            ("a=b'c", #""a=b'c", character 4: ' stands in a value without quotes: put the whole value into quotes"#),
            (#"a="b"#, #""a="b", character 3: the quote is not closed"#),
            (#"a="b\""#, #""a="b\"", character 3: the quote is not closed"#),
            (#"""=b"#, #""""=b", character 1: a label has a name"#),
            ("a=b,c=d", #""a=b,c=d", character 4: one matcher ends here, and ",c=d" follows"#),
            ("a=b c=d", #""a=b c=d", character 5: one matcher ends here, and "c=d" follows"#),
            (
                #"a=~"(b""#,
                #""a=~"(b"", character 4: the pattern "(b" cannot be read at byte 2: missing closing parenthesis"#
            ),
        ])
    func refuses(text: String, sentence: String) {
        #expect(throws: MatcherProblem(sentence)) { try Matcher.parse(text) }
    }

    @Test(
        "a set stands with or without braces",
        arguments: [
            (#"{service="db", host=~"web-.*"}"#, ["service=\"db\"", "host=~\"web-.*\""]),
            ("service=db,host!=a", ["service=\"db\"", "host!=\"a\""]),
            ("{a=b,}", ["a=\"b\""]), ("{}", []), (" ", []),
        ])
    func sets(text: String, matchers: [String]) throws {
        #expect(try Matcher.parseSet(text).map(\.description) == matchers)
    }

    @Test(
        "a set that is broken is refused with its place",
        arguments: [
            ("{a=b", #""{a=b", character 5: the brace is not closed"#),
            ("{a=b c=d}", #""{a=b c=d}", character 6: expected , or } before "c=d}""#),
            ("a=b c=d", #""a=b c=d", character 5: expected , between matchers before "c=d""#),
            ("{a=b} c", #""{a=b} c", character 7: expected , between matchers before "c""#),
            ("a=b}", #""a=b}", character 4: expected , between matchers before "}""#),
        ])
    func brokenSets(text: String, sentence: String) {
        #expect(throws: MatcherProblem(sentence)) { try Matcher.parseSet(text) }
    }

    @Test("a description is read back as the same matcher, whatever name and value hold")
    func roundTrip() throws {
        let pieces = [
            "a", "Z", "9", " ", "\"", "\\", "\n", "\r\n", "=", "!", "~", ",", "{", "}", "'", "n", "\u{301}", "é", "🇩🇪", "\t",
            "\u{0}",
        ]
        for seed in UInt64(1)...40 {
            var random = Steps(seed)
            for _ in 0..<50 {
                let name = (0...random.below(4)).map { _ in pieces[random.below(pieces.count)] }.joined()
                let value = (0..<random.below(7)).map { _ in pieces[random.below(pieces.count)] }.joined()
                let matcher = try Matcher(name, random.below(2) == 0 ? .equal : .notEqual, value)
                let read = try Matcher.parse(matcher.description)
                let same =
                    Array(read.name.unicodeScalars) == Array(name.unicodeScalars)
                    && Array(read.value.unicodeScalars) == Array(value.unicodeScalars)
                #expect(same && read.comparison == matcher.comparison, "seed \(seed): \(matcher)")
                #expect(try Matcher.parseSet("{\(matcher), \(matcher)}") == [matcher, matcher], "seed \(seed): \(matcher)")
            }
        }
    }
}

/// A linear congruential generator (Knuth's MMIX constants); its upper bits are taken.
private struct Steps {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
