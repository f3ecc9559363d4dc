import Alerting
import Model

/// What of a state decides what can follow it, and what checks will say, as a hash.
///
/// Left out is what no decision looks at: texts, versions, when something was opened. Ids are numbered in the order of their times,
/// pages are counted from the present one of their incident, and times are distances from now, exact to the microsecond. What is
/// past and could be any time ago is just past. Rows count in the order of their lane: lanes do not wait for each other. How much
/// trouble is left is not part of it: see `VisitedStates`.
struct Fingerprint {
    private var high: UInt64 = 0x243F_6A88_85A3_08D3
    private var low: UInt64 = 0x1319_8A2E_0370_7344
    private var names: [String: Int] = [:]
    private var pages: [String: Int] = [:]
    private let now: Timestamp

    static func of(_ state: ExploredState) -> StateKey {
        var print = Fingerprint(now: state.now.wall)
        print.add(state)
        return StateKey(high: print.high, low: print.low)
    }

    private init(now: Timestamp) { self.now = now }

    // MARK: Values

    /// Two multiplications that know nothing of each other, each followed by a turn of what its high bits are.
    private mutating func add(_ number: Int) {
        let bits = UInt64(bitPattern: Int64(number))
        high = (high ^ bits) &* 0x9FB2_1C65_1E98_DF25
        high ^= high >> 29
        low = (low &+ bits ^ 0xD6E8_FEB8_6659_FD93) &* 0xE703_7ED1_A0B4_28DB
        low ^= low >> 32
    }
    private mutating func add(_ flag: Bool) { add(flag ? 1 : 2) }
    private mutating func add(_ text: String) {
        var bits = 0
        var count = 0
        for byte in text.utf8 {
            bits = bits << 8 | Int(byte)
            count += 1
            if count & 7 == 0 {
                add(bits)
                bits = 0
            }
        }
        add(bits)
        add(count)
    }
    /// Until then; what is past is due.
    private mutating func add(until time: Timestamp) { add(Int(max(.zero, time - now).microseconds)) }
    /// Since then, up to where nobody asks any more.
    private mutating func add(since time: Timestamp, upTo limit: Duration) {
        add(Int(min(limit, now - time).microseconds))
    }

    // MARK: The parts

    private mutating func add(_ state: ExploredState) {
        let all = state.core.everything()
        for incident in all.incidents { pages[incident.id] = incident.page }
        let ids = Set(all.incidents.map(\.id)).union(state.lost.map(\.row.incident)).union(state.mirror.now.open)
        for id in ids.sorted() { names[id] = names.count }
        for alert in all.alerts { add(alert, state) }
        for incident in all.incidents { add(incident) }
        add(-1)
        for timer in all.timers.sorted(by: { ($0.key.kind.rawValue, name($0.key.owner)) < ($1.key.kind.rawValue, name($1.key.owner)) }) {
            add(timer, all)
        }
        add(-2)
        for silence in all.silences {
            add(until: silence.startsAt)
            add(until: silence.endsAt)
        }
        add(-3)
        for told in all.told { add(told) }
        add(-4)
        for row in all.outbox.sorted(by: { ($0.incident, $0.target, $0.id) < ($1.incident, $1.target, $1.id) }) { add(row) }
        add(-5)
        for id in names.keys.sorted() { addSaid(of: id, state) }
        add(-6)
        addReceivers(state)
        add(state.latest[ExploredScene.parent]?.outcome == .ok)
    }

    private func name(_ owner: String) -> String { names[owner].map { "\($0)" } ?? (owner.contains("/") ? owner : "") }
    private mutating func add(name id: String) { add(names[id] ?? -1) }
    private mutating func add(page: Int, of incident: String) { add((pages[incident] ?? 0) - page) }

    private mutating func add(_ alert: Alert, _ state: ExploredState) {
        add(alert.key.probe)
        add(alert.phase.rawValue)
        add(alert.level?.rawValue ?? "")
        // No rule of the scene looks at more than the latest result, and to flap takes six changes.
        add(Int(alert.badBits & 1) * 2 + Int(alert.criticalBits & 1))
        add(alert.suppression?.kind.rawValue ?? "")
        add(alert.freshAfter != nil)
        for id in alert.incidents { add(name: id) }
        if alert.key.probe == ExploredScene.child, alert.phase != .ok, let parent = state.latest[ExploredScene.parent] {
            // The parent is to be looked at first.
            add(parent.started < alert.badSince ?? alert.firedAt ?? alert.since)
        }
    }

    private mutating func add(_ incident: Incident) {
        add(name: incident.id)
        add(incident.phase.rawValue)
        add(incident.level.rawValue)
        add(incident.nextStep)
        for step in incident.ranSteps { add(step) }
        add(incident.isAnnounced)
        if incident.nextStep < incident.policy.steps.count { add(Int((incident.stepsFrom - now).microseconds)) }
        for member in incident.members.sorted(by: { $0.key < $1.key }) {
            add(member.key.probe)
            add(member.level.rawValue)
            add(member.resolvedAt != nil)
        }
    }

