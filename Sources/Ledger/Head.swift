import Foundation
import GRDB
package import Model
import TimeSeries

extension Ledger {
    /// Gives every observation that started at `since` or later, in the order in which they were committed. Blocks that cannot be
    /// read are skipped and told in `damage`.
    package func replay(since: Timestamp, _ body: (Observation) -> Void) throws(LedgerError) {
        try access("the ledger cannot be read") { writer in
            var notes: [String] = []
            try writer.queue.inDatabase { db in
                let start = try db.lowerBound("high", since.microseconds)
                try db.head(from: start, names: try db.names(), note: { notes.append($0) }) { observation in
                    if observation.started >= since { body(observation) }
                }
            }
            for note in notes { writer.note(note) }
        }
    }
}

extension Database {
    /// The smallest `seq` from which on `column` is at least `value`, by halves. `high` never falls, so for it the answer is exact.
    func lowerBound(_ column: String, _ value: Int64) throws -> Int64 {
        guard let ends = try Row.fetchOne(self, sql: "SELECT min(seq), max(seq) FROM head"), var low = ends[0] as Int64?,
            var end = (ends[1] as Int64?).map({ $0 + 1 })
        else { return 0 }
        // Rows may be missing: the row at or after the middle answers for it. One whose checksum is wrong does not answer.
        let statement = try cachedStatement(
            sql: "SELECT seq, first, last, high, checksum FROM head WHERE seq >= ? AND seq < ? ORDER BY seq")
        let index = column == "last" ? 2 : 3
        while low < end {
            let middle = low + (end - low) / 2
            let cursor = try Row.fetchCursor(statement, arguments: [middle, end])
            var answer: (seq: Int64, value: Int64)?
            while answer == nil, let row = try cursor.next() {
                let cells = (0..<4).map { row[$0] as DatabaseValue }
                if (row[4] as DatabaseValue) == rowChecksum(cells) { answer = (row[0], row[index]) }
            }
            if let answer, answer.value < value { low = answer.seq + 1 } else { end = middle }
        }
        return low
    }

    /// Reads blocks from `seq` on.
    func head(
        from seq: Int64, until: Timestamp = .distantFuture, names: [Int: String], note: (String) -> Void,
        _ body: (Observation) -> Void
    ) throws {
        let statement = try cachedStatement(sql: "SELECT seq, payload FROM head WHERE seq >= ? AND first < ? ORDER BY seq")
        let cursor = try Row.fetchCursor(statement, arguments: [seq, until.microseconds])
        while let row = try cursor.next() {
            do throws(HeadError) {
                let block: Data = row[1]
                for observation in try HeadCodec.decode([UInt8](block), name: { names[$0] }) { body(observation) }
            } catch {
                note("block \(row[0] as Int64) of samples was skipped: \(error)")
            }
        }
    }
}
