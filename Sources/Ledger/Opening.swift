import Foundation
import GRDB
import Glibc
import Model

/// Opens the file with the settings that durability rests on, and deals with a file that cannot be used.
struct Opening {
    let path: String
    let now: Timestamp
    let options: Ledger.Options

    /// Of a new file. 16 KiB: blocks of a commit fit in a page or two, and appending writes little else.
    static let pageBytes = 16_384
    /// Checkpoint when the WAL has this many pages: 2 MiB, of which the reserve for a full disk must hold a copy.
    static let checkpointPages = 128
    /// A WAL that grew past this (a long reader) is cut back to it.
    static let walBytes = 4 << 20
    /// How long a statement waits for another process's lock. Ours never wait: there is one writer.
    static let busySeconds = 5.0
    /// After an unclean stop a file up to this size is checked whole (about a second); of a larger one the tables of state.
    static let wholeCheckBytes = 256 << 20

    /// What a start reads.
    static let startTables = [
        "name", "alert", "incident", "timer", "outbox", "told", "silence", "override", "command", "digest",
    ]

    func run(_ notes: inout [String]) throws -> Writer {
        do {
            return try runOnce(&notes)
        } catch let error {
            // On a full disk not even opening succeeds (SQLite says "I/O error" where it lacks its shared memory): better to start
            // without a reserve than not at all.
            let reason = LedgerError(error, "").reason
            guard reason == .full || reason == .io, unlink(path + ".reserve") == 0 else { throw error }
            notes.append("the reserve was given up to open the ledger: \(LedgerError(error, "it could not be opened"))")
            return try runOnce(&notes)
        }
    }

    private func runOnce(_ notes: inout [String]) throws -> Writer {
        try prepareFile()
        do {
            let writer = try attempt(&notes)
            makeReserve(&notes)
            return writer
        } catch let error where LedgerError(error, "").reason == .corrupt {
            notes.append(try setAside(LedgerError(error, "it cannot be read")))
        }
        try prepareFile()
        let writer = try attempt(&notes)
        makeReserve(&notes)
        return writer
    }

    private func makeReserve(_ notes: inout [String]) {
        guard options.reserveBytes > 0 else { return }
        do { try Opening.makeReserve(path + ".reserve", options.reserveBytes) } catch {
            notes.append("there is no reserve for a full disk: \(error)")
        }
    }

    private func attempt(_ notes: inout [String]) throws -> Writer {
        let queue = try Opening.connect(path: path, options: options)
        do {
            try queue.inDatabase { db in
                try Opening.checkOwner(db, path: path, newest: options.schema.count)
                let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                try Schema.migrate(db, steps: options.schema)
                if found > 0, found < options.schema.count {
                    notes.append("\(path) was brought from schema \(found) to \(options.schema.count)")
                }
                let state = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'state'")
                if state == "open" { try check(db) }
                // What a start reads must be readable: better a new file now than a start that fails again and again.
                for table in Opening.startTables {
                    _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) NOT INDEXED")
                }
                try db.inTransaction(.immediate) {
                    for (key, value) in [
                        ("state", "open"), ("opened", now.description), ("written_by", options.program),
                    ] { try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [key, value]) }
                    return .commit
                }
            }
            return try Writer(queue: queue)
        } catch {
            // The connection must not outlive a file that is set aside.
            try queue.close()
            throw error
        }
    }

    /// A connection for writing. It is refused where a commit would not be durable.
    static func connect(path: String, options: Ledger.Options) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(busySeconds)
        configuration.label = "ledger"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA page_size = \(options.pageBytes)")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { db in
            // After opening, for GRDB sets synchronous=NORMAL when it turns WAL on.
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = \(checkpointPages); PRAGMA journal_size_limit = \(walBytes);
                    """)
            if let bytes = options.maximumBytes {
                try db.execute(sql: "PRAGMA max_page_count = \(max(1, bytes / options.pageBytes))")
            }
            let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
            let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
            guard synchronous == 2, journal == "wal" else {
                throw LedgerError(
                    .other,
                    "\(path) would lose what was committed: synchronous is \(synchronous ?? -1) and not 2, "
                        + "journal_mode is \(journal ?? "unknown") and not wal")
            }
        }
        return queue
    }

    /// Refuses a file that a newer monitord or another program wrote.
    static func checkOwner(_ db: Database, path: String, newest: Int) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard tables > 0 || version > 0 else { return }
        guard application == Schema.applicationID else {
            throw LedgerError(.foreign, "\(path) is an SQLite database of another program; give storage.path another name")
        }
        guard version <= newest else {
            let writer = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'written_by'") ?? "a newer monitord"
            throw LedgerError(
                .newerSchema,
                "\(path) has schema \(version), written by \(writer); this program knows schemas up to \(newest): "
                    + "start \(writer) or a newer one")
        }
    }

    private func check(_ db: Database) throws {
        let bytes = try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * options.pageBytes
        let checks =
            bytes <= Opening.wholeCheckBytes
            ? ["PRAGMA quick_check(1)"]
            : (Opening.startTables + ["attempt"]).map { "PRAGMA quick_check(\($0))" }
        for sql in checks {
            let answer = try String.fetchOne(db, sql: sql) ?? "no answer"
            guard answer == "ok" else { throw LedgerError(.corrupt, answer) }
        }
    }

    // MARK: Files

    static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }
    private var folder: String { Opening.folder(of: path) }

    /// Makes the folder, for its owner alone, where only its last part is missing.
    static func makeFolder(of path: String) throws(LedgerError) {
        let folder = folder(of: path)
        if !folder.isEmpty, mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw LedgerError(.permission, "the folder \(folder) cannot be made: \(errorText(errno))")
        }
    }

    /// Makes the file, for its owner alone; SQLite gives its WAL the same rights.
    private func prepareFile() throws {
        try Opening.makeFolder(of: path)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerError(
                errno == ENOSPC || errno == EDQUOT ? .full : .permission,
                "\(path) cannot be opened for writing: \(Opening.errorText(errno))")
        }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw LedgerError(.io, "\(path) cannot be examined: \(Opening.errorText(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw LedgerError(.permission, "\(path) is not a file") }
        try syncFolder()
    }

    /// A name that was made or changed is durable only when its folder is.
    private func syncFolder() throws {
        let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw LedgerError(.permission, "the folder \(folder) cannot be read: \(Opening.errorText(errno))")
        }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw LedgerError(.io, "the folder \(folder) cannot be synced: \(Opening.errorText(errno))")
        }
    }

    /// Renames the damaged file with its WAL; nothing is deleted, for a person may want to read it. Returns the sentence to tell.
    private func setAside(_ error: LedgerError) throws -> String {
        let stamp = now.description.filter { $0 != ":" && $0 != "-" }
        var target = "\(path).corrupt-\(stamp)"
        var number = 1
        while access(target, F_OK) == 0 {
            number += 1
            target = "\(path).corrupt-\(stamp)-\(number)"
        }
        for suffix in ["", "-wal", "-shm"] where access(path + suffix, F_OK) == 0 {
            guard rename(path + suffix, target + suffix) == 0 else {
                throw LedgerError(.permission, "\(path + suffix) cannot be set aside: \(Opening.errorText(errno))")
            }
        }
        try syncFolder()
        return "\(path) was damaged (\(error.detail)); it was set aside as \(target) and a new ledger begun"
    }

    static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}

extension Opening {
    /// 0 where there is none.
    static func fileBytes(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
