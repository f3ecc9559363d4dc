import Foundation
import Testing

@Suite("House style")
struct StyleTests {
    let repository = Repository.here

    struct Ban: Sendable {
        var pattern: String
        var instead: String
    }

    static let bans = [
        Ban(pattern: #"\btry!"#, instead: "throw it on, or handle it where it happens"),
        Ban(pattern: #"\bfatalError\("#, instead: "throw for what can happen in operation, precondition(_:_:) for what cannot"),
    ]

    /// Only `Sources/Transfer/SystemClock.swift` may contain these.
    static let clockReads = [
        #"\bDate\(\)"#, #"\bDate\.now\b"#, #"\bContinuousClock\b"#, #"\bSuspendingClock\b"#, #"\bDispatch(Wall)?Time\.now\b"#,
        #"\bclock_gettime\("#, #"\bgettimeofday\("#, #"\btime\((nil|NULL|&)"#, #"\bProcessInfo\.processInfo\.systemUptime\b"#,
    ]

    static let maximumLines = 400
    static let maximumColumns = 140

    func places(_ pattern: String, in path: String) throws -> [Int] {
        let expression = try Regex(pattern)
        return codeLines(try repository.text(path)).enumerated().compactMap { $1.contains(expression) ? $0 + 1 : nil }
    }

    @Test("No force-try and no fatalError in Sources")
    func banned() throws {
        for path in repository.sources {
            for ban in Self.bans {
                for line in try places(ban.pattern, in: path) {
                    Issue.record("\(path):\(line): \(ban.pattern) is not allowed. Instead: \(ban.instead)")
                }
            }
        }
    }

    @Test("Only the system clock reads a clock")
    func clocks() throws {
        for path in repository.sources
        where path != "Sources/Transfer/SystemClock.swift" && !path.hasPrefix("Sources/bench/")
            && !path.hasPrefix("Sources/sim/")
        {
            for pattern in Self.clockReads {
                for line in try places(pattern, in: path) {
                    Issue.record("\(path):\(line): reads a clock. Instead: take `now` as a parameter or be given a Clock")
                }
            }
        }
    }

    @Test("A file says in its name what it is about")
    func names() {
        for path in repository.sources + repository.tests {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            for word in ["Utils", "Util", "Helpers", "Helper", "Manager", "Common"] {
                #expect(!name.dropLast(6).hasSuffix(word), "\(path): name it after its one subject, not \(word)")
            }
        }
    }

    @Test("A file has one subject: at most 400 lines")
    func fileLengths() throws {
        for path in repository.sources {
            let count = try repository.lines(path).count - 1
            #expect(
                count <= Self.maximumLines, "\(path): \(count) lines. Instead: move one of its subjects to a file of its own")
        }
    }

    @Test("A line is at most 140 characters")
    func lineLengths() throws {
        let scripts = repository.files(under: "Tests", suffixes: [".py"]) + repository.files(under: "script", suffixes: [""])
        for path in repository.sources + repository.tests + scripts {
            for (index, line) in try repository.lines(path).enumerated() where line.count > Self.maximumColumns {
                Issue.record("\(path):\(index + 1): \(line.count) characters. Instead: break the line, or run `make format`")
            }
        }
    }

    @Test("Nothing is left for later in a comment")
    func noLeftovers() throws {
        let word = try Regex("\\b(" + ["TO" + "DO", "FIX" + "ME", "HA" + "CK"].joined(separator: "|") + ")\\b")
        for path in repository.sources + repository.tests + repository.files(under: "Tests", suffixes: [".py"]) {
            for (index, line) in try repository.lines(path).enumerated() where line.contains(word) {
                Issue.record("\(path):\(index + 1): \(line). Instead: do it now, or say in docs/ what is not there")
            }
        }
    }

    @Test(
        "Comments and literals are not code",
        arguments: [
            ("let a = 1 // try! b", "let a = 1 "),
            ("/* fatalError( */let b = 2", "let b = 2"),
            (#"print("try! \"x\" // no") + c"#, #"print("") + c"#),
            (##"let r = #"a "quoted" b"# + d"##, #"let r = "" + d"#),
            ("#if os(Linux)", "#if os(Linux)"),
        ])
    func blanking(text: String, code: String) {
        #expect(codeLines(text) == [code])
    }
}
