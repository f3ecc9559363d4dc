import Glibc
import Model

/// A TCP connection that never waits past its deadline and never raises SIGPIPE. Used by one thread; closes itself.
final class Connection {
    let descriptor: Int32
    let peer: SocketAddress

    private init(descriptor: Int32, peer: SocketAddress) {
        self.descriptor = descriptor
        self.peer = peer
    }
    deinit { close(descriptor) }

    /// Tries the addresses in turn; each gets an equal share of the time that is left, so that one that swallows everything does
    /// not keep the next from being tried. Throws what happened at the last one.
    static func open(_ addresses: [SocketAddress], deadline: Uptime, _ clock: any Clock) throws(Failure) -> Connection {
        var last = Failure(.nameResolution, "the name has no address")
        for (index, address) in addresses.enumerated() {
            let now = clock.now().uptime
            let share = now + (deadline - now) / (addresses.count - index)
            do {
                return try open(address, deadline: share, clock)
            } catch {
                last = error
            }
        }
        throw last
    }

    private static func open(_ address: SocketAddress, deadline: Uptime, _ clock: any Clock) throws(Failure) -> Connection {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw connectFailure(errno, address) }
        let connection = Connection(descriptor: descriptor, peer: address)
        let code = address.withPointer { connect(descriptor, $0, $1) }
        if code == 0 { return connection }
        guard errno == EINPROGRESS else { throw connectFailure(errno, address) }
        guard wait(descriptor, for: POLLOUT, until: deadline, clock) else {
            throw Failure(.timeout, "no connection to \(address.description) before the deadline")
        }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else { throw connectFailure(errno, address) }
        guard error == 0 else { throw connectFailure(error, address) }
        return connection
    }

    enum Received {
        case bytes([UInt8])
        /// The other side closed its direction.
        case end
        case failed(Int32)
    }

    /// What has arrived, at most 16 KiB; waits for it until the deadline, then nil.
    func receive(deadline: Uptime, _ clock: any Clock) -> Received? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { return .bytes(Array(buffer[..<count])) }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return .failed(errno) }
            guard Connection.wait(descriptor, for: POLLIN, until: deadline, clock) else { return nil }
        }
    }

    /// Sends all bytes; the number of the error, 0 where there was none, nil at the deadline.
    func send(_ bytes: [UInt8], deadline: Uptime, _ clock: any Clock) -> Int32? {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                guard Connection.wait(descriptor, for: POLLOUT, until: deadline, clock) else { return nil }
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Waits until the descriptor can be read or written, or has failed; false at the deadline.
    static func wait(_ descriptor: Int32, for events: Int32, until deadline: Uptime, _ clock: any Clock) -> Bool {
        while true {
            let rest = deadline - clock.now().uptime
            guard rest > .zero else { return false }
            var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            // Rounded up, so that the last fraction of a millisecond does not spin.
            let ready = poll(&request, 1, Int32(clamping: (rest.microseconds + 999) / 1000))
            // An error of poll itself shows again at the next call on the descriptor.
            if ready > 0 || (ready < 0 && errno != EINTR) { return true }
        }
    }
}

/// No socket left is our own fault; everything else is said of the target.
private func connectFailure(_ code: Int32, _ address: SocketAddress) -> Failure {
    switch code {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: Failure(.descriptors, "no socket to connect with: \(errorText(code))")
    case ECONNREFUSED: Failure(.connect, "connection refused by \(address.description)")
    case ENETUNREACH, EHOSTUNREACH: Failure(.connect, "no route to \(address.description)")
    case ETIMEDOUT: Failure(.connect, "no answer from \(address.description)")
    default: Failure(.connect, "cannot connect to \(address.description): \(errorText(code))")
    }
}

/// What the C library says of an error number, in small letters.
func errorText(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return text(buffer).lowercased()
}
