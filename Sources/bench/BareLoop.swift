import CCurl
import CLinux
import Glibc
import Model

/// The least that fresh HTTP requests cost: libcurl, an epoll and nothing else. One long-lived multi handle, handles made once, only
/// the address set for each request, replies thrown away. Each of `rate` places in a second starts one request a second, the places
/// spread at random, as the daemon spreads its probes.
final class BareLoop {
    private let site: Site
    private let url: String
    private let multi: UnsafeMutableRawPointer
    private let epoll: CInt
    private var handles: [UnsafeMutableRawPointer] = []
    private var idle: [UnsafeMutableRawPointer] = []
    private var phases: [Int64]
    private var finished = 0
    private(set) var failed = 0
    fileprivate var curlDue: Int64?

    init(_ site: Site, url: String, rate: Int) throws {
        self.site = site
        self.url = url
        var random = SystemRandomNumberGenerator()
        phases = (0..<rate).map { _ in Int64.random(in: 0..<1_000_000_000, using: &random) }.sorted()
        guard let multi = curl_multi_init() else { throw Trouble("libcurl cannot be initialised") }
        self.multi = multi
        epoll = linux_epoll_open()
        let context = Unmanaged.passUnretained(self).toOpaque()
        monitord_multi_pointer(multi, CURLMOPT_SOCKETDATA, context)
        monitord_multi_socket(multi, watchSocket)
        monitord_multi_pointer(multi, CURLMOPT_TIMERDATA, context)
        monitord_multi_timer(multi, setTimer)
    }

    deinit {
        for handle in handles { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi)
        close(epoll)
    }

    /// CPU seconds of this process for a thousand requests.
    func run(seconds: Int) throws -> Double {
        let total = seconds * phases.count
        var started = 0
        let before = cpuSeconds()
        let begin = uptime()
        try withUnsafeTemporaryAllocation(of: linux_event.self, capacity: 64) { events in
            while finished < total {
                let now = uptime()
                while started < total, begin + start(started) <= now {
                    curl_multi_add_handle(multi, try handle())
                    started += 1
                }
                if let due = curlDue, due <= uptime() {
                    curlDue = nil
                    act(curl_socket_t(CURL_SOCKET_TIMEOUT), 0)
                }
                collect()
                wait(events, until: started < total ? begin + start(started) : .max)
            }
        }
        return (cpuSeconds() - before) / Double(total) * 1000
    }

    private func start(_ number: Int) -> Int64 {
        Int64(number / phases.count) * 1_000_000_000 + phases[number % phases.count]
    }

    private func wait(_ events: UnsafeMutableBufferPointer<linux_event>, until next: Int64) {
        let now = uptime()
        let due = min(next, curlDue ?? .max, now + 1_000_000_000)
        let count = linux_epoll_wait(epoll, events.baseAddress, CInt(events.count), max(0, due - now))
        for event in events.prefix(Int(max(0, count))) {
            var what: CInt = 0
            if event.what & UInt32(LINUX_READABLE) != 0 { what |= CURL_CSELECT_IN }
            if event.what & UInt32(LINUX_WRITABLE) != 0 { what |= CURL_CSELECT_OUT }
            if event.what & UInt32(LINUX_BROKEN) != 0 { what |= CURL_CSELECT_ERR }
            act(event.fd, what)
        }
    }

    private func handle() throws -> UnsafeMutableRawPointer {
        if let handle = idle.popLast() {
            // No two probes have the same address.
            monitord_set_text(handle, CURLOPT_URL, url)
            return handle
        }
        guard let easy = curl_easy_init() else { throw Trouble("libcurl has no memory for a transfer") }
        monitord_set_text(easy, CURLOPT_URL, url)
        monitord_set_text(easy, CURLOPT_PROXY, "")
        monitord_set_long(easy, CURLOPT_NOSIGNAL, 1)
        monitord_set_long(easy, CURLOPT_TIMEOUT_MS, 1000)
        monitord_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        monitord_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        monitord_set_write(easy, CURLOPT_WRITEFUNCTION, discard)
        handles.append(easy)
        return easy
    }

    private func act(_ socket: curl_socket_t, _ what: CInt) {
        var running: CInt = 0
        curl_multi_socket_action(multi, socket, what, &running)
    }

    private func collect() {
        var rest: CInt = 0
        while let message = curl_multi_info_read(multi, &rest) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            if message.pointee.data.result != CURLE_OK { failed += 1 }
            curl_multi_remove_handle(multi, easy)
            idle.append(easy)
            finished += 1
        }
    }

    fileprivate func uptime() -> Int64 { site.clock.now().uptime.nanoseconds }

    private func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    fileprivate func watch(_ socket: curl_socket_t, _ what: CInt, isKnown: Bool) {
        guard what != CURL_POLL_REMOVE else {
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

private let discard: curl_write_callback = { _, size, count, _ in size * count }

private let watchSocket: curl_socket_callback = { _, socket, what, context, known in
    guard let context else { return -1 }
    Unmanaged<BareLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what, isKnown: known != nil)
    return 0
}

private let setTimer: curl_multi_timer_callback = { _, milliseconds, context in
    guard let context else { return -1 }
    let loop = Unmanaged<BareLoop>.fromOpaque(context).takeUnretainedValue()
    loop.curlDue = milliseconds < 0 ? nil : loop.uptime() + Int64(milliseconds) * 1_000_000
    return 0
}