    private mutating func add(_ timer: TimerRow, _ all: Decision) {
        add(timer.key.kind.rawValue)
        add(name(timer.key.owner))
        add(until: timer.due)
        if let incident = all.incidents.first(where: { $0.id == timer.key.owner }) { add(incident.epoch == timer.epoch) }
    }

    private mutating func add(_ told: Told) {
        add(name: told.incident)
        add(told.target)
        add(page: told.page, of: told.incident)
        add(told.level.rawValue)
        add(told.isInDoubt)
        add(told.resolvedAt != nil)
        // A resolve is held so long after the page.
        if told.isInDoubt, told.resolvedAt == nil { add(since: told.at, upTo: .seconds(90)) }
    }

    private mutating func add(_ row: OutboxRow) {
        add(name: row.incident)
        add(row.target)
        add(row.kind.rawValue)
        add(page: row.page, of: row.incident)
        add(row.level.rawValue)
        add(row.phase.rawValue)
        add(row.isInDoubt)
        add(row.tries)
        if row.phase == .pending { add(until: row.notBefore) }
    }

    /// What checks will ask of messages that are settled: by lane and page whether it was told, and how often it was ended.
    private mutating func addSaid(of id: String, _ state: ExploredState) {
        let content = state.mirror.now
        var said: [Said: Said.Facts] = [:]
        for number in content.rowsOfIncident[id] ?? [] {
            guard let row = content.rows[number] else { continue }
            let told = content.told[id]?[row.target]?.page ?? 0
            // Of pages before the one that was told nothing is said any more.
            guard row.page >= told else { continue }
            said[Said(target: row.target, page: row.page), default: Said.Facts()].count(row, state.receivers)
        }
        for (place, facts) in said.sorted(by: { $0.key < $1.key }) {
            add(name: id)
            add(place.target)
            add(page: place.page, of: id)
            add(facts.bits)
        }
    }

    private struct Said: Hashable, Comparable {
        var target: String
        var page: Int
        static func < (a: Said, b: Said) -> Bool { (a.target, a.page) < (b.target, b.page) }

        struct Facts {
            private var isTold = false
            private var ends = 0
            private var isEnded = false
            private var isKnown = false
            private var isSaid = false
            private var delayed = 0
            private var claims = 0
            mutating func count(_ row: OutboxRow, _ receivers: Receivers) {
                switch row.kind {
                case .trigger:
                    if row.phase != .superseded { isSaid = true }
                    if row.phase == .done || row.phase == .dead { isKnown = true }
                    if row.isSettled, row.tries > 0 { isTold = true }
                case .resolve:
                    ends += 1
                    if row.phase == .done || row.phase == .inflight { isEnded = true }
                case .delayed: delayed += 1
                case .update, .acknowledge, .test, .digest: break
                }
                // It counts as accepted and never arrived, or more than once.
                let times = receivers.applied[row.idempotencyKey, default: 0]
                if row.phase == .done, times == 0 || times > 1 && !row.isInDoubt { claims += 1 }
            }
            var bits: Int {
                [isTold, isEnded, isKnown, isSaid].reduce(min(ends, 7) << 16 | min(delayed, 7) << 12 | min(claims, 7) << 8) {
                    $0 << 1 | ($1 ? 1 : 0)
                }
            }
        }
    }

    /// Pages that are open, and those that a trigger may still open: a second time would wake somebody. And what may still arrive.
    private mutating func addReceivers(_ state: ExploredState) {
        let content = state.mirror.now
        var mayOpen: Set<String> = Set(state.lost.filter { $0.row.kind == .trigger }.map { "md-\($0.row.incident)-\($0.row.page)" })
        for (id, page) in pages {
            if content.open.contains(id) { mayOpen.insert("md-\(id)-\(page)") }
        }
        for row in content.rows.values where row.kind == .trigger && !row.isSettled { mayOpen.insert("md-\(row.incident)-\(row.page)") }
        for key in state.receivers.open.union(mayOpen.filter { state.receivers.opened[$0] != nil }).sorted() {
            let parts = key.split(separator: "-")
            add(name: String(parts[1]))
            add(page: Int(parts[2]) ?? 0, of: String(parts[1]))
            add(state.receivers.open.contains(key))
        }
        add(-7)
        let lost = state.lost.map { entry in
            [
                names[entry.row.incident] ?? -1, (pages[entry.row.incident] ?? 0) - entry.row.page,
                entry.row.kind == .resolve ? 1 : 0, Int((entry.until - now).microseconds),
            ]
        }
        for entry in lost.sorted(by: { $0.lexicographicallyPrecedes($1) }) { for part in entry { add(part) } }
    }
}
