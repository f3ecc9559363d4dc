internal import CCurl
internal import CLinux
internal import Glibc
internal import Model
internal import Synchronization

/// The loop of the engine. Everything here happens on its thread.
final class TransferLoop {
    let clock: any Clock
    let limits: TransferLimits
    let inbox: Inbox
    private let multi: UnsafeMutableRawPointer
    private let epoll: CInt
    private var isRunning = true
    /// When this turn began or last waited: reading the clocks anew at each of a turn's steps costs more than some of the steps.
    fileprivate var moment: Moment

    /// When libcurl wants its timers looked at.
    fileprivate var curlDue: Uptime?
    private var source: (any TimerSource)?
    private var sourceDue: Uptime?

    private var plain = Line()
    private var secure = Line()
    private var runs: Runs
    private var nextCut: Uptime?
    private var active: [Exchange] = []
    private var idle: [Exchange] = []
    private var settled: [Settled] = []
    /// Empty but while they are delivered; its room is used again.
    private var delivering: [Settled] = []
    private var abandoned: [Uptime] = []
    private var finishedCount = 0
    private var published = TransferStatistics()

    /// Idle handles kept for reuse; each holds a few KiB.
    private static let idleHandles = 128
    /// The thread shows that it lives at least this often.
    private static let longestWait = Duration.seconds(1)
    /// A turn, or a wake-up, later than this is told to whoever waits for results.
    private static let noticedStall = Duration.seconds(1)

    init(clock: any Clock, limits: TransferLimits, inbox: Inbox) throws(Failure) {
        self.clock = clock
        self.limits = limits
        moment = clock.now()
        self.inbox = inbox
        runs = Runs(limits: limits, clock: clock, inbox: inbox)
        guard libcurlIsReady, let multi = curl_multi_init() else { throw Failure(.setup, "libcurl cannot be initialised") }
        epoll = linux_epoll_open()
        guard epoll >= 0 else {
            curl_multi_cleanup(multi)
            throw Failure(.descriptors, "cannot open an epoll: \(systemError(-epoll))")
        }
        self.multi = multi
        let added = linux_epoll_add(epoll, inbox.wakeup, UInt32(LINUX_READABLE))
        guard added == 0 else { throw Failure(.setup, "cannot watch an eventfd: \(systemError(-added))") }
        let context = Unmanaged.passUnretained(self).toOpaque()
        monitord_multi_pointer(multi, CURLMOPT_SOCKETDATA, context)
        monitord_multi_socket(multi, watchSocket)
        monitord_multi_pointer(multi, CURLMOPT_TIMERDATA, context)
        monitord_multi_timer(multi, setTimer)
        monitord_multi_long(multi, CURLMOPT_MAXCONNECTS, limits.idleConnections)
    }

    deinit {
        curl_multi_cleanup(multi)
        close(epoll)
    }

    func run() {
        inbox.enterLoop()
        moment = clock.now()
        withUnsafeTemporaryAllocation(of: linux_event.self, capacity: 64) { events in
            while isRunning || !runs.isIdle || !settled.isEmpty { turn(events) }
        }
        inbox.leaveLoop()
    }

    private func turn(_ events: UnsafeMutableBufferPointer<linux_event>) {
        let now = moment
        inbox.lastTurn.store(now.uptime.nanoseconds, ordering: .relaxed)
        if inbox.isFilled.exchange(false, ordering: .acquiringAndReleasing) { takeInbox() }
        if isRunning {
            if let due = sourceDue, due <= now.uptime { sourceDue = source?.runDue(now: now) }
            // What was just started wants its first turn at once.
            if let due = curlDue, due <= now.uptime { runCurlTimers() }
            dropLate(now.uptime)
        }
        if !runs.isIdle || nextCut != nil { nextCut = runs.cutLate(now.uptime, all: !isRunning) }
        collect()
        deliver()
        publish()
        moment = clock.now()
        notice(due: now.uptime)
        let wait = untilNext()
        let due = moment.uptime + wait
        let count = linux_epoll_wait(epoll, events.baseAddress, CInt(events.count), wait.nanoseconds)
        moment = clock.now()
        notice(due: due)
        precondition(count >= 0, "an epoll of ours can be waited for")
        for event in events.prefix(Int(count)) { take(event) }
    }

    /// A turn, or a wait, that took so much longer than it should: the process was stopped, or starved of the processor.
    private func notice(due: Uptime) {
        if moment.uptime - due > TransferLoop.noticedStall { source?.stalled(from: due, until: moment.uptime) }
    }

    private func take(_ event: linux_event) {
        if event.fd == inbox.wakeup {
            let result = linux_eventfd_drain(event.fd)
            precondition(result == 0, "an eventfd of ours can be read")
            return
        }
        var what: CInt = 0
        if event.what & UInt32(LINUX_READABLE) != 0 { what |= CURL_CSELECT_IN }
        if event.what & UInt32(LINUX_WRITABLE) != 0 { what |= CURL_CSELECT_OUT }
        if event.what & UInt32(LINUX_BROKEN) != 0 { what |= CURL_CSELECT_ERR }
        act(event.fd, what)
    }

