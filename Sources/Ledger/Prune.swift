import GRDB
package import Model

/// What the file takes.
package struct LedgerSize: Sendable, Hashable {
    /// The file and its WAL.
    package var bytes: Int64
    /// Pages inside the file that new rows will use first.
    package var freeBytes: Int64
}

extension Ledger {
    /// Deletes the oldest blocks of samples that end before `before`, and what people may ask about (records, settled deliveries
    /// and the incidents they belong to, what operators asked for) from before `recordsBefore`, at most `batch` rows of each: a few
    /// milliseconds, between which others can commit. Returns whether more remains. Messages that were given up stay until an operator
    /// looks.
    package func prune(
        before: Timestamp, recordsBefore: Timestamp? = nil, batch: Int = 200
    ) throws(LedgerError) -> Bool {
        try access("the ledger cannot prune") { writer in
            let limit = Int64(batch)
            let time = before.microseconds
            let recordTime = (recordsBefore ?? before).microseconds
            var more = false
            try writer.queue.inTransaction(.immediate) { db in
                func delete(_ sql: String, _ arguments: StatementArguments) throws {
                    try db.cachedStatement(sql: sql).execute(arguments: arguments)
                    if db.changesCount >= batch { more = true }
                }
                // Up to where the blocks are old. A block that a wrong clock dated far ahead stays among them for as long.
                let end = try db.lowerBound("last", time)
                try delete(
                    "DELETE FROM head WHERE seq IN (SELECT seq FROM head WHERE seq < ? AND last < ? ORDER BY seq LIMIT ?)",
                    [end, time, limit])
                try delete(
                    "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < ? ORDER BY at LIMIT ?)",
                    [recordTime, limit])
                try delete(
                    """
                    DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE phase IN ('done', 'superseded')
                        AND settled_at < ? ORDER BY id LIMIT ?)
                    """, [recordTime, limit])
                try delete(
                    """
                    DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE phase = 'resolved' AND resolved_at < ?
                        AND opened_at < ? AND id NOT IN (SELECT incident FROM outbox) ORDER BY opened_at LIMIT ?)
                    """, [recordTime, recordTime, limit])
                try delete(
                    """
                    DELETE FROM told WHERE rowid IN (SELECT rowid FROM told WHERE at < ?
                        AND incident NOT IN (SELECT id FROM incident) LIMIT ?)
                    """, [recordTime, limit])
                for ended in ["silence", "override"] {
                    try delete(
                        "DELETE FROM \(ended) WHERE id IN (SELECT id FROM \(ended) WHERE ends_at < ? LIMIT ?)",
                        [recordTime, limit])
                }
                try delete(
                    "DELETE FROM command WHERE id IN (SELECT id FROM command WHERE at < ? LIMIT ?)", [recordTime, limit])
                try delete(
                    """
                    DELETE FROM evidence WHERE rowid IN (SELECT rowid FROM evidence WHERE at < ?
                        AND incident NOT IN (SELECT id FROM incident) LIMIT ?)
                    """, [recordTime, limit])
                try delete("DELETE FROM deploy WHERE id IN (SELECT id FROM deploy WHERE at < ? LIMIT ?)", [recordTime, limit])
                // The latest of a name says where the next one begins.
                try delete(
                    """
                    DELETE FROM digest WHERE rowid IN (SELECT rowid FROM digest WHERE at < ?
                        AND rowid < (SELECT max(rowid) FROM digest AS d WHERE d.name = digest.name) LIMIT ?)
                    """, [recordTime, limit])
                try delete(
                    "DELETE FROM damaged WHERE id IN (SELECT id FROM damaged WHERE at < ? LIMIT ?)", [recordTime, limit])
                return .commit
            }
            writer.latest = writer.latest.filter { $0.value.started >= before }
            return more
        }
    }

    package func size() throws(LedgerError) -> LedgerSize {
        let page = Int64(options.pageBytes)
        return LedgerSize(
            bytes: try pragma("page_count") * page + Opening.fileBytes(path + "-wal"),
            freeBytes: try pragma("freelist_count") * page)
    }

    /// A setting or figure of the writing connection; -1 where SQLite does not know it.
    func pragma(_ name: String) throws(LedgerError) -> Int64 {
        try access("the setting \(name) of the ledger cannot be read") { writer in
            try writer.queue.inDatabase { db in try Int64.fetchOne(db, sql: "PRAGMA \(name)") ?? -1 }
        }
    }

    /// Moves the WAL into the file and cuts it to nothing, which needs that no reader is in the middle of it: true where it was.
    package func checkpoint() throws(LedgerError) -> Bool {
        try access("the ledger cannot checkpoint") { writer in
            try writer.queue.inDatabase { db in
                try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)").map { $0[0] == 0 } ?? false
            }
        }
    }
}
