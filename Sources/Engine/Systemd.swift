import CLinux

/// The service manager, where there is one: sd_notify(3). Without `NOTIFY_SOCKET` every call does nothing.
package struct ServiceManager: Sendable {
    private let address: String?
    /// Half of `WATCHDOG_USEC`: the manager ends a service that has not been heard of for the whole of it.
    package let watchdogInterval: Duration?

    package init(environment: (String) -> String?) {
        address = environment("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        watchdogInterval = environment("WATCHDOG_USEC").flatMap(Int64.init).map { .microseconds($0) / 2 }
    }

    /// Sends lines such as `READY=1`; returns what went wrong.
    @discardableResult
    package func notify(_ lines: String...) -> String? {
        guard let address else { return nil }
        let code = linux_notify(address, lines.joined(separator: "\n"))
        return code < 0 ? "the service manager cannot be told: \(String(cString: linux_error_text(-code)))" : nil
    }
}
