import Model

/// What a run of several files says: for people a line a file and the place of each failure, for scripts JSON.
package struct RehearsalReport: Sendable {
    package enum Entry: Sendable {
        case ran(RehearsalResult)
        case broken(String, BrokenTimeline)
    }
    package var entries: [Entry] = []
    package init() {}

    package mutating func add(path: String, _ timeline: Result<Timeline, BrokenTimeline>) {
        switch timeline {
        case .success(let timeline): entries.append(.ran(Runner.run(timeline)))
        case .failure(let broken): entries.append(.broken(path, broken))
        }
    }

    package var isBroken: Bool { entries.contains { if case .broken = $0 { true } else { false } } }
    package var hasFailed: Bool {
        entries.contains { if case .ran(let result) = $0 { !result.hasPassed } else { false } }
    }

    package var lines: [String] {
        entries.flatMap { entry in
            switch entry {
            case .broken(let path, let broken): ["broken  \(path)"] + broken.problems.map { "  \($0)" }
            case .ran(let result): result.lines
            }
        }
    }

    package var json: [FileJSON] {
        entries.map { entry in
            switch entry {
            case .broken(let path, let broken): FileJSON(file: path, result: "broken", problems: broken.problems)
            case .ran(let result): FileJSON(result)
            }
        }
    }

    package struct FailureJSON: Encodable, Sendable {
        package var line: Int
        package var atSeconds: Double
        package var message: String
        enum CodingKeys: String, CodingKey {
            case line, message
            case atSeconds = "at_seconds"
        }
    }
    package struct FileJSON: Encodable, Sendable {
        package var file: String
        /// `passed`, `failed` or `broken`.
        package var result: String
        package var about: String?
        package var messages: Int?
        package var expectations: Int?
        package var lengthSeconds: Double?
        package var failures: [FailureJSON]?
        package var problems: [String]?
        enum CodingKeys: String, CodingKey {
            case file, result, about, messages, expectations, failures, problems
            case lengthSeconds = "length_seconds"
        }

        init(file: String, result: String, problems: [String]) {
            self.file = file
            self.result = result
            self.problems = problems
        }

        init(_ result: RehearsalResult) {
            file = result.path
            self.result = result.hasPassed ? "passed" : "failed"
            about = result.about
            messages = result.messages
            expectations = result.expectations
            lengthSeconds = result.length.seconds
            failures = result.failures.map { FailureJSON(line: $0.line, atSeconds: $0.at.seconds, message: $0.message) }
        }
    }
}

extension RehearsalResult {
    /// One line, and for each failure its place and what happened around it.
    package var lines: [String] {
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        let figures = "\(count(messages, "message")), \(count(expectations, "expectation")), \(length.short)"
        guard !hasPassed else { return ["ok      \(path)  (\(figures))"] }
        return ["FAILED  \(path)  (\(count(failures.count, "failure")); \(figures))"]
            + failures.flatMap { failure in
                ["  \(path):\(failure.line): \(failure.message)"] + failure.around.map { "    \($0)" } + [""]
            }
    }
}
