import Foundation
import GRDBSQLite
import Model

@testable import Ledger

/// A temporary folder with room for a ledger; it is deleted with the value.
final class Folder: Sendable {
    let url: URL
    let path: String

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.appending(path: "monitord.db").path
    }
    deinit {
        do { try FileManager.default.removeItem(at: url) } catch { print("\(url.path) stays: \(error)") }
    }

    func open(now: Timestamp = Samples.start, _ change: (inout Ledger.Options) -> Void = { _ in }) throws -> Ledger {
        var options = Ledger.Options()
        options.reserveBytes = 0
        options.program = "monitord 1.0"
        change(&options)
        return try Ledger.open(path: path, now: now, options: options)
    }

    func mode(of path: String) throws -> Int? {
        try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }

    /// Runs SQL on a connection of its own, as damage or another program would.
    func sql(_ text: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else {
            throw SQLProblem(message: String(cString: sqlite3_errmsg(handle)))
        }
    }
    /// The one number that a query gives, on a connection of its own.
    func number(_ query: String) throws -> Int64 {
        var handle: OpaquePointer?
        var statement: OpaquePointer?
        defer {
            sqlite3_finalize(statement)
            sqlite3_close(handle)
        }
        guard sqlite3_open(path, &handle) == SQLITE_OK,
            sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK, sqlite3_step(statement) == SQLITE_ROW
        else { throw SQLProblem(message: String(cString: sqlite3_errmsg(handle))) }
        return sqlite3_column_int64(statement, 0)
    }
    struct SQLProblem: Error { let message: String }
}
