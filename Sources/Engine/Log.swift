import Glibc
package import Model

/// Lines to standard error: one a state change. Under systemd they begin with a journal priority.
package struct Log: Sendable {
    package enum Priority: Int, Sendable {
        case critical = 2, error, warning, notice, info
    }
    private let isJournal: Bool

    package init(environment: (String) -> String?) { isJournal = environment("JOURNAL_STREAM") != nil }

    package func write(_ priority: Priority, _ text: String, at now: Timestamp) {
        let clean = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) })
        StandardError.print(isJournal ? "<\(priority.rawValue)>\(clean)" : "\(now) \(clean)")
    }

    /// Commands are logged by the server, which takes them.
    package func write(_ record: Record) {
        guard record.kind != .command else { return }
        let incident = record.incident.map { $0.isEmpty ? "" : " incident=\($0)" } ?? ""
        let priority: Priority = record.isAlarm ? .critical : record.kind == .storage ? .error : .info
        write(priority, "\(record.kind.rawValue): \(record.text)\(incident)", at: record.at)
    }
}

/// Lines to descriptor 2, each in one piece.
package enum StandardError {
    package static func print(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            // Nobody reads it: there is nowhere to say so.
            guard written > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }
}
