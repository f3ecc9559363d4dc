import COpenSSL
import Glibc
import Synchronization

/// The authorities that a chain may lead to. OpenSSL guards a store with its own lock, and a verification only adds what it
/// finds in the system's folder, so that threads may share one: that is why the reference may be sent.
final class TrustStore: @unchecked Sendable {
    let store: OpaquePointer

    private init(store: OpaquePointer) { self.store = store }
    deinit { X509_STORE_free(store) }

    /// The store of a PEM file, or of the system. Parsing a bundle costs tens of milliseconds of CPU, so each is parsed once
    /// for all probes, and again when its file has changed. Nil where the file holds no certificate that can be read.
    static func of(file: String?) -> TrustStore? {
        let version = file.map(FileVersion.init)
        return kept.withLock { kept in
            if let known = kept[file ?? ""], known.version == version { return known.store }
            guard let store = load(file) else { return nil }
            kept[file ?? ""] = (version, store)
            return store
        }
    }

    private static func load(_ file: String?) -> TrustStore? {
        guard let store = X509_STORE_new() else { return nil }
        let loaded = TrustStore(store: store)
        ERR_clear_error()
        // The system's authorities are found one by one by their subject, when a chain asks for them.
        let code = file.map { X509_STORE_load_file(store, $0) } ?? X509_STORE_set_default_paths(store)
        return code == 1 ? loaded : nil
    }

    /// The one piece of state that probes share: as many entries as the configuration names files.
    private static let kept = Mutex<[String: (version: FileVersion?, store: TrustStore)]>([:])
}

/// What tells one state of a file from the next.
private struct FileVersion: Hashable {
    var inode: UInt
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            (inode, size, seconds, nanoseconds) = (0, 0, 0, 0)
            return
        }
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
