import GRDB
package import Model
import Synchronization
import TimeSeries

/// The daemon's one store: what was observed, what was decided from it, and what is due.
///
/// One SQLite file in WAL mode with `synchronous=FULL`: what `commit` has returned from survives kill -9 and a loss of power. One
/// connection does all writes and all checkpoints; readers have their own (`LedgerReader`). Every method blocks its thread and may
/// be called from any; the keeper is the one that does.
package final class Ledger: Sendable {
    package struct Options: Sendable {
        /// The file may grow to this; beyond it a commit is refused as `full`. Nil is no limit but the disk's.
        package var maximumBytes: Int?
        /// Size of the file that `releaseReserve` deletes when the disk is full; 0 keeps none. A checkpoint may need as much as
        /// the WAL has (2 MiB), and deleting writes too.
        package var reserveBytes = 4 << 20
        /// The size of a new file's pages.
        package var pageBytes = Opening.pageBytes
        /// What writes the file, for the message that an older program gives: `monitord 1.2.0`.
        package var program = "monitord"
        /// For tests: called with the number of each commit, from 1, before it becomes durable; an error makes it fail whole.
        package var commitFault: (@Sendable (Int) -> LedgerError?)?
        /// The steps that make the schema; only tests have others than the program's own.
        var schema = Schema.steps
        package init() {}
    }

    package let path: String
    /// What was found and done while opening, each a sentence: a damaged file set aside, a schema brought up to date.
    package let openingNotes: [String]
    let options: Options
    let state: Mutex<Writer>

    /// Opens the ledger, or begins a new one. Take the `LedgerLock` before.
    package static func open(path: String, now: Timestamp, options: Options = Options()) throws(LedgerError) -> Ledger {
        var notes: [String] = []
        let opened = try LedgerError.wrap("the ledger \(path) cannot be opened") {
            try Opening(path: path, now: now, options: options).run(&notes)
        }
        let ledger = Ledger(path: path, options: options, notes: notes, writer: opened)
        return ledger
    }

    private init(path: String, options: Options, notes: [String], writer: consuming sending Writer) {
        self.path = path
        self.options = options
        openingNotes = notes
        state = Mutex(writer)
    }

    /// Rows and blocks that `load` and `replay` could not use, each a sentence; they were skipped.
    package var damage: [String] { state.withLock { $0.damage } }

    /// Writes that the stop was clean, and closes. The next start need not check the file.
    package func close() throws(LedgerError) {
        try access("the ledger cannot be closed") { writer in
            try writer.queue.inDatabase { db in
                try db.inTransaction(.immediate) {
                    try writer.writeLatest(db)
                    try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('state', 'closed')")
                    return .commit
                }
            }
            try writer.queue.close()
        }
    }

    /// Runs `body` with the writing connection, opened anew if the last use of it met an I/O error.
    func access<T: Sendable>(_ action: String, _ body: (inout Writer) throws -> T) throws(LedgerError) -> T {
        try state.withLock { writer throws(LedgerError) -> T in
            do {
                if writer.mustReopen { try writer.reopen(path: path, options: options) }
                return try body(&writer)
            } catch {
                let error = LedgerError(error, action)
                // After a failed write or fsync nothing is known of what the kernel still has: read the file again.
                if error.reason == .io { writer.mustReopen = true }
                throw error
            }
        }
    }
}

/// The writing connection and what is remembered of the file, so that a commit reads nothing.
struct Writer {
    var queue: DatabaseQueue
    /// Ids of the `name` table.
    var names: [String: Int] = [:]
    /// The next row of `head`, and the latest start of a run in it.
    var nextSeq: Int64 = 1
    var high = Int64.min
    /// The latest observation of each probe; written as one block now and then, so that a start need not read the whole head.
    var latest: [String: Observation] = [:]
    var sinceLatest = 0
    var commits = 0
    var mustReopen = false
    var damage: [String] = []

    /// Damage is told in full up to here; a file of garbage must not fill memory with sentences.
    static let maximumDamage = 200

    init(queue: DatabaseQueue) throws {
        self.queue = queue
        try reread()
    }

    mutating func reread() throws {
        try queue.inDatabase { db in
            names = [:]
            let cursor = try Row.fetchCursor(db, sql: "SELECT text, id FROM name")
            while let row = try cursor.next() { names[row[0]] = row[1] }
            let newest = try Row.fetchOne(db, sql: "SELECT seq, high FROM head ORDER BY seq DESC LIMIT 1")
            let sealed = try Int64.fetchOne(db, sql: "SELECT seq FROM latest") ?? 0
            nextSeq = max(newest?[0] ?? 0, sealed) + 1
            high = newest?[1] ?? .min
        }
    }

    mutating func reopen(path: String, options: Ledger.Options) throws {
        do { try queue.close() } catch { note("the connection that met an I/O error did not close: \(error)") }
        queue = try Opening.connect(path: path, options: options)
        try reread()
        mustReopen = false
    }

    mutating func note(_ sentence: String) {
        if damage.count < Writer.maximumDamage { damage.append(sentence) }
    }
}
