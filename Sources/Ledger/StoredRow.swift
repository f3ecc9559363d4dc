import GRDB
import TimeSeries

/// A value that is one row of one table, with a checksum over all its columns.
protocol StoredRow {
    associatedtype Key: Hashable
    static var table: Table { get }
    /// What the table's primary key is made from.
    var rowKey: Key { get }
    /// In the order of `table.columns`.
    var cells: [DatabaseValue] { get throws }
    init(_ cells: inout CellReader) throws
}

/// The SQL of a table, written once.
struct Table: Sendable {
    let name: String
    let columns: [String]
    let upsert: String
    let select: String
    let delete: String

    /// The first `keys` columns are the primary key.
    init(_ name: String, keys: Int, _ columns: String...) {
        self.name = name
        self.columns = columns
        let all = (columns + ["checksum"]).joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
        let changes = (columns.dropFirst(keys) + ["checksum"]).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
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

struct CellProblem: Error { let why: String }

/// Takes the values of a row one after another.
struct CellReader {
    private let values: [DatabaseValue]
    private var index = 0
    init(_ values: [DatabaseValue]) { self.values = values }

    mutating func integer() throws(CellProblem) -> Int64 {
        guard let value = try optionalInteger() else { throw CellProblem(why: "column \(index) is NULL") }
        return value
    }
    mutating func optionalInteger() throws(CellProblem) -> Int64? {
        defer { index += 1 }
        switch values[index].storage {
        case .null: return nil
        case .int64(let value): return value
        case .double, .string, .blob: throw CellProblem(why: "column \(index + 1) is not an integer")
        }
    }
    mutating func text() throws(CellProblem) -> String {
        guard let value = try optionalText() else { throw CellProblem(why: "column \(index) is NULL") }
        return value
    }
    mutating func optionalText() throws(CellProblem) -> String? {
        defer { index += 1 }
        switch values[index].storage {
        case .null: return nil
        case .string(let value): return value
        case .double, .int64, .blob: throw CellProblem(why: "column \(index + 1) is not a text")
        }
    }
    mutating func choice<T: RawRepresentable>(_ type: T.Type = T.self) throws(CellProblem) -> T where T.RawValue == String {
        guard let value = try optionalChoice(type) else { throw CellProblem(why: "column \(index) is NULL") }
        return value
    }
    mutating func optionalChoice<T: RawRepresentable>(_ type: T.Type = T.self) throws(CellProblem) -> T?
    where T.RawValue == String {
        guard let text = try optionalText() else { return nil }
        guard let value = T(rawValue: text) else { throw CellProblem(why: "\(text) is not known in column \(index)") }
        return value
    }
}

/// CRC-32C over the values: for each its kind, and its bytes.
func rowChecksum(_ cells: [DatabaseValue]) -> DatabaseValue {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    for cell in cells {
        switch cell.storage {
        case .null: bytes.append(0)
        case .int64(let value):
            bytes.append(1)
            append(UInt64(bitPattern: value))
        case .double(let value):
            bytes.append(2)
            append(value.bitPattern)
        case .string(let value):
            bytes.append(3)
            append(UInt64(value.utf8.count))
            bytes += value.utf8
        case .blob(let value):
            bytes.append(4)
            append(UInt64(value.count))
            bytes += value
        }
    }
    return Int64(CRC32C.of(bytes)).databaseValue
}

extension Database {
    /// With `leaveOut`, a row that breaks an invariant of the schema is told to it, and the others are written.
    func upsert<R: StoredRow>(_ rows: [R], leaveOut: ((String) -> Void)? = nil) throws {
        guard !rows.isEmpty else { return }
        let statement = try cachedStatement(sql: R.table.upsert)
        for row in lastOfEach(rows, by: \.rowKey) {
            let cells = try row.cells.map(withoutNUL)
            do {
                try statement.execute(arguments: StatementArguments(cells + [rowChecksum(cells)]))
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
        let count = R.table.columns.count
        let cursor = try Row.fetchCursor(cachedStatement(sql: "\(R.table.select) \(suffix)"), arguments: arguments)
        while let row = try cursor.next() {
            let cells = (0..<count).map { row[$0] as DatabaseValue }
            func report(_ why: String) {
                let content = zip(R.table.columns, cells).map { "\($0)=\($1)" }.joined(separator: " ")
                damaged(DamagedRow(table: R.table.name, rowid: row[count + 1], why: why, content: content))
            }
            guard (row[count] as DatabaseValue) == rowChecksum(cells) else {
                report("its checksum is wrong")
                continue
            }
            do {
                var reader = CellReader(cells)
                found.append(try R(&reader))
            } catch let problem as CellProblem {
                report(problem.why)
            } catch let error as DecodingError {
                report("its JSON cannot be read: \(error)")
            }
        }
        return found
    }
}

/// A text is read back up to its first NUL byte, so none may stand in one: what a server says goes into reasons and notes.
func withoutNUL(_ cell: DatabaseValue) -> DatabaseValue {
    guard case .string(let text) = cell.storage, text.utf8.contains(0) else { return cell }
    return text.replacing("\0", with: "\u{2400}").databaseValue
}

/// The last of those with an equal key, in the order in which they stand last.
func lastOfEach<T, Key: Hashable>(_ rows: [T], by key: (T) -> Key) -> [T] {
    guard rows.count > 1 else { return rows }
    var seen: Set<Key> = []
    return Array(rows.reversed().filter { seen.insert(key($0)).inserted }.reversed())
}
