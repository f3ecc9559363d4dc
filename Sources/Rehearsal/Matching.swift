import Alerting
import Model

/// Compares the messages that came with those that lines expect: in order within each channel, and unless the file lets others pass,
/// none besides.
struct Matching {
    private(set) var findings: [Runner.Finding] = []
    private let timeline: Timeline
    private let messages: [ReceivedMessage]
    /// Messages that some line accounts for.
    private var accounted: Set<Int> = []

    /// A line that expects a message.
    private struct Wanted {
        var statement: Statement
        var to: String
        var kind: Notification.Kind
        var texts: [String]

        func fits(_ message: ReceivedMessage) -> Bool {
            kind == message.kind && (to == message.target || to == message.channel)
                && texts.allSatisfy { message.text.contains($0) || message.level.rawValue == $0 }
        }
        func isInTime(_ message: ReceivedMessage) -> Bool {
            statement.at <= message.elapsed && message.elapsed <= statement.until
        }
        var time: String {
            statement.at == statement.until
                ? "at \(statement.at.short)" : "between \(statement.at.short) and \(statement.until.short)"
        }
        var shown: String {
            "\(kind.rawValue) to \(to)" + (texts.isEmpty ? "" : " with " + texts.map { "\"\($0)\"" }.joined(separator: " and "))
        }
    }

    init(_ timeline: Timeline, _ messages: [ReceivedMessage], _ marks: [Runner.Mark]) {
        self.timeline = timeline
        self.messages = messages
        var wanted: [Wanted] = []
        for statement in timeline.statements {
            guard case .expect(.message(let to, let kind, let texts)) = statement.action else { continue }
            wanted.append(Wanted(statement: statement, to: to, kind: kind, texts: texts))
        }
        let channels = Set(messages.map(\.channel)).union(wanted.map { channel(of: $0) })
        for channel in channels.sorted() {
            match(
                wanted.filter { self.channel(of: $0) == channel },
                messages.indices.filter { messages[$0].channel == channel })
        }
        lookAtNothing(marks)
        guard !timeline.allowsOthers else { return }
        for index in messages.indices where !accounted.contains(index) { unexpected(messages[index]) }
    }

    /// `mail` of `mail:ada@example.com`.
    private func channel(of wanted: Wanted) -> String {
        if timeline.channels.contains(wanted.to) { return wanted.to }
        return wanted.to.firstIndex(of: ":").map { String(wanted.to[..<$0]) } ?? wanted.to
    }

    /// Goes along both in order. A message that fits no line before the next that does is one too many; a line whose message comes
    /// at another time is told with that time.
    private mutating func match(_ wanted: [Wanted], _ indices: [Int]) {
        var rest = indices
        for (number, line) in wanted.enumerated() {
            let later = wanted[(number + 1)...]
            // The first in time that fits, else the first that fits and that no later line wants.
            if let found = rest.first(where: { line.fits(messages[$0]) && line.isInTime(messages[$0]) }) {
                account(found, &rest)
            } else if let found = rest.first(where: { index in
                line.fits(messages[index]) && !later.contains { $0.fits(messages[index]) && $0.isInTime(messages[index]) }
            }) {
                let came = messages[found]
                account(found, &rest)
                miss(line, "expected \(line.shown) \(line.time), it came at \(came.elapsed.short)")
            } else if let near = rest.first(where: { line.isInTime(messages[$0]) }),
                !later.contains(where: { $0.fits(messages[near]) && $0.isInTime(messages[near]) })
            {
                let came = messages[near]
                account(near, &rest)
                miss(line, "expected \(line.shown) \(line.time), got \(came.shown)")
            } else {
                miss(line, "expected \(line.shown) \(line.time), nothing of that kind came")
            }
        }
    }

    /// What came to the target before a matched message has been passed over: it is in the wrong order, or one too many. Messages
    /// of one instant have no order.
    private mutating func account(_ found: Int, _ rest: inout [Int]) {
        accounted.insert(found)
        let match = messages[found]
        rest.removeAll {
            $0 == found || (messages[$0].target == match.target && messages[$0].elapsed < match.elapsed)
        }
    }

    private mutating func miss(_ line: Wanted, _ message: String) {
        findings.append(Runner.Finding(line: line.statement.line, at: line.statement.until, message: message))
    }

    /// `expect nothing`: no message since the line before began but those that other lines expect.
    private mutating func lookAtNothing(_ marks: [Runner.Mark]) {
        for (index, statement) in timeline.statements.enumerated() {
            guard case .expect(.nothing(let to)) = statement.action else { continue }
            let from = index == 0 ? 0 : marks[index - 1].messages
            for number in from..<marks[index].messages where !accounted.contains(number) {
                let message = messages[number]
                guard to == nil || to == message.channel || to == message.target else { continue }
                accounted.insert(number)
                findings.append(
                    Runner.Finding(
                        line: statement.line, at: message.elapsed,
                        message: "expected nothing, got at \(message.elapsed.short) \(message.shown)"))
            }
        }
    }

    private mutating func unexpected(_ message: ReceivedMessage) {
        let before = timeline.statements.last { $0.at <= message.elapsed }
        findings.append(
            Runner.Finding(
                line: before?.line ?? 0, at: message.elapsed,
                message: "no line expects this, which came at \(message.elapsed.short): \(message.shown)"))
    }
}

extension Timeline {
    /// The channels of all its configurations.
    var channels: Set<String> { Set(configurations.values.flatMap(\.channels.keys)) }
}
