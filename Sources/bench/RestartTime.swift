import Alerting
import GRDBSQLite
import Ledger
import Model

/// From the file to a state that decides, with 10,000 alerts open: each with its incident, its timer, who was told, and the latest
/// run. Beside it SQLite alone, reading the same rows and throwing them away.
enum RestartTime {
    static let open = 10_000
    static let rounds = 9
    static let allowed = 1.0
    /// Alerts that come faster are gathered in one incident.
    static let apart = Duration.seconds(16)

    static func run(_ site: Site) throws -> [Figure] {
        let path = try site.subfolder("restarts") + "/monitord.db"
        var configuration = Scene.configuration(probes: open)
        // A second step waits beyond all that is measured.
        configuration.policies["default"]?.steps.append(.init(after: .seconds(30 * 86_400), notify: ["hook"]))
        try fill(path, configuration, site)
        var (clean, killed, bare): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rounds {
            bare.append(try site.times(1) { _ in try read(path) }.p50)
            clean.append(try restart(path, configuration, site) { try $0.close() })
            // One that is not closed leaves a file that is checked before it is used.
            _ = try restart(path, configuration, site) { _ in }
            killed.append(try restart(path, configuration, site) { try $0.close() })
        }
        let baseline = Times(bare)
        return [("", Times(clean)), (", after a kill", Times(killed))].map { (name, ours) in
            Figure(
                name: "restart with \(open) open alerts\(name)", ours: ours.text,
                baseline: "\(time(baseline.p50)) SQLite reads the rows", ratio: ours.p50 / baseline.p50, goal: "p99 < 1 s",
                isMet: ours.p99 < allowed)
        }
    }

    private static func restart(
        _ path: String, _ configuration: AlertingConfiguration, _ site: Site, end: (Ledger) throws -> Void
    ) throws -> Double {
        let start = site.now()
        let now = site.clock.now()
        let ledger = try Ledger.open(path: path, now: now.wall)
        let stored = try ledger.load(now: now.wall)
        var state = AlertingState(configuration: configuration, stored: stored, seed: 1, now: now.wall)
        let decision = state.start(now: now.wall)
        let seconds = site.now() - start
        guard stored.alerts.count == open, stored.incidents.count == open, stored.told.count == open,
            stored.timers.count == open, stored.latest.count == open, ledger.damage.isEmpty, decision.isEmpty
        else { throw Trouble("the restart did not find what was stored") }
        try end(ledger)
        return seconds
    }

    /// Every probe fails, and its page is accepted.
    private static func fill(_ path: String, _ configuration: AlertingConfiguration, _ site: Site) throws {
        var now = site.clock.now() + (.zero - apart * open)
        let ledger = try Ledger.open(path: path, now: now.wall)
        var state = AlertingState(configuration: configuration, stored: Stored(), seed: 1, now: now.wall)
        var waiting = state.start(now: now.wall)
        // A decision that is added to thousands of others is compared with all of them.
        func store(_ decision: Decision) throws {
            waiting.append(decision)
            guard waiting.records.count > 500 else { return }
            try ledger.commit(waiting)
            waiting = Decision()
        }
        for number in 0..<open {
            now = now + apart
            try store(state.decide(Scene.observation(number, now, isBad: true), now: now))
            let decision = state.decide(.tick, now: now)
            try store(decision)
            for row in decision.sends {
                let settlement = Settlement(row: row.id, attempt: row.tries, verdict: .delivered(reference: nil), status: 200)
                try store(state.decide(.settled(settlement), now: now))
            }
        }
        try ledger.commit(waiting)
        try ledger.close()
    }

    private static func read(_ path: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else { throw Trouble(problem(handle)) }
        for table in ["name", "alert", "incident", "timer", "told", "latest", "outbox WHERE phase IN ('pending', 'inflight')"] {
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            guard sqlite3_prepare_v2(handle, "SELECT * FROM \(table)", -1, &statement, nil) == SQLITE_OK else {
                throw Trouble(problem(handle))
            }
            while sqlite3_step(statement) == SQLITE_ROW {
                for column in 0..<sqlite3_column_count(statement) { _ = sqlite3_column_bytes(statement, column) }
            }
        }
    }

    private static func problem(_ handle: OpaquePointer?) -> String { String(cString: sqlite3_errmsg(handle)) }
}
