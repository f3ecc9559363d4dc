import Model

/// `monitordctl outbox`: what waits, and what was given up, the oldest first.
enum OutboxText {
    static func lines(_ rows: [OutboxRow], deadOnly: Bool, now: Timestamp, _ paint: Paint) -> [String] {
        guard !rows.isEmpty else {
            return [deadOnly ? "No message was given up." : "No message waits, and none was given up."]
        }
        var table = Table(["STATE", "ID", "TARGET", "KIND", "LEVEL", "AGE", "TRIES", "NEXT", "INCIDENT", "NOTE"])
        for row in rows.sorted(by: { $0.id < $1.id }) {
            let next: String
            switch row.phase {
            case .pending: next = row.notBefore <= now ? "now" : (row.notBefore - now).rough
            case .inflight, .done, .superseded, .dead: next = ""
            }
            let doubt = row.isInDoubt ? "may have arrived" : ""
            let note = [row.note, doubt].filter { !$0.isEmpty }.joined(separator: "; ")
            table.add(
                [
                    row.phase.rawValue, String(row.id), row.target, row.kind.rawValue, row.level.rawValue,
                    (now - row.createdAt).rough, String(row.tries), next, row.incident, note,
                ]
            ) { row.phase == .dead ? $0.trouble($1) : $1 }
        }
        return table.lines(paint)
    }
}
