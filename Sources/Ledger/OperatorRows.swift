import GRDB
import Model

// Rows of what operators asked for, and of the summaries they were sent.

extension Silence: StoredRow {
    static let table = Table(
        "silence", keys: 1, "id", "kind", "matchers", "starts_at", "ends_at", "until_resolved", "author", "comment",
        "created_at",
        "ended_by")
    var rowKey: String { id }
    var cells: [DatabaseValue] {
        get throws {
            [
                id.databaseValue, kind.rawValue.databaseValue, try json(matchers.map { $0.map(StoredMatcher.init) }),
                cell(startsAt), cell(endsAt), cell(untilResolved), author.databaseValue, comment.databaseValue, cell(createdAt),
                cell(endedBy),
            ]
        }
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            id: try cells.text(), kind: try cells.choice(),
            matchers: try cells.json([[StoredMatcher]].self).map { try $0.map { try $0.matcher() } },
            startsAt: try cells.time(), endsAt: try cells.time(), untilResolved: try cells.flag(), author: try cells.text(),
            comment: try cells.text(), createdAt: try cells.time(), endedBy: try cells.optionalText())
    }
}

private struct StoredMatcher: Codable {
    var name: String
    var comparison: Matcher.Operator
    var value: String

    init(_ matcher: Matcher) {
        name = matcher.name
        comparison = matcher.comparison
        value = matcher.value
    }
    func matcher() throws(CellProblem) -> Matcher {
        do { return try Matcher(name, comparison, value) } catch { throw CellProblem(why: error.sentence) }
    }
}

extension OnCallOverride: StoredRow {
    static let table = Table(
        "override", keys: 1, "id", "schedule", "person", "starts_at", "ends_at", "author", "comment", "created_at")
    var rowKey: String { id }
    var cells: [DatabaseValue] {
        [
            id.databaseValue, schedule.databaseValue, person.databaseValue, cell(startsAt), cell(endsAt), author.databaseValue,
            comment.databaseValue, cell(createdAt),
        ]
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            id: try cells.text(), schedule: try cells.text(), person: try cells.text(), startsAt: try cells.time(),
            endsAt: try cells.time(), author: try cells.text(), comment: try cells.text(), createdAt: try cells.time())
    }
}

extension CommandRow: StoredRow {
    static let table = Table("command", keys: 1, "id", "at", "actor", "text", "reply")
    var rowKey: String { id }
    var cells: [DatabaseValue] {
        get throws { [id.databaseValue, cell(at), try json(actor), text.databaseValue, try json(reply)] }
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            id: try cells.text(), at: try cells.time(), actor: try cells.json(Actor.self), text: try cells.text(),
            reply: try cells.json(CommandReply.self))
    }
}

extension DigestRow: StoredRow {
    static let table = Table("digest", keys: 2, "name", "local_date", "at")
    static let more: [MoreField<DigestRow>] = [MoreField("tally", \.tally, default: DigestTally())]
    var rowKey: [String] { [name, localDate] }
    var cells: [DatabaseValue] { [name.databaseValue, localDate.databaseValue, cell(at)] }
    init(_ cells: inout CellReader) throws {
        self.init(name: try cells.text(), localDate: try cells.text(), at: try cells.time())
    }
}
