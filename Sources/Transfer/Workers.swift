internal import Glibc
package import Model
internal import Synchronization

/// Plain threads for calls that block: TLS handshakes, databases, files. Swift's own pool must not block.
package final class Workers: Sendable {
    fileprivate struct State {
        var jobs: [@Sendable () -> Void] = []
        var head = 0
        var busy = 0
        var isStopped = false
        var threads: [PosixThread] = []
    }
    private let state = Mutex(State())
    private let signal = Signal()
    private let limit: Int
    private let lookups: NameLookups

    /// Starts `count` threads; at most `queue` jobs wait. A run that would wait longer than that is late anyway.
    package init(clock: any Clock, count: Int = 16, queue: Int = 256) throws(Failure) {
        limit = queue
        lookups = NameLookups(clock: clock)
        for index in 0..<count {
            let thread = try PosixThread("worker-\(index)") { [self] in work() }
            state.withLock { $0.threads.append(thread) }
        }
    }

    /// False where the queue is full, or the workers are stopped: the job is not run.
    package func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.jobs.count - state.head < limit else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { signal.one() }
        return isTaken
    }

    /// The addresses of a name, as texts, IPv4 and IPv6 in the system's order. Blocks until the deadline at most.
    package func resolve(_ host: String, port: Int, deadline: Uptime) -> Result<[String], Failure> {
        lookups.resolve(host, port: port, deadline: deadline)
    }

    /// Jobs that run, jobs that wait, and name look-ups given up whose threads still live.
    package var statistics: (busy: Int, waiting: Int, abandonedLookups: Int) {
        let (busy, waiting) = state.withLock { ($0.busy, $0.jobs.count - $0.head) }
        return (busy, waiting, lookups.abandoned)
    }

    /// Drops the jobs that wait, and returns when those that run have ended. Each ends by its own deadline.
    package func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            state.jobs = []
            state.head = 0
            defer { state.threads = [] }
            return state.threads
        }
        for _ in threads { signal.one() }
        for thread in threads { thread.join() }
    }

    private func work() {
        while true {
            signal.wait()
            let (job, isStopped) = state.withLock { state in (state.next(), state.isStopped) }
            if isStopped { return }
            guard let job else { continue }
            job()
            state.withLock { $0.busy -= 1 }
        }
    }
}

extension Workers.State {
    fileprivate mutating func next() -> (@Sendable () -> Void)? {
        guard head < jobs.count else { return nil }
        let job = jobs[head]
        head += 1
        busy += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return job
    }
}
