internal import CLinux
package import Model

/// A counting semaphore between plain threads. Not for tasks: it blocks.
///
/// Unchecked: a POSIX semaphore is made for being shared.
package final class Signal: @unchecked Sendable {
    private let semaphore: OpaquePointer

    package init() {
        guard let semaphore = linux_semaphore_open() else { preconditionFailure("no memory for a semaphore") }
        self.semaphore = semaphore
    }

    deinit { linux_semaphore_close(semaphore) }

    /// Lets one waiter go on, now or later.
    package func one() { linux_semaphore_post(semaphore) }

    package func wait() {
        let result = linux_semaphore_wait(semaphore, -1)
        precondition(result == 0, "a semaphore can be waited for")
    }

    /// False where the deadline came first.
    package func wait(until deadline: Uptime) -> Bool { linux_semaphore_wait(semaphore, max(0, deadline.nanoseconds)) == 0 }
}
