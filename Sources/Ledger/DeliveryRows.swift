import GRDB
import Model

// Rows of what deliveries and failing runs left behind.

extension ChannelHealth: StoredRow {
    static let table = Table(
        "channel", keys: 1, "name", "since", "failures", "open_until", "not_before", "accepted_at", "problem")
    static let more: [MoreField<ChannelHealth>] = [MoreField("tokens", \.tokens), MoreField("tokens_at", \.tokensAt)]
    var rowKey: String { name }
    var cells: [DatabaseValue] {
        [
            name.databaseValue, cell(since), failures.databaseValue, cell(openUntil), cell(notBefore), cell(acceptedAt),
            problem.databaseValue,
        ]
    }
    init(_ cells: inout CellReader) throws {
        self.init(name: try cells.text(), since: try cells.time())
        failures = Int(try cells.integer())
        openUntil = try cells.optionalTime()
        notBefore = try cells.optionalTime()
        acceptedAt = try cells.optionalTime()
        problem = try cells.text()
    }
}

extension EvidenceRow: StoredRow {
    static let table = Table("evidence", keys: 2, "incident", "probe", "at", "bad", "good", "good_at")
    var rowKey: [String] { [incident, probe] }
    var cells: [DatabaseValue] {
        get throws {
            [
                incident.databaseValue, probe.databaseValue, cell(at), try json(bad), try good.map { try json($0) } ?? .null,
                cell(goodAt),
            ]
        }
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            incident: try cells.text(), probe: try cells.text(), at: try cells.time(), bad: try cells.json(Evidence.self),
            good: try cells.optionalText().map { try fromJSON(Evidence.self, $0) }, goodAt: try cells.optionalTime())
    }
}

extension Deploy: StoredRow {
    static let table = Table("deploy", keys: 1, "id", "at", "labels", "version", "comment", "author")
    var rowKey: String { id }
    var cells: [DatabaseValue] {
        get throws {
            [
                id.databaseValue, cell(at), try json(labels), version.databaseValue, comment.databaseValue,
                author.databaseValue,
            ]
        }
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            id: try cells.text(), at: try cells.time(), labels: try cells.json(Labels.self), version: try cells.text(),
            comment: try cells.text(), author: try cells.text())
    }
}
