internal import CLinux
package import Model

/// A plain thread with a name, for loops and for calls that block. Swift's own pool has one thread a core and must not block.
package struct PosixThread: Sendable {
    private let id: UInt64

    /// 512 KiB: libcurl, OpenSSL and getaddrinfo need less than 200 KiB, and the default would reserve 8 MiB a thread.
    package static let stackBytes: UInt64 = 512 * 1024

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread; throws a `setup` failure where the system refuses one more. `name` has at most 15 bytes.
    package init(_ name: String, isDetached: Bool = false, body: @escaping @Sendable () -> Void) throws(Failure) {
        let context = Unmanaged.passRetained(Body(body))
        var thread: UInt64 = 0
        let result = linux_thread_start(
            name, PosixThread.stackBytes, isDetached ? 1 : 0,
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque(), &thread)
        guard result == 0 else {
            context.release()
            throw Failure(.setup, "cannot start the thread \(name): \(systemError(-result))")
        }
        id = thread
    }

    /// Waits for its end. Once, and not for a detached thread.
    package func join() {
        let result = linux_thread_join(id)
        precondition(result == 0, "a thread is joined once, and by another")
    }
}

/// The system's words for an errno.
func systemError(_ number: CInt) -> String { String(cString: linux_error_text(number)) }
