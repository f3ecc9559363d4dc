import Glibc

extension Ledger {
    /// The file that keeps space: on a full disk even a DELETE fails, so the daemon could not prune itself free.
    package var reservePath: String { path + ".reserve" }

    /// Gives the reserved space back to the disk; false where there was none. Prune, and later `restoreReserve`.
    package func releaseReserve() throws(LedgerError) -> Bool {
        if unlink(reservePath) == 0 { return true }
        guard errno == ENOENT else {
            throw LedgerError(.permission, "\(reservePath) cannot be deleted: \(Opening.errorText(errno))")
        }
        return false
    }

    /// Reserves the space again. It is `full` while the disk has too little.
    package func restoreReserve() throws(LedgerError) {
        guard options.reserveBytes > 0 else { return }
        try Opening.makeReserve(reservePath, options.reserveBytes)
    }
}

extension Opening {
    static func makeReserve(_ path: String, _ bytes: Int) throws(LedgerError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerError(
                errno == ENOSPC || errno == EDQUOT ? .full : .permission,
                "\(path) cannot be made: \(errorText(errno))")
        }
        let code = posix_fallocate(descriptor, 0, off_t(bytes))
        close(descriptor)
        if code != 0 {
            // A part of a reserve is none, and takes what others need.
            unlink(path)
            throw LedgerError(
                code == ENOSPC || code == EDQUOT ? .full : .io,
                "\(path) cannot reserve \(bytes) bytes: \(errorText(code))")
        }
    }
}
