import GRDB

/// Why the ledger could not do what was asked: a closed reason (it becomes a metric label) and a sentence for a person.
package struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// No space: the disk, or the quota of the file.
        case full
        case io, corrupt, busy
        /// A row breaks an invariant of the schema: a defect of the program.
        case constraint
        /// The file or its folder may not be used: its rights, or a read-only disk.
        case permission
        /// A newer monitord wrote the file.
        case newerSchema = "newer_schema"
        /// The file belongs to another program.
        case foreign
        /// Another process has it.
        case held
        case other
    }
    package var reason: Reason
    package var detail: String
    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
    package var description: String { detail }
}

extension LedgerError {
    /// Turns what SQLite or the file system said into a closed reason. `action` begins the sentence: "the ledger cannot …".
    init(_ error: any Error, _ action: String) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError:
            let reason: Reason =
                switch error.resultCode {
                case .SQLITE_FULL: .full
                case .SQLITE_IOERR: .io
                case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
                case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
                case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: .constraint
                case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .permission
                default: .other
                }
            // The message of SQLite has no values of rows; GRDB's own description would have the SQL and its arguments.
            self.init(reason, "\(action): \(error.message ?? "no message") (SQLite code \(error.extendedResultCode.rawValue))")
        default: self.init(.other, "\(action): \(error)")
        }
    }

    /// Runs `body` with every error turned into a `LedgerError`.
    static func wrap<T>(_ action: String, _ body: () throws -> T) throws(LedgerError) -> T {
        do { return try body() } catch { throw LedgerError(error, action) }
    }
}
