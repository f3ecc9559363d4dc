import Alerting
import Model

/// States that behave alike have one fingerprint: ids are numbered in the order of their rows, times are distances from now in
/// coarse steps, and what no decision looks at is left out.
struct Fingerprint {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private var names: [String: Int] = [:]
    private let now: Timestamp

    static func of(_ state: ExploredState) -> UInt64 {
        var print = Fingerprint(now: state.now.wall)
        print.add(state)
        return print.hash
    }

    private init(now: Timestamp) { self.now = now }

    /// Between these limits nothing that is due differs: retries, the hold of a parent, the hold of a doubt, updates, the echo.
    private static let limits: [Duration] = [
        .zero, .seconds(1), .seconds(2), .seconds(4), .seconds(11), .seconds(30), .seconds(60), .seconds(90), .seconds(300),
        .seconds(600), .seconds(700), .seconds(3600),
    ]

    private mutating func add(_ number: Int) {
        hash = (hash ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01B3
        hash ^= hash >> 29
    }
    private mutating func add(_ flag: Bool) { add(flag ? 1 : 2) }
    private mutating func add(_ text: String) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        add(-1)
    }
    private mutating func add(name: String) { add(names[name] ?? -1) }
    private mutating func add(distance time: Timestamp?) {
        guard let time else { return add(-2) }
        let distance = time - now
        add(Fingerprint.limits.firstIndex { distance <= $0 } ?? Fingerprint.limits.count)
    }
    /// How long ago.
    private mutating func add(age time: Timestamp) {
        let age = now - time
        add(Fingerprint.limits.firstIndex { age <= $0 } ?? Fingerprint.limits.count)
    }

    private mutating func add(_ state: ExploredState) {
        let all = state.core.everything()
        let settled = state.mirror.now.rows.values.filter(\.isSettled)
        let ids = Set(all.incidents.map(\.id)).union(state.lost.map(\.row.incident))
        for id in ids.sorted() { names[id] = names.count }
        for alert in all.alerts { add(alert) }
        for incident in all.incidents { add(incident) }
        for timer in all.timers {
            add(timer.key.kind.rawValue)
            if names[timer.key.owner] == nil { add(timer.key.owner) } else { add(name: timer.key.owner) }
            add(distance: timer.due)
        }
        for row in all.outbox { add(row) }
        for told in all.told {
            add(name: told.incident)
            add(told.target)
            add(told.page)
            add(told.isInDoubt)
            add(told.resolvedAt != nil)
            if told.isInDoubt { add(age: told.at) }
        }
        for silence in all.silences {
            add(silence.phase(at: now).rawValue)
            add(distance: silence.endsAt)
        }
        for row in state.underWay { add(Int(row.id - (all.outbox.first?.id ?? 0))) }
        for lost in state.lost.sorted(by: { $0.row.id < $1.row.id }) {
            add(lost.row)
            add(distance: lost.until)
        }
        add(state, settled)
    }

    /// What receivers hold, what was claimed and never arrived, and what may still happen.
    private mutating func add(_ state: ExploredState, _ settled: [OutboxRow]) {
        for (key, times) in state.receivers.opened.sorted(by: { $0.key < $1.key }) {
            let parts = key.split(separator: "-")
            guard parts.count == 3, names[String(parts[1])] != nil || state.receivers.open.contains(key) else { continue }
            add(name: String(parts[1]))
            add(String(parts[2]))
            add(times)
            add(state.receivers.open.contains(key))
        }
        add(settled.count { $0.phase == .done && state.receivers.applied[$0.idempotencyKey] == nil })
        for probe in state.latest.keys.sorted() { add(state.latest[probe]!.outcome.rawValue) }
        add(state.left.results)
        add(state.left.commands)
        add(state.left.crashes)
        add(state.left.losses)
        add(state.left.failures)
    }

    private mutating func add(_ alert: Alert) {
        add(alert.key.description)
        add(alert.phase.rawValue)
        add(alert.level?.rawValue ?? "")
        add(Int(alert.badBits & 3) * 4 + Int(alert.criticalBits & 3))
        add(alert.suppression?.kind.rawValue ?? "")
        add(alert.freshAfter != nil)
        for id in alert.incidents { add(name: id) }
    }

    private mutating func add(_ incident: Incident) {
        add(name: incident.id)
        add(incident.phase.rawValue)
        add(incident.level.rawValue)
        add(incident.page)
        add(incident.nextStep)
        for step in incident.ranSteps { add(step) }
        add(incident.isAnnounced)
        add(distance: incident.stepsFrom)
        for member in incident.members {
            add(member.key.description)
            add(member.level.rawValue)
            add(member.resolvedAt != nil)
        }
    }

    private mutating func add(_ row: OutboxRow) {
        add(name: row.incident)
        add(row.target)
        add(row.kind.rawValue)
        add(row.page)
        add(row.phase.rawValue)
        add(row.isInDoubt)
        add(min(row.tries, 3))
        add(distance: row.notBefore)
    }
}
