import Glibc
package import Model

/// The right to use a ledger: one daemon, or any number of readers while no daemon runs.
///
/// A lock of the kernel (flock) on `<db>.lock`, so a killed process leaves none behind. The file tells who holds it:
/// `pid host started`. It is never deleted, for a new file of the same name would be another lock. Keep the value for as long as
/// the ledger is in use.
package final class LedgerLock: Sendable {
    package enum Use: Sendable { case daemon, reader }

    private let descriptor: Int32
    private let use: Use

    package static func path(of ledger: String) -> String { ledger + ".lock" }

    /// Takes the lock at once or says who has it. The folder of the ledger is made (0700) where only its last part is missing.
    package static func take(ledger: String, for use: Use, now: Timestamp) throws(LedgerError) -> LedgerLock {
        let path = path(of: ledger)
        if case .daemon = use { try Opening.makeFolder(of: ledger) }
        // A reader's own account may be allowed to read only.
        var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0, case .reader = use, errno == EACCES || errno == EROFS || errno == EPERM {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else {
            throw LedgerError(
                errno == ENOSPC || errno == EDQUOT ? .full : .permission,
                "the lock \(path) cannot be opened: \(Opening.errorText(errno))")
        }
        let operation =
            switch use {
            case .daemon: LOCK_EX
            case .reader: LOCK_SH
            }
        guard flock(descriptor, operation | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else {
                throw LedgerError(.io, "the lock \(path) cannot be taken: \(Opening.errorText(code))")
            }
            throw LedgerError(.held, "\(ledger) is in use by \(holder(descriptor))")
        }
        if case .daemon = use {
            do { try write(now, to: descriptor, path) } catch {
                close(descriptor)
                throw error
            }
        }
        return LedgerLock(descriptor, use)
    }

    private init(_ descriptor: Int32, _ use: Use) {
        self.descriptor = descriptor
        self.use = use
    }

    deinit {
        // An empty file says that nobody holds it; closing lets go of the lock itself, even if this fails.
        if case .daemon = use { _ = ftruncate(descriptor, 0) }
        close(descriptor)
    }

    private static func write(_ now: Timestamp, to descriptor: Int32, _ path: String) throws(LedgerError) {
        let line = Array("\(getpid()) \(hostName()) \(now)\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
            throw LedgerError(
                errno == ENOSPC || errno == EDQUOT ? .full : .io,
                "the lock \(path) cannot be written: \(Opening.errorText(errno))")
        }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        let words = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        // Readers write nothing: who they are is not known.
        guard words.count == 3 else { return "a process that reads it; try again when it has ended" }
        return "process \(words[0]) on \(words[1]), since \(words[2])"
    }

    private static func hostName() -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let result = buffer.withUnsafeMutableBytes { gethostname($0.baseAddress!, 255) }
        let name = result == 0 ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : ""
        return name.isEmpty || name.contains(where: \.isWhitespace) ? "localhost" : name
    }
}
