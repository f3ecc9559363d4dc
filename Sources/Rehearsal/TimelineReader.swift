import Alerting
package import Config
import Model
import Settings

/// Reads the text of a timeline. Every problem is found, not only the first.
package struct TimelineReader {
    /// More is a mistake: `every 1s from 0s to 10y`.
    static let mostStatements = 200_000
    private let path: String
    private let sources: ConfigurationSources
    private var problems: [(line: Int, text: String)] = []
    private var about = ""
    private var startLine: (number: Int, text: String)?
    private var allowsOthers = false
    private var lines: [WrittenStatement] = []

    /// A statement's line before it is read: what it may name is known once the configurations are.
    private struct WrittenStatement {
        var line: Int
        var text: Substring
    }

    private init(path: String, files: FileAccess, environment: @escaping @Sendable (String) -> String?) {
        self.path = path
        sources = ConfigurationSources(path: path, files: files, environment: environment)
    }

    /// - Parameter files: where configurations are found that a file refers to.
    package static func read(
        path: String, text: String, files: FileAccess = .system,
        environment: @escaping @Sendable (String) -> String? = ConfigurationReader.systemEnvironment
    ) -> Result<Timeline, BrokenTimeline> {
        var reader = TimelineReader(path: path, files: files, environment: environment)
        return reader.timeline(text)
    }

    private mutating func timeline(_ text: String) -> Result<Timeline, BrokenTimeline> {
        var blocks: [ConfigurationBlock] = []
        let written = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in written.enumerated() { sort(line, number: index + 1, &blocks) }
        let (configurations, wrong) = sources.read(blocks, lines: written)
        guard wrong.isEmpty, let configurations else {
            return .failure(BrokenTimeline(problems: located() + wrong))
        }
        let zone = start()
        let statements = zone.map { self.statements(Known(configurations), start: $0) } ?? []
        guard problems.isEmpty, let zone else { return .failure(BrokenTimeline(problems: located())) }
        return .success(
            Timeline(
                path: path, about: about, start: zone.instant, allowsOthers: allowsOthers, configurations: configurations,
                statements: statements))
    }

    private func located() -> [String] {
        problems.sorted { $0.line < $1.line }.map { "\(path):\($0.line): \($0.text)" }
    }

    // MARK: Lines

    /// Sorts one line: a comment, a line of a block, a directive, or a statement.
    private mutating func sort(_ line: Substring, number: Int, _ blocks: inout [ConfigurationBlock]) {
        let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        if trimmed.isEmpty { return }
        if line.first == " " || line.first == "\t" {
            guard let last = blocks.indices.last, blocks[last].isOpen else {
                if trimmed.first == "#" { return }
                return wrong(number, "this line is indented, but no `config:` or `probes:` stands before it")
            }
            blocks[last].lines.append(number)
            return
        }
        if trimmed.first == "#" {
            if about.isEmpty { about = String(trimmed.drop { $0 == "#" }.drop { $0 == " " }) }
            return
        }
        if let last = blocks.indices.last { blocks[last].isOpen = false }
        do throws(Wrong) {
            if let block = try ConfigurationBlock(line, number: number) {
                blocks.append(block)
            } else if trimmed.hasPrefix("start:") {
                startLine = (number, String(trimmed.dropFirst("start:".count)))
            } else if trimmed.hasPrefix("allow") {
                var words = try Words(trimmed)
                guard words.take("allow"), words.take("others") else { throw Wrong("expected `allow others`") }
                try words.end()
                allowsOthers = true
            } else {
                lines.append(WrittenStatement(line: number, text: trimmed))
            }
        } catch {
            wrong(number, error.sentence)
        }
    }

    private mutating func wrong(_ line: Int, _ text: String) { problems.append((line, text)) }

    // MARK: Start

    /// When the file starts, and by which zone its local times are meant.
    private mutating func start() -> LocalClock? {
        guard let written = startLine else { return LocalClock(instant: Timeline.usualStart, zone: .utc) }
        do throws(Wrong) {
            var words = try Words(written.text)
            let time = try words.need("a time such as 2026-03-29T00:30")
            let zone = try words.next().map { word throws(Wrong) in try sources.zone(word.text) } ?? .utc
            try words.end()
            return LocalClock(instant: try LocalClock.instant(time, in: zone), zone: zone)
        } catch {
            wrong(written.number, "start: \(error.sentence)")
            return nil
        }
    }

    // MARK: Statements

    private mutating func statements(_ known: Known, start: LocalClock) -> [Statement] {
        let reader = StatementReader(known: known)
        var statements: [Statement] = []
        var last = (at: Duration.zero, line: 0)
        for written in lines {
            do throws(Wrong) {
                var words = try Words(written.text)
                let times = try StatementTimes(&words, after: last.at, start: start)
                if case .once(let at, _) = times {
                    guard at >= last.at else {
                        throw Wrong("\(at.short) is before \(last.at.short) of line \(last.line): times do not go back")
                    }
                    last = (at, written.line)
                }
                let text = words.shown
                let action = try reader.action(&words)
                if case .once(let at, let until) = times, at != until {
                    guard case .expect(.message) = action else {
                        throw Wrong("`by` and `between` are for messages; anything else has its time with `at`")
                    }
                }
                for (at, until) in times.turns {
                    statements.append(Statement(line: written.line, at: at, until: until, text: text, action: action))
                    guard statements.count <= TimelineReader.mostStatements else {
                        throw Wrong("the file has more than \(TimelineReader.mostStatements) turns with this line")
                    }
                }
            } catch {
                wrong(written.line, error.sentence)
            }
        }
        let ordered = statements.enumerated().sorted {
            ($0.element.at, $0.element.line, $0.offset) < ($1.element.at, $1.element.line, $1.offset)
        }.map(\.element)
        checkDowntime(ordered)
        if lines.isEmpty { wrong(1, "nothing happens: expected a line such as `at 0s fail api-health`") }
        return ordered
    }

    /// Nothing can happen to a daemon that is away.
    private mutating func checkDowntime(_ statements: [Statement]) {
        var away: (from: Duration, until: Duration, line: Int)?
        var told: Set<Int> = []
        for statement in statements {
            if case .expect(.message) = statement.action { continue }
            if let gone = away, statement.at < gone.until, statement.line != gone.line, told.insert(statement.line).inserted {
                wrong(
                    statement.line,
                    "monitord is away from \(gone.from.short) to \(gone.until.short) by line \(gone.line)")
            }
            if case .kill(let downtime) = statement.action {
                away = (statement.at, statement.at + downtime, statement.line)
            }
        }
    }
}

