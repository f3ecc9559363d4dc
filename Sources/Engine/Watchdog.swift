import Model

/// Tells the service manager that the daemon lives, only while it does: loop, keeper and courier made progress.
package struct Watchdog: Sendable {
    let daemon: Daemon
    let service: ServiceManager
    let log: Log

    package init(daemon: Daemon, service: ServiceManager, log: Log) {
        self.daemon = daemon
        self.service = service
        self.log = log
    }

    /// Runs until its task is cancelled.
    package func run() async {
        var known: [String] = []
        while !Task.isCancelled {
            let stalls = daemon.stalls()
            if stalls.isEmpty {
                service.notify("WATCHDOG=1")
            } else if stalls != known {
                for stall in stalls { log.write(.error, "watchdog: \(stall)", at: daemon.clock.now().wall) }
            }
            known = stalls
            do { try await Task.sleep(for: min(service.watchdogInterval ?? .seconds(5), .seconds(5))) } catch { return }
        }
    }
}
