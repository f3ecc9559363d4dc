import Model

/// When what must happen soon has had its time: true times, of which sleep, downtime and a clock that was set count anew.
struct Bounds {
    /// Within this a page is accepted whose channel is well: some retries at a minute's distance, and what waits before it.
    static let accepted = Duration.seconds(1200)

    private var written: [Int64: Int64] = [:]
    /// The daemon has been up, awake and undisturbed since then.
    private var since: Int64 = 0
    /// Until then a receiver has asked to be left alone, whichever process it asked.
    private var floors: [String: Int64] = [:]

    mutating func begin(at time: Int64) { since = max(since, time) }
    mutating func note(_ rows: Set<Int64>, now: Int64) { for row in rows { written[row] = now } }
    mutating func settled(_ settlement: Settlement, channel: String, now: Int64) {
        if case .retry(_, let after?) = settlement.verdict {
            floors[channel] = max(floors[channel] ?? 0, now + min(after, .seconds(3600)).microseconds)
        }
    }

    func up(_ now: Int64) -> Duration { .microseconds(now - since) }

    /// How long a message has had to be accepted, on a channel that was well all the time.
    func hadTime(_ row: OutboxRow, _ network: Network, now: Int64) -> Duration? {
        guard let written = written[row.id], let well = network.wellSince(row.channel) else { return nil }
        return .microseconds(now - max(written, since, well, floors[row.channel] ?? 0))
    }
}

extension Mirror {
    /// What is due has been done.
    func overdue(at time: Timestamp) -> [String] {
        now.timers.values.filter { $0.due <= time }.map { "due at \($0.due) and not done at \(time): \($0)" }
    }

    /// A page is accepted in time where its channel is well; and whoever has not had it in time on one channel has it on the next.
    func late(_ bounds: Bounds, _ network: Network, now time: Int64) -> [String] {
        var found: [String] = []
        for id in now.waiting {
            guard let row = now.rows[id], row.kind == .trigger, !forgotten.contains(row.incident) else { continue }
            if let had = bounds.hadTime(row, network, now: time), had > Bounds.accepted {
                found.append("trigger \(id) to \(row.target) is not accepted although all has been well for \(had.short)")
            }
            checkFailover(of: row, bounds, time, &found)
        }
        for id in now.open where !forgotten.contains(id) { checkFallback(of: id, &found) }
        return found
    }

    private func checkFailover(of row: OutboxRow, _ bounds: Bounds, _ time: Int64, _ found: inout [String]) {
        guard !row.contacts.isEmpty, let incident = now.incidents[row.incident], incident.phase == .open, !isHeld(incident),
            incident.page == row.page
        else { return }
        let isPlanned = now.timers[TimerRow.Key(kind: .failover, owner: "\(row.id)")] != nil
        guard !isPlanned else { return }
        let rows = now.rows(of: incident.id).filter { $0.kind == .trigger && $0.page == row.page && $0.id != row.id }
        for contact in row.contacts.compactMap({ people.contacts[$0] }) {
            let isCovered = incident.fallbackPage == incident.page || rows.contains { people.isFor(contact, $0) }
            if !isCovered {
                found.append("\(contact.name) is not told of \(incident.id) by another channel than \(row.channel)")
            }
        }
    }

    /// Where every page of an incident that ran through its policy was given up, the fallback contact has it.
    private func checkFallback(of id: String, _ found: inout [String]) {
        guard people.fallback != nil, let incident = now.incidents[id], incident.phase == .open, !isHeld(incident),
            incident.nextStep >= incident.policy.steps.count, incident.fallbackPage < incident.page
        else { return }
        let pages = now.rows(of: id).filter { $0.kind == .trigger && $0.page == incident.page }
        if !pages.isEmpty, pages.allSatisfy({ $0.phase == .dead }) {
            found.append("every page of \(id) was given up and the fallback contact is not told")
        }
    }
}
