internal import CLinux
internal import Glibc
package import Model
internal import Synchronization

/// Carries out every transfer of the daemon on one thread, with libcurl.
///
/// The thread waits in one epoll for sockets, for its next timer and for a wake-up by another thread; whatever it learns it tells
/// libcurl's multi handle, which owns connections, name cache and certificate store. Mails and programs are the exception: see
/// `BlockingRun`.
package final class TransferEngine: Transferring {
    private let clock: any Clock
    private let inbox: Inbox
    private let loop: Handover<TransferLoop>
    private let thread = Mutex<PosixThread?>(nil)

    /// Opens what the loop needs; throws `setup` or `descriptors` where the system refuses.
    package init(clock: any Clock, limits: TransferLimits = TransferLimits()) throws(Failure) {
        self.clock = clock
        inbox = try Inbox()
        inbox.lastTurn.store(clock.now().uptime.nanoseconds, ordering: .relaxed)
        loop = Handover(try TransferLoop(clock: clock, limits: limits, inbox: inbox))
    }

    /// Starts the loop's thread and returns. Once.
    package func run() throws(Failure) {
        let loop = loop
        let started = try PosixThread("transfer") { loop.value.run() }
        thread.withLock { $0 = started }
    }

    /// Ends every transfer with `stopped` and waits for the thread: at most about a second, where a mail or a program is under way.
    /// Not from the loop's own thread.
    package func stop() {
        precondition(!inbox.isOnLoop, "the loop cannot wait for its own end")
        let waiting = inbox.close()
        if let thread = thread.withLock({ $0.take() }) {
            inbox.signal()
            thread.join()
        }
        for entry in waiting { entry.finished(TransferReply(error: .stopped)) }
    }

    /// Safe from every thread. `finished` is called on the loop's thread, later; after `stop`, on the caller's, at once.
    package func start(_ outgoing: Outgoing, finished: @escaping @Sendable (TransferReply) -> Void) {
        let entry = Entry(outgoing: outgoing, finished: finished, accepted: clock.now().uptime)
        if inbox.isOnLoop {
            loop.value.accept(entry)
        } else if !inbox.push(entry) {
            finished(TransferReply(error: .stopped))
        }
    }

    /// The source is asked on the loop's thread, first at once.
    package func setTimerSource(_ source: (any TimerSource)?) {
        inbox.setSource(source)
        wake()
    }

    /// Asks the timer source again: something became due earlier than it said. Safe from every thread.
    package func wake() { inbox.askSource() }

    package var statistics: TransferStatistics { inbox.statistics }

    /// When the loop last began a turn. It does so at least once a second, so an older stamp means that it hangs.
    package var lastTurn: Uptime { Uptime(nanoseconds: inbox.lastTurn.load(ordering: .relaxed)) }
}

/// Carries the loop to its thread.
///
/// Unchecked: the loop is confined to its thread. The engine touches it only before that thread starts, or on it (`isOnLoop`).
private final class Handover<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

extension TransferError {
    static let stopped = TransferError(.stopped, "monitord is stopping")
}