    private func act(_ socket: curl_socket_t, _ what: CInt) {
        var running: CInt = 0
        let result = curl_multi_socket_action(multi, socket, what, &running)
        precondition(result == CURLM_OK, "libcurl refuses its own socket")
    }

    /// libcurl counts in whole milliseconds, so that we may come a little early; it then sets no timer anew, for to it the old one
    /// still runs.
    private func runCurlTimers() {
        curlDue = nil
        act(curl_socket_t(CURL_SOCKET_TIMEOUT), 0)
        guard curlDue == nil else { return }
        var milliseconds = 0
        let result = curl_multi_timeout(multi, &milliseconds)
        precondition(result == CURLM_OK, "libcurl refuses to tell its next timer")
        if milliseconds >= 0 { curlDue = moment.uptime + .milliseconds(max(1, milliseconds)) }
    }

    private func untilNext() -> Duration {
        if !settled.isEmpty || !isRunning && runs.isIdle { return .zero }
        let now = moment.uptime
        var due = now + TransferLoop.longestWait
        func heed(_ other: Uptime?) { if let other, other < due { due = other } }
        heed(curlDue)
        heed(sourceDue)
        heed(plain.firstDeadline)
        heed(secure.firstDeadline)
        heed(runs.firstDeadline)
        heed(nextCut)
        return due > now ? due - now : .zero
    }

    private func takeInbox() {
        let contents = inbox.take()
        if contents.isClosed {
            if isRunning { endAll() }
        } else {
            if contents.asksSource {
                source = contents.source
                sourceDue = source == nil ? nil : Uptime(nanoseconds: 0)
            }
            for entry in contents.entries { accept(entry) }
        }
        for (run, reply) in contents.settledRuns {
            runs.end(run)
            settled.append(Settled(finished: run.finished, reply: reply))
        }
        startWaitingRuns()
    }

    // MARK: Accepting

    func accept(_ entry: Entry) {
        guard isRunning else { return settle(entry, TransferReply(error: .stopped)) }
        guard waitingCount < limits.waiting else {
            let error = TransferError(.descriptors, "\(limits.waiting) transfers wait already, which is the limit")
            return settle(entry, TransferReply(error: error))
        }
        switch entry.outgoing {
        case .http(let request):
            let waiting = Waiting(entry: entry, deadline: entry.accepted + request.timeout)
            if request.isSecure {
                secure.append(waiting)
            } else {
                plain.append(waiting)
            }
            startWaiting()
        case .mail(let mail):
            runs.append(mail, entry)
            startWaitingRuns()
        case .process(let request):
            runs.append(request, entry)
            startWaitingRuns()
        }
    }

    private var waitingCount: Int { plain.count + secure.count + runs.waiting }

    private func startWaiting() {
        while plain.inFlight < limits.plain, let waiting = plain.next() { begin(waiting, isSecure: false) }
        while secure.inFlight < limits.secure, let waiting = secure.next() { begin(waiting, isSecure: true) }
    }

    private func begin(_ waiting: Waiting, isSecure: Bool) {
        guard case .http(let request) = waiting.entry.outgoing else { return }
        if let error = request.problem { return settle(waiting.entry, TransferReply(error: error)) }
        guard let exchange = idle.popLast() ?? Exchange() else {
            return settle(waiting.entry, TransferReply(error: TransferError(.setup, "libcurl has no memory for a transfer")))
        }
        exchange.take(request, finished: waiting.entry.finished, deadline: waiting.deadline, headerLimit: limits.headerBytes)
        count(exchange, isSecure: isSecure)
        exchange.place = active.count
        active.append(exchange)
        send(exchange)
    }

    private func count(_ exchange: Exchange, isSecure: Bool) {
        exchange.isSecure = isSecure
        if isSecure { secure.inFlight += 1 } else { plain.inFlight += 1 }
    }

    private func discount(_ exchange: Exchange) {
        if exchange.isSecure { secure.inFlight -= 1 } else { plain.inFlight -= 1 }
    }

    /// Sends the exchange's next request.
    private func send(_ exchange: Exchange) {
        let now = moment.uptime
        if !abandoned.isEmpty { abandoned.removeAll { $0 <= now } }
        if abandoned.count >= limits.abandonedResolvers, exchange.needsLookup {
            let sentence = "\(abandoned.count) name look-ups hang already, which is the limit: is the DNS server down?"
            return finish(exchange, TransferReply(error: TransferError(.resolver, sentence)))
        }
        guard exchange.deadline > now else { return finish(exchange, exchange.late) }
        if let error = exchange.prepare(remaining: exchange.deadline - now, limits: limits) {
            return finish(exchange, TransferReply(error: error))
        }
        let added = curl_multi_add_handle(multi, exchange.easy)
        precondition(added == CURLM_OK, "libcurl refuses a handle that is in no use")
        exchange.isAdded = true
    }

    // MARK: Ending

