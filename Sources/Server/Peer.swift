import CLinux
import Dispatch
import Glibc
import Model
import NIOCore

/// Who is at the other end of the control socket. The kernel noted it when the client connected; a client cannot choose it.
enum Peer {
    /// Throws where the channel is no Unix socket.
    static func actor(of channel: any Channel) async throws -> Actor {
        guard let socket = channel as? any SocketOptionProvider else {
            throw ServerError(.cannotListen, "The connection has no socket whose other end the kernel could name.")
        }
        let peer: linux_peer = try await socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        return Actor(uid: peer.uid, pid: peer.pid, name: await name(of: peer.uid))
    }

    /// The account's name. The look-up may ask a directory server over the network: not on the cooperative pool.
    private static func name(of uid: UInt32) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: accountName(uid) ?? String(uid)) }
        }
    }

    private static func accountName(_ uid: UInt32) -> String? {
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, let found, let name = found.pointee.pw_name else {
            return nil
        }
        return String(cString: name)
    }
}
