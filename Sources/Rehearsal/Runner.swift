import Model

/// What came of one file.
package struct RehearsalResult: Sendable {
    package struct Failure: Sendable, Hashable {
        package var line: Int
        package var at: Duration
        package var message: String
        /// What happened around it, a line each; the one that begins with `>` is the place.
        package var around: [String]
    }
    package var path: String
    package var about: String
    package var failures: [Failure]
    /// Messages that came, and expectations that were looked at.
    package var messages: Int
    package var expectations: Int
    /// How much virtual time it took.
    package var length: Duration
    package var hasPassed: Bool { failures.isEmpty }
}

/// Carries out a timeline.
package struct Runner {
    /// One thing that happened, for people who look for a mistake.
    struct Entry {
        var at: Duration
        var text: String
        /// The line that did it, 0 where none did.
        var line = 0
    }
    struct Finding {
        var line: Int
        var at: Duration
        var message: String
    }

    let timeline: Timeline
    var daemon: VirtualDaemon
    private(set) var findings: [Finding] = []
    private var entries: [Entry] = []
    /// How many messages, records, asked runs had come when each statement began, for what looks back to the line before.
    private(set) var marks: [Mark] = []
    /// A refused command, until a line expects it.
    private var refusal: Finding?

    struct Mark {
        var messages: Int
        var runs: Int
    }

    private init(_ timeline: Timeline) {
        self.timeline = timeline
        daemon = VirtualDaemon(timeline.configurations[Timeline.first]!, start: timeline.start)
    }

    package static func run(_ timeline: Timeline) -> RehearsalResult {
        var runner = Runner(timeline)
        return runner.result()
    }

    private mutating func result() -> RehearsalResult {
        note()
        for index in timeline.statements.indices { carryOut(index) }
        reportRefusal()
        pass(to: timeline.statements.map(\.until).max() ?? .zero)
        for trouble in daemon.troubles { fail(timeline.statements.last?.line ?? 0, daemon.elapsed, trouble) }
        let matching = Matching(timeline, daemon.received, marks)
        findings += matching.findings
        let ordered = findings.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return RehearsalResult(
            path: timeline.path, about: timeline.about,
            failures: ordered.map { finding in
                RehearsalResult.Failure(
                    line: finding.line, at: finding.at, message: finding.message, around: around(finding))
            },
            messages: daemon.received.count,
            expectations: timeline.statements.filter { if case .expect = $0.action { true } else { false } }.count,
            length: daemon.elapsed)
    }

    private mutating func carryOut(_ index: Int) {
        let statement = timeline.statements[index]
        if case .expect(let expectation) = statement.action {
            pass(to: statement.at)
            mark()
            if expectation.isRefusal { refusal = nil } else { reportRefusal() }
            if !expectation.isOfMessages, let message = unmet(expectation, at: index) {
                fail(statement.line, statement.at, message)
            }
            return
        }
        reportRefusal()
        pass(to: statement.at)
        mark()
        entries.append(Entry(at: statement.at, text: statement.text, line: statement.line))
        perform(statement)
        note()
    }

    private mutating func mark() {
        marks.append(Mark(messages: daemon.received.count, runs: daemon.runsAsked.count))
    }

    private mutating func pass(to elapsed: Duration) {
        daemon.pass(to: elapsed)
        note()
    }

    private mutating func reportRefusal() {
        if let found = refusal { findings.append(found) }
        refusal = nil
    }

    mutating func fail(_ line: Int, _ at: Duration, _ message: String) {
        findings.append(Finding(line: line, at: at, message: message))
    }

    private mutating func perform(_ statement: Statement) {
        switch statement.action {
        case .result(let probes, let result):
            for probe in probes { daemon.observe(probe, result) }
        case .whenAsked(let probes, let result):
            for probe in probes { daemon.whenAsked[probe] = result }
        case .skip(let probes):
            for probe in probes { daemon.skip(probe) }
        case .receiver(let channel, let receiver):
            daemon.receivers[channel] = receiver
        case .kill(let downtime):
            daemon.kill(for: downtime)
        case .clock(let step):
            daemon.setClock(by: step)
        case .reload(let name):
            daemon.reload(timeline.configurations[name]!)
        case .acknowledge, .unacknowledge, .resolve, .reroute, .silence, .endSilence, .override, .endOverride, .testChannel:
            command(statement)
        case .expect:
            break
        }
    }

    private mutating func command(_ statement: Statement) {
        switch daemon.command(for: statement.action) {
        case .failure(let wrong):
            fail(statement.line, statement.at, wrong.sentence)
        case .success(let (command, name)):
            daemon.command(command, by: name)
            if let reply = daemon.lastReply, reply.status != .done {
                refusal = Finding(
                    line: statement.line, at: statement.at,
                    message: "\(reply.status.rawValue): \(reply.message). If that is meant, the next line is `expect refused`")
            }
        }
    }

    // MARK: What people see of a failure

    private var noted = (messages: 0, records: 0)

    /// Takes what came since the last call into the log.
    private mutating func note() {
        var new: [Entry] = []
        for record in daemon.records[noted.records...] {
            new.append(Entry(at: elapsed(of: record.at), text: "  \(record.kind.rawValue): \(record.text)"))
        }
        for message in daemon.received[noted.messages...] {
            new.append(Entry(at: message.elapsed, text: "  \(message.target) gets \(message.shown)"))
        }
        noted = (daemon.received.count, daemon.records.count)
        entries += new.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// Records carry wall times; the clock may have been set since the start.
    private func elapsed(of wall: Timestamp) -> Duration { daemon.elapsed - (daemon.now.wall - wall) }

    private static let shownBefore = 8
    private static let shownAfter = 3

    private func around(_ finding: Finding) -> [String] {
        let place = entries.firstIndex { $0.at > finding.at } ?? entries.count
        let first = max(0, place - Runner.shownBefore)
        let last = min(entries.count, place + Runner.shownAfter)
        let width = entries[first..<last].map(\.at.short.count).max() ?? 0
        func line(_ sign: String, _ at: Duration, _ text: String) -> String {
            "\(sign) \(at.short.padded(to: max(width, finding.at.short.count)))  \(text)"
        }
        return entries[first..<place].map { line(" ", $0.at, $0.text) }
            + [line(">", finding.at, finding.message)]
            + entries[place..<last].map { line(" ", $0.at, $0.text) }
    }
}

extension Expectation {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
