import Alerting
import Ledger
import Model

// The end: trouble is over, and everything that is under way arrives.
extension Simulation {
    /// Receivers accept, disks store, services stay as they are. Then what is open at receivers is what fires and was told.
    mutating func calmDown() throws {
        guard problems.isEmpty else { return }
        isCalm = true
        network.heal(now: clock.elapsed)
        services.freeze()
        disk.heal()
        armed = nil
        log.add(clock.elapsed, "all is calm")
        // A process that is down, and a machine that sleeps, come back first.
        while problems.isEmpty, daemon == nil || asleepUntil > clock.elapsed, let next = happenings.next {
            try live(until: max(next, asleepUntil))
        }
        var isQuiet = false
        for _ in 0..<Simulation.calmMinutes where problems.isEmpty {
            try live(until: clock.elapsed + 60_000_000)
            isQuiet =
                daemon != nil && asleepUntil <= clock.elapsed && happenings.unapplied == 0 && !mirror.isBehind
                && daemon!.pending.isOnlySamples && mirror.now.waiting.isEmpty
            if isQuiet { break }
        }
        guard problems.isEmpty else { return }
        guard isQuiet else {
            let waiting = mirror.now.rows.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }
            return problem("messages are still on their way: \(waiting.map { "\($0.kind.rawValue) \($0.id) to \($0.target)" })")
        }
        try checkEnd()
    }

    /// The longest that a receiver may ask for is an hour; a resolve is said again ten minutes after it was held.
    private static let calmMinutes = 300

    private mutating func checkEnd() throws {
        checkAll("at the end")
        compareWithMirror(try daemon!.ledger.load(now: clock.now().wall), place: "at the end")
        for sentence in try daemon!.ledger.selfcheck() where !mirror.forgotten.contains(where: { sentence.contains($0) }) {
            problem(sentence)
        }
        for sentence in mirror.wrong(at: receivers) + mirror.unheard() { problem(sentence) }
    }
}

extension Mirror {
    /// What is open at the pager is what was told to it and is not over; what may be open there is known to be in doubt.
    func wrong(at receivers: Receivers) -> [String] {
        var found: [String] = []
        func problem(_ sentence: String) { found.append(sentence) }
        func key(_ incident: String, _ page: Int) -> String { "md-\(incident)-\(page)" }
        let unclosed = Set(
            now.rows.values.filter { $0.kind == .resolve && $0.phase == .dead }.map { key($0.incident, $0.page) })
        let told = now.told.values.flatMap(\.values).filter {
            $0.target == "pager" && $0.resolvedAt == nil && now.incidents[$0.incident]?.isOpen == true
                && !forgotten.contains($0.incident)
        }
        let wanted = Set(told.map { key($0.incident, $0.page) })
        let sure = Set(told.filter { !$0.isInDoubt }.map { key($0.incident, $0.page) })
        for page in receivers.open.subtracting(wanted).subtracting(unclosed).sorted()
        where !forgotten.contains(where: { page.contains($0) }) {
            problem("page \(page) is open at the pager and nothing fires")
        }
        for page in sure.subtracting(receivers.open).sorted() { problem("page \(page) fires and is not open at the pager") }
        for row in now.rows.values where row.phase == .done && !forgotten.contains(row.incident) {
            let times = receivers.applied[row.idempotencyKey, default: 0]
            if times == 0 { problem("\(row.kind.rawValue) \(row.id) counts as accepted by \(row.target) and never arrived") }
            if !row.isInDoubt, times > 1 { problem("\(row.kind.rawValue) \(row.id) arrived \(times) times without a doubt") }
            if row.kind == .trigger, row.target == "pager", receivers.opened[key(row.incident, row.page)] != 1 {
                problem("page \(key(row.incident, row.page)) was accepted and did not wake somebody once")
            }
        }
        return found
    }

    /// Of each open incident whose steps ran, their targets know the present page, or it was given up.
    func unheard() -> [String] {
        var found: [String] = []
        func problem(_ sentence: String) { found.append(sentence) }
        for id in now.open.sorted() where !forgotten.contains(id) {
            guard let incident = now.incidents[id], incident.phase == .open, !isHeld(incident) else { continue }
            let rows = now.rows(of: id)
            for name in Set(incident.ranSteps.flatMap { incident.policy.steps[$0].notify }).sorted()
            where !isAbout(name, incident) {
                let knows = people.isTold(name, of: incident, by: rows) {
                    ($0.phase == .done || $0.phase == .dead) && $0.page == incident.page
                }
                if !knows { problem("\(name) does not know page \(incident.page) of \(id)") }
            }
        }
        for alert in now.alerts.values where alert.phase == .firing {
            let known = alert.incidents.contains {
                // Within group_wait it waits for its first step.
                now.incidents[$0].map { $0.isAnnounced || $0.phase == .acked } ?? false
                    || now.timers[TimerRow.Key(kind: .step, owner: $0)] != nil
            }
            let waits = now.timers[TimerRow.Key(kind: .confirm, owner: alert.key.description)] != nil
            if !known, !waits, !isHeld(alert) { problem("\(alert.key) fires and nobody was told") }
        }
        return found
    }
}
