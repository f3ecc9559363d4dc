import CPostgres
import Model

/// What a query yielded: how many rows, and the first value of the first.
struct PostgresRows: Sendable, Hashable {
    /// So much of the first row is kept as text, for whoever looks at a failure.
    private static let columns = 8
    private static let valueLimit = 60

    var count = 0
    /// Of the values of all rows.
    var bytes = 0
    /// Nil where there is no row or no column.
    var scalar: JSONValue?
    /// `name = value, …` of the first row.
    var first = ""

    /// Adds a row that came alone.
    mutating func add(_ result: OpaquePointer) {
        count += 1
        for column in 0..<PQnfields(result) { bytes += Int(PQgetlength(result, 0, column)) }
        guard count == 1, PQnfields(result) > 0 else { return }
        scalar =
            PQgetisnull(result, 0, 0) == 1 ? .null : value(String(cString: PQgetvalue(result, 0, 0)), type: PQftype(result, 0))
        first = (0..<min(PQnfields(result), Int32(PostgresRows.columns))).map { column in
            let name = PQfname(result, column).map { oneLine(String(cString: $0), limit: PostgresRows.valueLimit) } ?? ""
            guard PQgetisnull(result, 0, column) == 0 else { return "\(name) = null" }
            let value = name.isCredentialName ? Secret.mask : String(cString: PQgetvalue(result, 0, column))
            return "\(name) = \(oneLine(value, limit: PostgresRows.valueLimit))"
        }.joined(separator: ", ")
    }

    /// As a number, a truth value as 1 or 0.
    var number: Double? {
        switch scalar {
        case .number(let number): number
        case .bool(let bool): bool ? 1 : 0
        case .null, .string, .array, .object, nil: nil
        }
    }
}

/// Types are known by their numbers in the catalog (pg_type.dat of PostgreSQL's source), which never change.
private func value(_ text: String, type: Oid) -> JSONValue {
    switch type {
    case 16: .bool(text == "t")
    // int8, int2, int4, oid, float4, float8, numeric
    case 20, 21, 23, 26, 700, 701, 1700: finite(text).map { .number($0) } ?? .string(text)
    default: .string(text)
    }
}

/// Reads what PostgreSQL writes in the ISO style: `2026-05-01`, `2026-05-01 12:00:00.5`, `2026-05-01 12:00:00+05:30`. A time without
/// a zone is taken as UTC. Nil for anything else, `infinity` included.
func postgresTimestamp(_ text: String) -> Timestamp? {
    let date = text.prefix(10)
    guard text.utf8.count > 10 else { return Timestamp("\(date)T00:00:00Z") }
    guard text.dropFirst(10).first == " " else { return nil }
    let rest = text.dropFirst(11)
    guard let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return Timestamp("\(date)T\(rest)Z") }
    let offset = rest[sign...]
    return Timestamp("\(date)T\(rest[..<sign])\(offset)\(offset.count == 3 ? ":00" : "")")
}