    /// Transfers that waited past their own deadline without being started: our fault, not the target's.
    private func dropLate(_ now: Uptime) {
        guard plain.mayBeLate(now) || secure.mayBeLate(now) || runs.mayBeLate(now) else { return }
        let late =
            plain.takeLate(now).map { ($0, "\(limits.plain) plain transfers") }
            + secure.takeLate(now).map { ($0, "\(limits.secure) transfers over TLS") }
            + runs.takeLate(now)
        for (waiting, limit) in late {
            let waited = (waiting.deadline - waiting.entry.accepted).short
            settle(
                waiting.entry, TransferReply(error: TransferError(.descriptors, "waited \(waited) behind \(limit), the limit")))
        }
    }

    private func collect() {
        var rest: CInt = 0
        while let message = curl_multi_info_read(multi, &rest) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = message.pointee.data.result
            conclude(Exchange.of(easy), result)
        }
        startWaiting()
    }

    private func conclude(_ exchange: Exchange, _ result: CURLcode) {
        if result != CURLE_OK, exchange.isLookingUp { abandoned.append(moment.uptime + limits.resolverGivesUpAfter) }
        let reply = exchange.reply(result)
        remove(exchange)
        guard reply.error == nil, exchange.request.maxRedirects > 0, let target = exchange.redirectTarget else {
            return finish(exchange, reply)
        }
        if let error = exchange.follow(target, status: reply.status, after: reply.timings.total) {
            var reply = reply
            reply.error = error
            return finish(exchange, reply)
        }
        discount(exchange)
        count(exchange, isSecure: exchange.request.isSecure)
        send(exchange)
    }

    private func remove(_ exchange: Exchange) {
        guard exchange.isAdded else { return }
        exchange.isAdded = false
        let removed = curl_multi_remove_handle(multi, exchange.easy)
        precondition(removed == CURLM_OK, "libcurl refuses to give a handle back")
    }

    private func finish(_ exchange: Exchange, _ reply: TransferReply) {
        discount(exchange)
        // The last one moves into the gap.
        active[exchange.place] = active[active.count - 1]
        active[exchange.place].place = exchange.place
        active.removeLast()
        if let finished = exchange.release() { settled.append(Settled(finished: finished, reply: reply)) }
        if idle.count < TransferLoop.idleHandles { idle.append(exchange) }
    }

    private func settle(_ entry: Entry, _ reply: TransferReply) {
        settled.append(Settled(finished: entry.finished, reply: reply))
    }

    /// Calls back outside of every loop over our own state: a receiver may start further transfers.
    private func deliver() {
        guard !settled.isEmpty else { return }
        swap(&settled, &delivering)
        finishedCount += delivering.count
        for one in delivering { one.finished(one.reply) }
        delivering.removeAll(keepingCapacity: true)
    }

    private func endAll() {
        isRunning = false
        source = nil
        sourceDue = nil
        curlDue = nil
        for waiting in plain.takeAll() + secure.takeAll() + runs.takeAll() {
            settle(waiting.entry, TransferReply(error: .stopped))
        }
        for exchange in active {
            var reply = exchange.reply(CURLE_ABORTED_BY_CALLBACK)
            reply.error = .stopped
            remove(exchange)
            finish(exchange, reply)
        }
        idle = []
    }

    private func startWaitingRuns() {
        guard isRunning else { return }
        for (waiting, error) in runs.startWaiting() { settle(waiting.entry, TransferReply(error: error)) }
    }

    private func publish() {
        var statistics = TransferStatistics()
        statistics.inFlight = active.count
        statistics.waiting = waitingCount
        (statistics.mails, statistics.programs) = runs.inFlight
        statistics.abandonedResolvers = abandoned.count
        statistics.finished = finishedCount
        guard statistics != published else { return }
        published = statistics
        inbox.publish(statistics)
    }

    // MARK: What libcurl asks for

    fileprivate func watch(_ socket: curl_socket_t, _ what: CInt, isKnown: Bool) {
        guard what != CURL_POLL_REMOVE else {
            // The socket may be closed already, and with it the watch.
            linux_epoll_remove(epoll, socket)
            return
        }
        var events: UInt32 = 0
        if what & CURL_POLL_IN != 0 { events |= UInt32(LINUX_READABLE) }
        if what & CURL_POLL_OUT != 0 { events |= UInt32(LINUX_WRITABLE) }
        if isKnown {
            linux_epoll_modify(epoll, socket, events)
        } else {
            linux_epoll_add(epoll, socket, events)
            curl_multi_assign(multi, socket, UnsafeMutableRawPointer(multi))
        }
    }
}

private let watchSocket: curl_socket_callback = { _, socket, what, context, known in
    guard let context else { return -1 }
    Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what, isKnown: known != nil)
    return 0
}

private let setTimer: curl_multi_timer_callback = { _, milliseconds, context in
    guard let context else { return -1 }
    let loop = Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue()
    loop.curlDue = milliseconds < 0 ? nil : loop.moment.uptime + .milliseconds(milliseconds)
    return 0
}
