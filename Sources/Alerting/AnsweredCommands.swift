import Model

/// Commands that were answered under an id, by it, the oldest first.
struct AnsweredCommands: Sendable {
    private var byID: [String: CommandRow] = [:]
    private var order: [String] = []

    subscript(id: String) -> CommandRow? { byID[id] }
    var rows: [CommandRow] { order.compactMap { byID[$0] } }

    mutating func insert(_ row: CommandRow) {
        if byID.updateValue(row, forKey: row.id) == nil { order.append(row.id) }
    }

    /// Forgets those that are too old, and the oldest of too many.
    mutating func forget(now: Timestamp) {
        let excess = order.count - CommandRow.maximum
        let old = order.enumerated().prefix { index, id in
            index < excess || byID[id].map { now - $0.at > CommandRow.kept } ?? true
        }.count
        guard old > 0 else { return }
        for id in order.prefix(old) { byID[id] = nil }
        order.removeFirst(old)
    }
}

/// When each of the latest of something happened.
struct RecentTimes: Sendable {
    static let kept = 1000
    private var times: [String: Timestamp] = [:]
    private var order: [String] = []

    mutating func insert(_ name: String, at time: Timestamp) {
        if times.updateValue(time, forKey: name) == nil { order.append(name) }
        guard order.count > RecentTimes.kept else { return }
        times[order.removeFirst()] = nil
    }

    /// Those whose names begin so.
    func beginning(with prefix: String) -> [(name: String, at: Timestamp)] {
        order.filter { $0.hasPrefix(prefix) }.compactMap { name in times[name].map { (name, $0) } }
    }
}
