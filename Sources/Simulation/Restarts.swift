import Alerting
import Ledger
import Model

// What a process finds when it starts, and that a start by itself tells nobody anything.
extension Simulation {
    private func shown(_ alert: Alert?) -> String { alert.map { "\($0)" } ?? "nothing" }

    /// The ledger gives back exactly what was committed.
    mutating func compareWithMirror(_ stored: Stored, place: String) {
        var found: [String] = []
        let live = mirror.now.rows.values.filter { !$0.isSettled }.sorted { $0.id < $1.id }
        let alive = Set(live.map(\.incident)).union(mirror.now.open)
        expect(stored.outbox == live, &found, "messages on their way are not what was committed")
        expect(
            Set(stored.incidents) == Set(alive.compactMap { mirror.now.incidents[$0] }), &found,
            "incidents are not what was committed")
        expect(
            Set(stored.told) == Set(alive.flatMap { (mirror.now.told[$0] ?? [:]).values }), &found,
            "who was told is not what was committed")
        let alerts = Dictionary(stored.alerts.map { ($0.key, $0) }) { $1 }
        for key in Set(alerts.keys).union(mirror.now.alerts.keys).sorted() where alerts[key] != mirror.now.alerts[key] {
            found.append(
                "\(key) is not what was committed: \(shown(alerts[key])), and was \(shown(mirror.now.alerts[key]))")
        }
        expect(
            Dictionary(stored.timers.map { ($0.key, $0) }) { $1 } == mirror.now.timers, &found,
            "timers are not what was committed")
        let now = clock.now().wall
        let silences = mirror.now.silences.values.filter { $0.phase(at: now) != .expired }
        expect(
            Set(stored.silences.filter { $0.phase(at: now) != .expired }) == Set(silences), &found,
            "silences are not what was committed")
        expect(
            Dictionary(stored.digests.map { ($0.name, $0) }) { $1 } == mirror.now.digests, &found,
            "digests are not what was committed")
        expect(
            Dictionary(stored.channels.map { ($0.name, $0) }) { $1 } == mirror.now.channels, &found,
            "how channels are is not what was committed")
        expect(
            Set(stored.overrides) == Set(mirror.now.overrides.values.filter { now < $0.endsAt }), &found,
            "overrides are not what was committed")
        expect(stored.lastOutboxID == mirror.now.rows.keys.max() ?? 0, &found, "the last message's number is not what it was")
        for sentence in found { problem("\(place): \(sentence)") }
    }

    /// Starts a copy of the daemon from a copy of the ledger, at this moment: it must send nothing but what was on its way, and
    /// write nothing new. The running daemon does not notice.
    mutating func rehearseRestart() throws {
        guard let daemon, !daemon.store.isBehind, daemon.pending.isOnlySamples, asleepUntil <= clock.elapsed else { return }
        let now = clock.now()
        if let due = daemon.state.nextDue(), due <= now.wall { return }
        checkAll("at a rehearsed restart")
        let path = "\(disk.folder)/rehearsal.sqlite"
        try disk.copy(to: path)
        var options = Ledger.Options()
        options.reserveBytes = 0
        let ledger = try Ledger.open(path: path, now: now.wall, options: options)
        let stored = try ledger.load(now: now.wall)
        for sentence in try ledger.selfcheck() where !mirror.forgotten.contains(where: { sentence.contains($0) }) {
            problem(sentence)
        }
        try ledger.close()
        try disk.remove(copy: path)
        compareWithMirror(stored, place: "at a rehearsed restart")

        var state = AlertingState(
            configuration: daemon.state.configuration, stored: stored, seed: plan.seed, now: now.wall)
        var decision = state.start(now: now.wall)
        decision.append(state.decide(.tick, now: now))
        var found: [String] = []
        for row in decision.outbox where row.id > stored.lastOutboxID {
            found.append("a restart alone writes \(row.kind.rawValue) to \(row.target)")
        }
        let underWay = Set(stored.outbox.filter { $0.phase == .inflight || $0.notBefore <= now.wall }.map(\.id))
        for row in decision.sends where !underWay.contains(row.id) {
            found.append("a restart alone sends \(row.kind.rawValue) \(row.id) to \(row.target)")
        }
        let (before, after) = (daemon.state.everything(), state.everything())
        expect(Set(before.told) == Set(after.told), &found, "a restart forgets who was told")
        expect(
            Set(before.incidents.filter(\.isOpen).map(\.id)) == Set(after.incidents.filter(\.isOpen).map(\.id)), &found,
            "a restart forgets an incident")
        for sentence in found { problem("at a rehearsed restart: \(sentence)") }
    }
}
