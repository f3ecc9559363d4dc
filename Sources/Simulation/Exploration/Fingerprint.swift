import Alerting
import Model

/// What of a state decides what can follow it, and what checks will say, as a hash.
///
/// Left out is what no decision looks at: texts, versions, when something was opened; and how channels are, for no budget has as many
/// failures in a row as it takes to leave one alone. Ids are numbered in the order of their times,
/// and pages are counted from the present one of their incident. Rows count in the order of their lane: lanes do not wait for each
/// other. How much trouble is left is not part of it: see `VisitedStates`.
///
/// Of a time that is to come count how long until then, and its place among all others. How long is exact in the last second, by the
/// second in the last quarter of a minute, and to the nearest quarter of a minute before: a run takes 10 ms and the first retries come
/// within seconds, and by these what was set later or earlier differs, which matters only where it changes what comes first.
struct Fingerprint {
    private var high: UInt64 = 0x243F_6A88_85A3_08D3
    private var low: UInt64 = 0x1319_8A2E_0370_7344
    /// The incidents in the order of their ids, with their present pages.
    private var incidents: [(id: String, page: Int)] = []
    private var deadlines: [Int64] = []
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
        add(bits << 8 | count)
    }
    /// Flags as one number.
    private func bits(_ flags: Bool...) -> Int { flags.reduce(0) { $0 << 1 | ($1 ? 1 : 0) } }

    /// Until then; what is past is due.
    private mutating func add(until time: Timestamp) {
        let left = max(0, (time - now).microseconds)
        switch left {
        case ..<1_000_000: add(Int(left))
        case ..<15_000_000: add(Int(left / 1_000_000 * 1_000_000))
        default: add(Int((left + 7_500_000) / 15_000_000 * 15_000_000))
        }
        deadlines.append(left)
    }

    /// The place of each time among all.
    private mutating func addOrder() {
        let order = deadlines.indices.sorted { (deadlines[$0], $0) < (deadlines[$1], $1) }
        for (place, index) in order.enumerated() {
            add(index)
            if place > 0 { add(deadlines[order[place - 1]] == deadlines[index] ? 1 : 0) }
        }
    }

    private func number(_ id: String) -> Int { incidents.firstIndex { $0.id == id } ?? -1 }
    private func page(_ page: Int, of incident: Int) -> Int { incident < 0 ? page : incidents[incident].page - page }

    // MARK: The parts

    private mutating func add(_ state: ExploredState) {
        let all = state.core.everything()
        let content = state.mirror.now
        incidents = all.incidents.map { ($0.id, $0.page) }
        for id in state.lost.map(\.row.incident) + content.open where number(id) < 0 { incidents.append((id, 0)) }
        incidents.sort { $0.id < $1.id }
        for alert in all.alerts { add(alert, state) }
        for incident in all.incidents { add(incident) }
        add(all.timers, all)
        for silence in all.silences {
            add(until: silence.startsAt)
            add(until: silence.endsAt)
        }
        add(-2)
        for told in all.told { add(told, all) }
        add(-3)
        for row in all.outbox.sorted(by: { ($0.incident, $0.target, $0.id) < ($1.incident, $1.target, $1.id) }) {
            add(row, all)
        }
        add(-4)
        for incident in incidents.indices { addSaid(of: incident, content, state.receivers) }
        add(-5)
        addReceivers(state)
        add(state.latest[ExploredScene.parent]?.outcome == .ok ? 1 : 0)
        addOrder()
    }

    private mutating func add(_ alert: Alert, _ state: ExploredState) {
        add(alert.key.probe)
        add(alert.phase.rawValue)
        let parent = state.latest[ExploredScene.parent]
        // The parent is to be looked at first.
        let isUnseen =
            alert.key.probe == ExploredScene.child && alert.phase != .ok && parent != nil
            && parent!.started < alert.badSince ?? alert.firedAt ?? alert.since
        // No rule of the scene looks at more than the latest result, and to flap takes six changes.
        add(
            bits(
                alert.level == .critical, alert.level == .warning, alert.badBits & 1 == 1, alert.criticalBits & 1 == 1,
                alert.freshAfter != nil, isUnseen))
        add(alert.suppression?.kind.rawValue ?? "")
        for id in alert.incidents { add(number(id)) }
    }

    private mutating func add(_ incident: Incident) {
        add(number(incident.id))
        add(incident.phase.rawValue)
        add(bits(incident.level == .critical, incident.isAnnounced))
        add(incident.nextStep)
        for step in incident.ranSteps { add(step) }
        if incident.nextStep < incident.policy.steps.count {
            add(until: incident.stepsFrom + incident.policy.steps[incident.nextStep].after)
        }
        for member in incident.members.sorted(by: { $0.key < $1.key }) {
            add(member.key.probe)
            add(bits(member.level == .critical, member.resolvedAt != nil))
        }
    }

    private mutating func add(_ timers: [TimerRow], _ all: Decision) {
        let numbered = timers.map { timer in
            (kind: TimerRow.Kind.allCases.firstIndex(of: timer.key.kind) ?? -1, owner: number(timer.key.owner), timer: timer)
        }
        let sorted = numbered.sorted { ($0.kind, $0.owner, $0.timer.key.owner) < ($1.kind, $1.owner, $1.timer.key.owner) }
        for (kind, owner, timer) in sorted {
            add(kind)
            add(owner)
            // An alert; the one silence needs no name.
            if timer.key.kind == .hold || timer.key.kind == .confirm { add(timer.key.owner) }
            add(until: timer.due)
            if owner >= 0 { add(all.incidents.contains { $0.id == timer.key.owner && $0.epoch == timer.epoch } ? 1 : 0) }
        }
        add(-1)
    }

    private mutating func add(_ told: Told, _ all: Decision) {
        let incident = number(told.incident)
        add(incident)
        add(told.target)
        add(page(told.page, of: incident))
        add(
            bits(
                told.level == .critical, told.isInDoubt, told.resolvedAt != nil,
                isUpToDate(told.row, told.incident, all)))
        // A resolve is held so long after the page.
        if told.isInDoubt, told.resolvedAt == nil { add(until: told.at + .seconds(90)) }
    }

    /// After the message of that row nothing changed.
    private func isUpToDate(_ row: Int64?, _ id: String, _ all: Decision) -> Bool {
        guard let row, let changed = all.incidents.first(where: { $0.id == id })?.changedAfter else { return false }
        return row > changed
    }

    private mutating func add(_ row: OutboxRow, _ all: Decision) {
        let incident = number(row.incident)
        add(incident)
        add(row.target)
        add(row.kind.rawValue)
        add(page(row.page, of: incident))
        add(
            bits(
                row.level == .critical, row.phase == .pending, row.isInDoubt,
                row.kind == .trigger && isUpToDate(row.id, row.incident, all)))
        // Never, once, more often: later ones only wait longer.
        add(min(row.tries, 2))
        if row.phase == .pending { add(until: row.notBefore) }
    }

    // MARK: What was said, and arrived

    /// What checks will ask of messages that are settled: by lane and page whether it was told, and how often it was ended.
    private mutating func addSaid(of incident: Int, _ content: Mirror.Content, _ receivers: Receivers) {
        let id = incidents[incident].id
        var said: [Said] = []
        for number in content.rowsOfIncident[id] ?? [] {
            guard let row = content.rows[number] else { continue }
            // Of pages before the one that was told nothing is said any more.
            guard row.page >= content.told[id]?[row.target]?.page ?? 0 else { continue }
            let index = said.firstIndex { $0.page == row.page && $0.target == row.target } ?? said.count
            if index == said.count { said.append(Said(target: row.target, page: row.page)) }
            said[index].count(row, receivers)
        }
        for facts in said.sorted(by: { ($0.target, $0.page) < ($1.target, $1.page) }) {
            add(incident)
            add(facts.target)
            add(page(facts.page, of: incident))
            add(facts.bits)
        }
    }

    private struct Said {
        let target: String
        let page: Int
        private var isTold = false
        private var ends = 0
        private var isEnded = false
        private var isKnown = false
        private var isSaid = false
        private var delayed = 0
        private var claims = 0

        init(target: String, page: Int) {
            self.target = target
            self.page = page
        }

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
            case .update, .acknowledge, .test, .digest, .change: break
            }
            guard row.phase == .done else { return }
            // It counts as accepted and never arrived, or more than once.
            let times = receivers.applied[row.idempotencyKey, default: 0]
            if times == 0 || times > 1 && !row.isInDoubt { claims += 1 }
        }
        var bits: Int {
            [isTold, isEnded, isKnown, isSaid].reduce(min(ends, 7) << 16 | min(delayed, 7) << 12 | min(claims, 7) << 8) {
                $0 << 1 | ($1 ? 1 : 0)
            }
        }
    }

    /// Pages that are open, and those that a trigger may still open: a second time would wake somebody. And what may still arrive.
    private mutating func addReceivers(_ state: ExploredState) {
        var pages: [(incident: Int, page: Int, isOpen: Bool)] = []
        for key in state.receivers.opened.keys {
            let parts = key.utf8.split(separator: UInt8(ascii: "-"))
            let id = String(Substring(parts[1]))
            let number = Int(Substring(parts[2])) ?? 0
            let isOpen = state.receivers.open.contains(key)
            if isOpen || mayOpen(id, number, state) {
                pages.append((self.number(id), page(number, of: self.number(id)), isOpen))
            }
        }
        for page in pages.sorted(by: { ($0.incident, $0.page) < ($1.incident, $1.page) }) {
            add(page.incident)
            add(page.page)
            add(page.isOpen ? 1 : 0)
        }
        add(-6)
        let lost = state.lost.map { entry in
            let incident = number(entry.row.incident)
            return (incident, page(entry.row.page, of: incident), entry.row.kind == .resolve ? 1 : 0, entry.until)
        }
        for entry in lost.sorted(by: { ($0.0, $0.1, $0.2, $0.3) < ($1.0, $1.1, $1.2, $1.3) }) {
            add(entry.0)
            add(entry.1)
            add(entry.2)
            add(until: entry.3)
        }
    }

    /// A trigger of the page may still come.
    private func mayOpen(_ id: String, _ page: Int, _ state: ExploredState) -> Bool {
        let content = state.mirror.now
        func opens(_ row: OutboxRow) -> Bool { row.kind == .trigger && row.page == page && row.incident == id }
        return content.incidents[id].map { $0.isOpen && $0.page == page } ?? false
            || state.lost.contains { opens($0.row) } || content.waiting.contains { content.rows[$0].map(opens) ?? false }
    }
}
