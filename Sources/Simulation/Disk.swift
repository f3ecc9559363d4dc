import Foundation
import Ledger
import Model
import Synchronization

/// The files of the ledger, and what goes wrong with them. A kill leaves the file and its write-ahead log as the kernel has them;
/// that is a copy of both, for a connection that is closed in order would clean up.
struct Disk {
    let folder: String
    private var generation = 0
    private let faults = CommitFaults()

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    var path: String { "\(folder)/ledger-\(generation).sqlite" }
    private var wal: String { path + "-wal" }

    func open(now: Timestamp) throws -> Ledger {
        var options = Ledger.Options()
        options.reserveBytes = 0
        options.pageBytes = Disk.pageBytes
        options.commitFault = { [faults] _ in faults.next() }
        return try Ledger.open(path: path, now: now, options: options)
    }

    func failCommits(_ count: Int) { faults.add(count) }
    func heal() { faults.clear() }

    var walBytes: Int64 { Disk.bytes(wal) }

    /// The process is gone. With `cutting`, the last commit reached the write-ahead log only in part: the log is cut to that length.
    mutating func crash(cutting length: Int64? = nil) throws {
        let old = (path, wal)
        generation += 1
        let files = FileManager.default
        try files.copyItem(atPath: old.0, toPath: path)
        if files.fileExists(atPath: old.1) { try files.copyItem(atPath: old.1, toPath: wal) }
        if let length {
            let handle = try FileHandle(forWritingTo: URL(filePath: wal))
            try handle.truncate(atOffset: UInt64(length))
            try handle.close()
        }
    }

    /// Removes a copy and what SQLite put beside it.
    func remove(copy path: String) throws {
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// A copy as a kill at this moment would leave it.
    func copy(to path: String) throws {
        try FileManager.default.copyItem(atPath: self.path, toPath: path)
        if FileManager.default.fileExists(atPath: wal) {
            try FileManager.default.copyItem(atPath: wal, toPath: path + "-wal")
        }
    }

    /// What the processes before left; call it when none of their connections is open.
    func removeOld() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where !name.hasPrefix("ledger-\(generation).sqlite") {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: folder) }

    /// The length to which the log can be cut so that the last commit is torn; nil where the log did not simply grow: SQLite began
    /// it anew, or wrote it back into the file.
    func tornLength(walBefore before: Int64, _ share: Double) -> Int64? {
        let after = walBytes
        guard before > 0, after > before, after < Disk.checkpointBytes else { return nil }
        return before + Int64(Double(after - before - 1) * share)
    }

    /// A log that never was this long was not written back yet.
    private static let checkpointBytes: Int64 = 120 * Int64(pageBytes)
    /// Smaller pages than the daemon's: a commit writes and a kill copies less. Nothing of the code that is tested differs.
    static let pageBytes = 4096

    private static func bytes(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

/// How many of the next commits fail.
private final class CommitFaults: Sendable {
    private let left = Mutex(0)
    func add(_ count: Int) { left.withLock { $0 += count } }
    func clear() { left.withLock { $0 = 0 } }
    func next() -> LedgerError? {
        left.withLock { left in
            guard left > 0 else { return nil }
            left -= 1
            return LedgerError(.io, "the disk failed as the simulation wanted")
        }
    }
}
