import GRDB
import Model

/// The tables, and the steps that bring an older file up to them.
///
/// Invariants stand as CHECK constraints, so that a wrong row is an error when it is written and not when it is needed. Times are
/// microseconds since 1970. Rows that people are paged by carry a checksum over their other columns: SQLite itself does not notice
/// a flipped bit inside a row. What most rows leave at its default stands in the JSON of the column `more`; see `MoreField`.
///
/// `head` has one row a commit with all its observations in one block (HeadCodec): a row or an index entry a sample would write
/// some kilobytes each. `first` and `last` are the earliest and latest start in the block, `high` the latest up to and including
/// this row: it never falls, whatever the clock does, so it can be searched by halves.
enum Schema {
    /// `PRAGMA application_id` of a ledger: "mntr".
    static let applicationID = 0x6D6E_7472

    /// Step n takes a file of version n to n + 1. A step that was released never changes: what it wrote into files is there.
    static let steps = [first, second, third, fourth]

    /// Brings the file up to the last of `steps`, all in one transaction.
    static func migrate(_ db: Database, steps: [String]) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found < steps.count else { return }
        // A table that is made anew is dropped on the way, which must not take along the rows that refer to it. SQLite hears this
        // outside transactions only.
        try db.execute(sql: "PRAGMA foreign_keys = OFF")
        try db.inTransaction(.immediate) {
            for step in steps[found...] { try db.execute(sql: step) }
            try db.checkForeignKeys()
            try db.execute(sql: "PRAGMA user_version = \(steps.count)")
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            return .commit
        }
        try db.execute(sql: "PRAGMA foreign_keys = ON")
    }
}
