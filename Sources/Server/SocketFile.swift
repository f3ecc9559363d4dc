import CLinux
import Glibc
import Synchronization

/// The control socket's place in the file system: who may have it before, during and after.
final class SocketFile: Sendable {
    private struct Identity: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64
    }
    let path: String
    private let own = Mutex<Identity?>(nil)

    init(path: String) { self.path = path }

    /// Makes sure that binding takes nothing from anybody: a socket that answers belongs to a running daemon, and what is not a
    /// socket belongs to somebody else. A socket that nobody answers is left over, and is removed.
    func makeRoom() throws {
        guard path.utf8.count <= Self.longestPath else {
            throw ServerError(
                .pathTooLong,
                "The control socket's path has \(path.utf8.count) bytes, the limit is \(Self.longestPath): \(path)")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else {
            let code = errno
            guard code == ENOENT else {
                throw ServerError(.cannotListen, "Cannot look at the control socket \(path): \(Self.message(of: code)).")
            }
            return try checkFolder()
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ServerError(
                .notASocket,
                "\(path) is not a socket. It is left as it is; choose another path for listen.socket, or move it away.")
        }
        if let owner = try liveOwner() {
            throw ServerError(
                .addressInUse,
                "The control socket \(path) belongs to a running process\(owner). Stop that one first, or choose "
                    + "another path for listen.socket.")
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw ServerError(.cannotListen, "Cannot remove the left-over control socket \(path): \(Self.message(of: errno)).")
        }
    }

    /// After binding: the mode that lets the group in, and the identity by which `remove` knows its own.
    func claim() throws {
        guard chmod(path, 0o660) == 0 else {
            throw ServerError(
                .cannotListen,
                "Cannot set the mode of the control socket \(path): \(Self.message(of: errno)). "
                    + "Members of its group cannot use it.")
        }
        own.withLock { $0 = identity() }
    }

    /// Removes the file if it still is the one that was bound here.
    func remove() {
        let claimed = own.withLock { $0 }
        if let claimed, claimed == identity() { unlink(path) }
    }

    static func message(of code: Int32) -> String { String(cString: strerror(code)) }

    /// `sun_path` holds 108 bytes with the closing zero; unix(7).
    private static let longestPath = 107

    private func identity() -> Identity? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private func checkFolder() throws {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ServerError(.cannotListen, "The control socket's folder \(folder) does not exist.")
        }
    }

    /// Connects without waiting. Somebody who listens accepts, or is too busy to; both are alive.
    private func liveOwner() throws -> String? {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw ServerError(.cannotListen, "Cannot test the control socket \(path): \(Self.message(of: errno)).")
        }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected == 0 {
            var peer = linux_peer()
            let known = linux_peer_credentials(descriptor, &peer) == 0
            return known && peer.pid > 0 ? " (pid \(peer.pid))" : ""
        }
        switch errno {
        case ECONNREFUSED, ENOENT: return nil
        case EAGAIN: return ""
        case let code:
            throw ServerError(.cannotListen, "Cannot test the control socket \(path): \(Self.message(of: code)).")
        }
    }
}