/// A start, and the zone in which local times are meant.
struct LocalClock {
    var instant: Timestamp
    var zone: TimeZoneRules

    /// `2026-03-29T00:30`, with seconds where wanted, or with a `Z` for UTC.
    static func instant(_ text: String, in zone: TimeZoneRules) throws(Wrong) -> Timestamp {
        let isUTC = text.hasSuffix("Z")
        let local = isUTC ? String(text.dropLast()) : text
        let whole = local.count == "2026-03-29T00:30".count ? local + ":00" : local
        guard let asUTC = Timestamp(whole + "Z") else {
            throw Wrong("expected a time such as 2026-03-29T00:30, got \"\(text)\"")
        }
        return isUTC ? asUTC : zone.instant(of: LocalTime(seconds: Int64(asUTC.seconds)))
    }
}

/// When a line happens.
enum StatementTimes {
    case once(Duration, until: Duration)
    case every(Duration, from: Duration, to: Duration)

    /// `at 30s`, `at +30s`, `at 2026-03-29T03:30`, `by 30s`, `between 30s and 32s`, `every 30s from 0s to 10m`. How the world is,
    /// `when` and `receiver`, may be said without a time: from the line before on.
    init(_ words: inout Words, after last: Duration, start: LocalClock) throws(Wrong) {
        if words.take("at") {
            let at = try StatementTimes.time(&words, after: last, start: start)
            self = .once(at, until: at)
        } else if words.take("by") {
            let until = try StatementTimes.time(&words, after: last, start: start)
            guard last <= until else { throw Wrong("\(until.short) is before \(last.short) of the line before") }
            self = .once(last, until: until)
        } else if words.take("between") {
            let from = try StatementTimes.time(&words, after: last, start: start)
            guard words.take("and") else { throw Wrong("expected `between 30s and 32s`") }
            let until = try StatementTimes.time(&words, after: from, start: start)
            guard from <= until else { throw Wrong("\(from.short) is after \(until.short)") }
            self = .once(from, until: until)
        } else if words.take("every") {
            let interval = try words.duration("an interval")
            guard interval > .zero else { throw Wrong("an interval is longer than 0s") }
            guard words.take("from") else { throw Wrong("expected `every \(interval.short) from 0s to 10m`") }
            let from = try StatementTimes.time(&words, after: last, start: start)
            guard words.take("to") else { throw Wrong("expected `every \(interval.short) from \(from.short) to 10m`") }
            let to = try StatementTimes.time(&words, after: from, start: start)
            guard from < to else { throw Wrong("\(from.short) is not before \(to.short)") }
            self = .every(interval, from: from, to: to)
        } else if words.begins(with: "when") || words.begins(with: "receiver") {
            self = .once(last, until: last)
        } else {
            let word = try words.need("at, by, between or every")
            let near = Suggestion.clause(
                for: word, in: ["at", "by", "between", "every", "config:", "probes:", "start:", "allow"])
            throw Wrong("expected at, by, between or every and a time, got \"\(word)\"\(near)")
        }
    }

    private static func time(
        _ words: inout Words, after last: Duration, start: LocalClock
    ) throws(Wrong) -> Duration {
        let text = try words.need("a time")
        if text.first == "+", let distance = Duration(short: String(text.dropFirst())) { return last + distance }
        if let since = Duration(short: text) { return since }
        guard text.contains("T") else {
            throw Wrong(
                "expected a time since the start such as 30s or 1h30m, or a local one such as 2026-03-29T03:30, got \"\(text)\""
            )
        }
        let at = try LocalClock.instant(text, in: start.zone) - start.instant
        guard at >= .zero else { throw Wrong("\(text) is before the start of the file") }
        return at
    }

    /// When it happens: the end of an `every` is not one of its turns.
    var turns: [(at: Duration, until: Duration)] {
        switch self {
        case .once(let at, let until): return [(at, until)]
        case .every(let interval, let from, let to):
            var turns: [(at: Duration, until: Duration)] = []
            var at = from
            while at < to, turns.count <= TimelineReader.mostStatements {
                turns.append((at, at))
                at += interval
            }
            return turns
        }
    }
}
