internal import CLinux
internal import Glibc
internal import Model
internal import Synchronization

/// A transfer as it was asked for.
struct Entry: Sendable {
    var outgoing: Outgoing
    var finished: @Sendable (TransferReply) -> Void
    var accepted: Uptime
}

/// A reply on its way to whoever asked.
struct Settled: Sendable {
    var finished: @Sendable (TransferReply) -> Void
    var reply: TransferReply
}

/// What other threads hand to the loop, and read of it.
final class Inbox: Sendable {
    struct Contents: Sendable {
        var entries: [Entry] = []
        var settledRuns: [(run: any BlockingRun, reply: TransferReply)] = []
        var source: (any TimerSource)?
        var asksSource = false
        var isClosed = false
        /// A wake-up is under way: more in the same turn need no further system call.
        var isSignalled = false
    }
    private let contents = Mutex(Contents())
    private let published = Mutex(TransferStatistics())
    private let loopThread = Atomic<UInt64>(0)
    /// Nanoseconds of `Uptime`.
    let lastTurn = Atomic<Int64>(0)
    /// Read by blocking transfers, whose threads look once a second.
    let isStopping = Atomic<Bool>(false)
    /// Something came since the loop last took it: most turns are about sockets only and need no lock.
    let isFilled = Atomic<Bool>(false)
    let wakeup: CInt

    init() throws(Failure) {
        wakeup = linux_eventfd_open()
        guard wakeup >= 0 else { throw Failure(.descriptors, "cannot open an eventfd: \(systemError(-wakeup))") }
    }

    deinit { Glibc.close(wakeup) }

    var isOnLoop: Bool { loopThread.load(ordering: .acquiring) == linux_thread_self() }

    func enterLoop() { loopThread.store(linux_thread_self(), ordering: .releasing) }
    func leaveLoop() { loopThread.store(0, ordering: .releasing) }

    /// False where the inbox is closed.
    func push(_ entry: Entry) -> Bool {
        let (isAccepted, signals) = contents.withLock { contents in
            guard !contents.isClosed else { return (false, false) }
            contents.entries.append(entry)
            isFilled.store(true, ordering: .releasing)
            return (true, contents.needsSignal())
        }
        if signals { signal() }
        return isAccepted
    }

    func settle(_ run: any BlockingRun, _ reply: TransferReply) { change { $0.settledRuns.append((run, reply)) } }
    func setSource(_ source: (any TimerSource)?) { change { $0.source = source } }
    func askSource() { change { $0.asksSource = true } }

    private func change(_ body: (inout Contents) -> Void) {
        let signals = contents.withLock { contents in
            body(&contents)
            isFilled.store(true, ordering: .releasing)
            return contents.needsSignal()
        }
        if signals { signal() }
    }

    /// Takes what came, and keeps the source and whether the inbox is closed.
    func take() -> Contents {
        contents.withLock { contents in
            let taken = contents
            contents.entries = []
            contents.settledRuns = []
            contents.asksSource = false
            contents.isSignalled = false
            return taken
        }
    }

    /// No transfer is accepted from now on; returns those that the loop had not taken.
    func close() -> [Entry] {
        isStopping.store(true, ordering: .releasing)
        return contents.withLock { contents in
            contents.isClosed = true
            isFilled.store(true, ordering: .releasing)
            defer { contents.entries = [] }
            return contents.entries
        }
    }

    func signal() {
        let result = linux_eventfd_signal(wakeup)
        precondition(result == 0, "an eventfd of ours can be written")
    }

    var statistics: TransferStatistics { published.withLock { $0 } }
    func publish(_ statistics: TransferStatistics) { published.withLock { $0 = statistics } }
}

extension Inbox.Contents {
    fileprivate mutating func needsSignal() -> Bool {
        defer { isSignalled = true }
        return !isSignalled
    }
}
