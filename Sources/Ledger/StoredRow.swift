import GRDB
import TimeSeries

/// A value that is one row of one table, with a checksum over all its columns.
protocol StoredRow {
    associatedtype Key: Hashable
    static var table: Table { get }
    /// What stands in the column `more`.
    static var more: [MoreField<Self>] { get }
    /// What the table's primary key is made from.
    var rowKey: Key { get }
    /// In the order of `table.columns`.
    var cells: [DatabaseValue] { get throws }
    init(_ cells: inout CellReader) throws
}

extension StoredRow {
    static var more: [MoreField<Self>] { [] }
}

/// The SQL of a table, written once.
struct Table: Sendable {
    let name: String
    /// Without `more` and `checksum`, which every table has.
    let columns: [String]
    let upsert: String
    let select: String
    let delete: String

    /// The first `keys` columns are the primary key.
    init(_ name: String, keys: Int, _ columns: String...) {
        self.name = name
        self.columns = columns
        let written = columns + ["more", "checksum"]
        let all = written.joined(separator: ", ")
        let marks = Array(repeating: "?", count: written.count).joined(separator: ", ")
        let changes = written.dropFirst(keys).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let key = columns.prefix(keys).joined(separator: ", ")
        upsert = "INSERT INTO \(name) (\(all)) VALUES (\(marks)) ON CONFLICT (\(key)) DO UPDATE SET \(changes)"
        select = "SELECT \(all), rowid FROM \(name)"
        delete = "DELETE FROM \(name) WHERE " + columns.prefix(keys).map { "\($0) = ?" }.joined(separator: " AND ")
    }
}

/// A row whose checksum or content is wrong.
struct DamagedRow: Error, Sendable {
    var table: String
    var rowid: Int64
    var why: String
    /// What can still be read of it, for a person.
    var content: String

    /// A row can hold a whole mail; a sentence about it need not.
    static let shownCharacters = 500
    var sentence: String { "a row of \(table) was skipped (\(why)): \(content.prefix(DamagedRow.shownCharacters))" }
}

extension Database {
    /// With `leaveOut`, a row that breaks an invariant of the schema is told to it, and the others are written.
    func upsert<R: StoredRow>(_ rows: [R], leaveOut: ((String) -> Void)? = nil) throws {
        guard !rows.isEmpty else { return }
        let statement = try cachedStatement(sql: R.table.upsert)
        for row in lastOfEach(rows, by: { $0.rowKey }) {
            let cells = try row.cells.map(withoutNUL)
            let more = try row.moreText
            do {
                let written = cells + [more.databaseValue, rowChecksum(cells, more: more)]
                try statement.execute(arguments: arguments(written))
            } catch let error as DatabaseError where [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH].contains(error.resultCode) {
                guard let leaveOut else { throw error }
                leaveOut("a row of \(R.table.name) was left out (\(error.message ?? "no message")): \(row.rowKey)")
            }
        }
    }

    /// The rows that are whole; `damaged` is called with the others.
    func rows<R: StoredRow>(
        _ type: R.Type, _ suffix: String = "", _ arguments: StatementArguments = [], damaged: (DamagedRow) -> Void
    ) throws -> [R] {
        var found: [R] = []
        let shared = SharedValues()
        let count = R.table.columns.count
        let cursor = try Row.fetchCursor(cachedStatement(sql: "\(R.table.select) \(suffix)"), arguments: arguments)
        while let row = try cursor.next() {
            let cells = (0..<count).map { row[$0] as DatabaseValue }
            func report(_ why: String) {
                let more = row[count] as DatabaseValue
                let content = zip(R.table.columns + ["more"], cells + [more]).map { "\($0)=\($1)" }.joined(separator: " ")
                damaged(DamagedRow(table: R.table.name, rowid: row[count + 2], why: why, content: content))
            }
            do {
                var last = CellReader([row[count], row[count + 1]])
                let more = try last.text()
                guard (row[count + 1] as DatabaseValue) == rowChecksum(cells, more: more) else {
                    throw CellProblem(why: "its checksum is wrong")
                }
                var reader = CellReader(cells, shared: shared)
                var value = try R(&reader)
                try value.readMore(more)
                found.append(value)
            } catch let problem as CellProblem {
                report(problem.why)
            } catch let error as DecodingError {
                report("its JSON cannot be read: \(error)")
            }
        }
        return found
    }
}

/// The last of those with an equal key, in the order in which they stand last.
func lastOfEach<T, Key: Hashable>(_ rows: [T], by key: (T) -> Key) -> [T] {
    guard rows.count > 1 else { return rows }
    var seen: Set<Key> = []
    return Array(rows.reversed().filter { seen.insert(key($0)).inserted }.reversed())
}
