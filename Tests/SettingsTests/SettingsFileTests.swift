import Model
import Settings
import Testing

/// A context with two environment variables, two files and a credentials folder.
func context(credentials: String? = "/run/credentials") -> SettingsContext {
    let files = [
        "/etc/monitord/hook.key": "file-secret\n", "/etc/monitord/ca.pem": "certificate", "/etc/monitord/empty": "\n",
        "/run/credentials/slack": "credential-secret\r\n",
    ]
    return SettingsContext(
        environment: { ["TOKEN": "env-secret", "EMPTY": ""][$0] },
        readFile: { path in files[path].map { .success($0) } ?? .failure(SettingsFileError("no such file")) },
        folder: "/etc/monitord", credentials: credentials)
}

/// Parses a text; for texts that must be readable.
func fields(_ text: String, _ problems: Problems = Problems(), credentials: String? = "/run/credentials") -> Fields? {
    SettingsFile.parse(text: text, path: "a.yaml", context: context(credentials: credentials), problems: problems)
}

/// The lines that reading a text gives.
func lines(_ text: String, credentials: String? = "/run/credentials", _ read: (Fields) -> Void = { _ in }) -> [String] {
    let problems = Problems()
    if let fields = fields(text, problems, credentials: credentials) {
        read(fields)
        fields.close()
    }
    return problems.sorted.map(\.description)
}

@Suite("A YAML file") struct SettingsFileTests {
    @Test(
        "is refused with one clear line",
        arguments: [
            (
                "a key given twice", "every: 1s\nname: a\nevery: 2s\n",
                #"a.yaml:1:1: the key "every" stands more than once in the same mapping"#
            ),
            ("a list at the top", "- a\n", #"a.yaml:1:1: expected a mapping of keys, such as "name: value", got a list"#),
            ("a text at the top", "hello\n", #"a.yaml:1:1: expected a mapping of keys, such as "name: value", got "hello""#),
            ("a tab", "a:\n\tb: 1\n", "a.yaml:2:1: a tab in the indentation; YAML is indented with spaces"),
            ("a NUL", "a: b\nc: \u{0}\n", "a.yaml:2:4: a NUL character: the file must be text in UTF-8"),
            ("a bell", "a: \u{7}\n", "a.yaml:1:4: the control character U+0007 is not allowed in YAML"),
            ("a reserved character", "a: \u{E000}\n", "a.yaml:1:4: the character U+E000 is not allowed here"),
            (
                "an open bracket", "a: [1, 2\n",
                "a.yaml:2:1: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence (from 1:4)"
            ),
            ("two documents", "a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins here; a file holds one"),
            (
                "an unknown alias", "a: &one 1\nb: *onne\n",
                #"a.yaml:2:4: there is no anchor &onne before this alias; did you mean "one"?"#
            ),
            ("an alias to what encloses it", "a: &a [*a]\n", "a.yaml:1:8: there is no anchor &a before this alias"),
            ("an alias as a key", "a: &a 1\n*a : 2\n", "a.yaml:2:1: a key must be a text"),
            ("a list as a key", "? [a]\n: 1\n", "a.yaml:1:3: a key must be a text"),
            ("a cron expression without quotes", "at: * * * * 1\n", "a.yaml:1:5: a text that begins with * must be quoted"),
            ("a tag", "a: !include b.yaml\n", "a.yaml:1:4: tags such as !name are not supported"),
            (
                "a merge key", "a: &a {b: 1}\nc: {<<: *a}\n",
                #"a.yaml:2:5: merge keys ("<<") are not supported; write the keys out"#
            ),
        ])
    func refused(_ what: String, _ text: String, _ line: String) {
        #expect(lines(text) == [line], "\(what)")
    }

    @Test("may begin with a byte order mark, hold only comments, or nothing") func marginal() {
        #expect(fields("\u{FEFF}a: 1")?.string("a") == "1")
        #expect(fields("# nothing\n")?.remainingKeys == [])
        #expect(fields("")?.remainingKeys == [])
    }

    @Test("keeps asterisks that are no aliases") func asterisks() {
        let fields = fields("sql: select count(*) from a\nat: \"0 * * * *\"\nnote: |\n  * one\n'*': star\n")
        #expect(fields?.string("sql") == "select count(*) from a")
        #expect(fields?.string("at") == "0 * * * *")
        #expect(fields?.string("note") == "* one\n")
        #expect(fields?.string("*") == "star")
    }

    @Test("uses an anchored value wherever its alias stands") func aliases() {
        let problems = Problems()
        let fields = fields("a: &x {every: 5s}\nb: *x\nc: [*x, *x]\n", problems)
        #expect(fields?.fields("b")?.duration("every") == .seconds(5))
        #expect(fields?.list("c")?.map { $0.duration("every") } == [.seconds(5), .seconds(5)])
        #expect(problems.isEmpty)
    }

    @Test("whose aliases multiply is refused quickly") func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        #expect(lines(text) == ["a.yaml:4:45: the file has more than 10000 values, counting every use of an alias"])
    }

    @Test("whose aliases multiply inside a key is refused quickly") func bombInKey() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(lines(text + "{[*a60]: 1}: 2\n").count == 1)
    }

    @Test("is refused when it is too large, too deep or has too many values") func limits() {
        let large = "a: " + String(repeating: "x", count: 1 << 20)
        #expect(lines(large) == ["a.yaml: the file has 1048579 bytes; at most 1048576 are read"])
        let deep = "a: " + String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(lines(deep) == ["a.yaml:1:36: nested more than 32 levels deep"])
        let many = "a: [" + String(repeating: "1,", count: 10_000) + "]"
        #expect(lines(many) == ["a.yaml:1:19999: the file has more than 10000 values, counting every use of an alias"])
    }

    @Test("nested absurdly deep overflows no stack", arguments: ["[", "- ", "? ", "{a: "])
    func recursion(_ opener: String) {
        for count in [900, 100_000] {
            #expect(lines("a:\n  " + String(repeating: opener, count: count)).count == 1, "\(count)")
        }
        let closed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(lines("a: " + closed) == ["a.yaml:1:36: nested more than 32 levels deep"])
        let deeper = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        #expect(lines("a: " + deeper).map { $0.hasSuffix(": nested more than 32 levels deep") } == [true])
    }
}
