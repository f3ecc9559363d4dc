import Config
import Model
import Synchronization
import Transfer

/// Calls a dead man's switch outside, as long as the daemon does its work: whoever watches it raises the alarm when no call comes.
/// It stays silent while the loop, the keeper or the courier stands still, or nothing can be stored.
package struct Heartbeat: Sendable {
    private static let timeout = Duration.seconds(10)
    /// How soon a change of the configuration is seen.
    private static let look = Duration.seconds(5)

    let daemon: Daemon
    let log: Log

    package init(daemon: Daemon, log: Log) {
        self.daemon = daemon
        self.log = log
    }

    /// Runs until its task is cancelled.
    package func run() async {
        var last: (settings: HeartbeatSettings, at: Uptime)?
        while !Task.isCancelled {
            let settings = daemon.present.withLock { $0.configuration.heartbeat }
            let now = daemon.clock.now()
            if let settings {
                let isDue = last.map { $0.settings != settings || now.uptime - $0.at >= settings.every } ?? true
                if isDue {
                    last = (settings, now.uptime)
                    await call(settings)
                }
            } else {
                last = nil
            }
            do { try await Task.sleep(for: min(settings?.every ?? Heartbeat.look, Heartbeat.look)) } catch { return }
        }
    }

    private func call(_ settings: HeartbeatSettings) async {
        if let why = daemon.stalls().first ?? daemon.storageProblem {
            return note("it is not called, for the daemon needs help: \(why)")
        }
        let request = HTTPRequest(
            method: "GET", url: settings.url, headers: [Header("User-Agent", "monitord")], timeout: Heartbeat.timeout,
            maxRedirects: 0, maxBodyBytes: 64 * 1024, tls: TLSOptions(caFile: settings.caFile))
        let reply = await Once<TransferReply>.wait { once in daemon.transfers.start(.http(request)) { once.answer($0) } }
        switch reply.status {
        case 200...299: note(nil)
        case 0: note("it cannot be reached: \(reply.error?.detail ?? "the exchange ended without an answer")")
        default: note("it answers with status \(reply.status)")
        }
    }

    /// Says what is wrong when that changes.
    private func note(_ problem: String?) {
        let now = daemon.clock.now().wall
        let before = daemon.present.withLock { present -> String? in
            defer { present.heartbeatProblem = problem }
            if problem == nil { present.heartbeatAt = now }
            return present.heartbeatProblem
        }
        guard problem != before else { return }
        log.write(problem == nil ? .notice : .warning, "watchdog address: \(problem ?? "it takes calls again")", at: now)
    }
}
