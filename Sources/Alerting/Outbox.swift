import Model

/// The rows of one incident to one target: they go out in order; see `Outbox.heads`.
struct Lane: Hashable, Comparable, Sendable {
    var incident: String
    var target: String
    static func < (a: Lane, b: Lane) -> Bool { (a.incident, a.target) < (b.incident, b.target) }
}

/// What waits to be delivered: unsettled rows in their lanes, and when each lane's head is due.
struct Outbox: Sendable {
    private(set) var rows: [Int64: OutboxRow] = [:]
    private(set) var lanes: [Lane: [Int64]] = [:]
    private var lanesOfIncident: [String: Set<String>] = [:]
    /// Lane heads by the time they are due; entries that are no longer true are passed over when they come up.
    var queue = DueQueue<Int64>()
    /// Due rows of a channel that has enough attempts in flight.
    private var parked: [String: [Int64]] = [:]
    private var inFlight: [String: Int] = [:]
    private var inFlightTo: [String: Int] = [:]
    /// Settled rows that nobody has looked at: given up.
    var deadCount = 0
    var attempts: [String: [String: Int]] = [:]
    var lastID: Int64 = 0
    /// `Defects.ignoresLanes`
    var ignoresLanes = false

    /// The rows of a lane whose turn it is: the first, and the first resolve of each page if nothing of that page stands before it.
    /// A resolve that is held while its page is in doubt must not hold up a newer page, nor the resolve of that one.
    func heads(of lane: Lane) -> [OutboxRow] {
        let waiting = rows(in: lane)
        if ignoresLanes { return waiting }
        return waiting.enumerated().filter { index, row in
            waiting[..<index].allSatisfy { earlier in
                earlier.page != row.page && (earlier.kind == .resolve || row.kind == .resolve)
            }
        }.map(\.element)
    }
    func isHead(_ row: OutboxRow) -> Bool {
        heads(of: Lane(incident: row.incident, target: row.target)).contains { $0.id == row.id }
    }
    func rows(in lane: Lane) -> [OutboxRow] { (lanes[lane] ?? []).compactMap { rows[$0] } }
    func rows(of incident: String) -> [OutboxRow] {
        targets(of: incident).sorted().flatMap { rows(in: Lane(incident: incident, target: $0)) }
    }
    func hasRows(of incident: String) -> Bool { lanesOfIncident[incident] != nil }
    func targets(of incident: String) -> Set<String> { lanesOfIncident[incident] ?? [] }
    func inFlight(of channel: String) -> Int { inFlight[channel, default: 0] }
    func inFlight(to target: String) -> Int { inFlightTo[target, default: 0] }

    mutating func put(_ row: OutboxRow) {
        let lane = Lane(incident: row.incident, target: row.target)
        let old = rows[row.id]
        let change = (row.phase == .inflight ? 1 : 0) - (old?.phase == .inflight ? 1 : 0)
        if change != 0 {
            inFlight[row.channel, default: 0] += change
            inFlightTo[row.target, default: 0] += change
        }
        if row.isSettled {
            rows[row.id] = nil
            lanes[lane]?.removeAll { $0 == row.id }
            if lanes[lane]?.isEmpty == true {
                lanes[lane] = nil
                lanesOfIncident[row.incident]?.remove(row.target)
                if lanesOfIncident[row.incident]?.isEmpty == true { lanesOfIncident[row.incident] = nil }
            }
            if row.phase == .dead { deadCount += 1 }
        } else {
            if old == nil {
                lanes[lane, default: []].append(row.id)
                lanesOfIncident[row.incident, default: []].insert(row.target)
            }
            rows[row.id] = row
        }
        for head in heads(of: lane) where head.phase == .pending {
            queue.insert(head.id, at: head.notBefore, tie: head.precedence)
        }
    }

    mutating func park(_ id: Int64, channel: String) { parked[channel, default: []].append(id) }

    /// An attempt of the channel ended: what waited for its place is due again, all of it at once, so that precedence decides.
    mutating func unparkAll(now: Timestamp) {
        for channel in parked.keys.sorted() { unpark(channel: channel, now: now) }
    }
    mutating func unpark(channel: String, now: Timestamp) {
        for id in parked.removeValue(forKey: channel) ?? [] {
            guard let row = rows[id] else { continue }
            queue.insert(id, at: max(now, row.notBefore), tie: row.precedence)
        }
    }
}
