import GRDB
import Model
import TimeSeries

// The values of single columns.

/// Arguments from values. GRDB's own way from an array makes a key path each time, which takes longer than binding does.
func arguments(_ cells: [DatabaseValue]) -> StatementArguments {
    StatementArguments(cells.lazy.map { $0 as (any DatabaseValueConvertible)? })
}

func cell(_ time: Timestamp) -> DatabaseValue { time.microseconds.databaseValue }
func cell(_ time: Timestamp?) -> DatabaseValue { time.map { $0.microseconds.databaseValue } ?? .null }
func cell(_ text: String?) -> DatabaseValue { text?.databaseValue ?? .null }
func cell(_ flag: Bool) -> DatabaseValue { (flag ? 1 : 0).databaseValue }

struct CellProblem: Error { let why: String }

/// What rows of one reading have in common, by the text that it was decoded from.
final class SharedValues {
    var values: [String: Any] = [:]
}

/// Takes the values of a row one after another.
struct CellReader {
    private let values: [DatabaseValue]
    private let shared: SharedValues
    private var index = 0
    init(_ values: [DatabaseValue], shared: SharedValues = SharedValues()) {
        self.values = values
        self.shared = shared
    }

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
    mutating func time() throws(CellProblem) -> Timestamp { Timestamp(microseconds: try integer()) }
    mutating func optionalTime() throws(CellProblem) -> Timestamp? {
        try optionalInteger().map(Timestamp.init(microseconds:))
    }
    mutating func flag() throws(CellProblem) -> Bool { try integer() != 0 }
    mutating func json<T: Decodable>(_ type: T.Type) throws -> T { try fromJSON(type, try text()) }
    /// A value that many rows have in common: an equal text is decoded once.
    mutating func sharedJSON<T: Decodable>(_ type: T.Type) throws -> T {
        let text = try text()
        if let known = shared.values[text] as? T { return known }
        let value = try fromJSON(type, text)
        shared.values[text] = value
        return value
    }
    mutating func json<T>(_ read: (inout JSONReader) throws -> T) throws -> T { try JSONReader.read(try text(), read) }
}

/// A text is read back up to its first NUL byte, so none may stand in one: what a server says goes into reasons and notes.
func withoutNUL(_ cell: DatabaseValue) -> DatabaseValue {
    guard case .string(let text) = cell.storage, text.utf8.contains(0) else { return cell }
    return text.replacing("\0", with: "\u{2400}").databaseValue
}

/// CRC-32C over the values: for each its kind, and its bytes. An empty `more` is left out, as in the rows from before it was there.
func rowChecksum(_ cells: [DatabaseValue], more: String = "") -> DatabaseValue {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    for cell in more.isEmpty ? cells : cells + [more.databaseValue] {
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
