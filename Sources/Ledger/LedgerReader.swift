import Foundation
import GRDB
package import Model
import Synchronization
import TimeSeries

/// Reads the ledger beside the daemon, or in its absence: its own read-only connection, from any thread, one call at a time.
///
/// Damaged rows and blocks are left out and told in `damage`. When no daemon runs, take the `LedgerLock` as a reader before.
package final class LedgerReader: Sendable {
    package let path: String
    private let state: Mutex<ReaderState>

    package init(path: String) throws(LedgerError) {
        self.path = path
        let queue = try LedgerError.wrap("the ledger \(path) cannot be read") {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Opening.busySeconds)
            configuration.label = "ledger reader"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { db in
                try Opening.checkOwner(db, path: path, newest: Schema.steps.count)
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                guard version == Schema.steps.count else {
                    throw LedgerError(
                        .other,
                        version == 0
                            ? "\(path) is empty: no monitord has written to it yet"
                            : "\(path) has schema \(version), this program reads \(Schema.steps.count): start monitord once, which "
                                + "brings it up to date")
                }
            }
            return queue
        }
        state = Mutex(ReaderState(queue: queue))
    }

    package var damage: [String] { state.withLock { $0.damage } }

    /// The newest `limit` runs of a probe that started from `since` to before `until`, in the order in which they were stored.
    package func history(
        probe: String, since: Timestamp = .distantPast, until: Timestamp = .distantFuture, limit: Int = .max
    ) throws(LedgerError) -> [Observation] {
        try read { db, state in
            guard let id = try state.id(of: probe, db) else { return [] }
            let start = try db.lowerBound("high", since.microseconds)
            let cursor = try Row.fetchCursor(
                db.cachedStatement(
                    sql: "SELECT seq, payload FROM head WHERE seq >= ? AND last >= ? AND first < ? ORDER BY seq DESC"),
                arguments: [start, since.microseconds, until.microseconds])
            var newestFirst: [Observation] = []
            while newestFirst.count < limit, let row = try cursor.next() {
                do throws(HeadError) {
                    let block: Data = row[1]
                    let found = try HeadCodec.decode([UInt8](block), only: id, name: { state.names[$0] })
                    newestFirst += found.reversed().filter { $0.started >= since && $0.started < until }
                } catch {
                    state.note("block \(row[0] as Int64) of samples was skipped: \(error)")
                }
            }
            return newestFirst.prefix(limit).reversed()
        }
    }

    /// Gives `body` the runs of all probes that started from `since` to before `until`, in the order in which they were stored.
    package func replay(
        since: Timestamp, until: Timestamp = .distantFuture, _ body: (Observation) -> Void
    ) throws(LedgerError) {
        try read { db, state in
            var notes: [String] = []
            let start = try db.lowerBound("high", since.microseconds)
            try db.head(from: start, until: until, names: try db.names(), note: { notes.append($0) }) { observation in
                if observation.started >= since, observation.started < until { body(observation) }
            }
            for note in notes { state.note(note) }
        }
    }

    /// The newest `limit` records from `since` to before `until`, of a probe or an incident where one is named, oldest first.
    package func records(
        probe: String? = nil, incident: String? = nil, since: Timestamp = .distantPast, until: Timestamp = .distantFuture,
        limit: Int = 1000
    ) throws(LedgerError) -> [Model.Record] {
        var sql = "WHERE at >= ? AND at < ?"
        var arguments: StatementArguments = [since.microseconds, until.microseconds]
        for (column, value) in [("probe", probe), ("incident", incident)] {
            guard let value else { continue }
            sql += " AND \(column) = ?"
            arguments += [value]
        }
        return try records(sql + " ORDER BY id DESC LIMIT ?", arguments + [limit]).reversed()
    }

    /// The last change of each alert before then, and that a pause ended it.
    package func lastAlertRecords(until: Timestamp) throws(LedgerError) -> [Model.Record] {
        try records(
            """
            WHERE id IN (SELECT max(id) FROM event WHERE at < ? AND probe IS NOT NULL AND rule IS NOT NULL AND (kind = 'alert'
                OR kind = 'suppression' AND text LIKE probe || '/' || rule || ' ended: %') GROUP BY probe, rule) ORDER BY id
            """, [until.microseconds])
    }

    /// When the first record was made; nil where there is none.
    package func beginning() throws(LedgerError) -> Timestamp? {
        try read { db, _ in try Int64.fetchOne(db, sql: "SELECT min(at) FROM event").map { Timestamp(microseconds: $0) } }
    }

    private func records(_ suffix: String, _ arguments: StatementArguments) throws(LedgerError) -> [Model.Record] {
        try read { db, state in
            var found: [Model.Record] = []
            let cursor = try Row.fetchCursor(
                db, sql: "SELECT at, kind, probe, rule, incident, text, id FROM event \(suffix)", arguments: arguments)
            while let row = try cursor.next() {
                guard let kind = Model.Record.Kind(rawValue: row[1]) else {
                    state.note("record \(row[6] as Int64) was skipped: its kind is not known")
                    continue
                }
                found.append(
                    Model.Record(
                        at: Timestamp(microseconds: row[0]), kind, probe: row[2], rule: row[3], incident: row[4], row[5]))
            }
            return found
        }
    }

    /// The newest incidents, open and resolved, newest first.
    package func incidents(limit: Int = 100) throws(LedgerError) -> [Incident] {
        try rows(Incident.self, "ORDER BY opened_at DESC, id DESC LIMIT ?", [limit])
    }

    /// Incidents that were open then, oldest first.
    package func incidents(openAt at: Timestamp) throws(LedgerError) -> [Incident] {
        try rows(
            Incident.self, "WHERE opened_at <= ? AND (resolved_at IS NULL OR resolved_at > ?) ORDER BY id",
            [at.microseconds, at.microseconds])
    }

    package func incident(_ id: String) throws(LedgerError) -> Incident? {
        try rows(Incident.self, "WHERE id = ?", [id]).first
    }

    /// Messages that wait, are under way or were given up, in the order of their ids; with `deadOnly`, the last kind.
    package func outbox(deadOnly: Bool = false) throws(LedgerError) -> [OutboxRow] {
        try rows(
            OutboxRow.self,
            deadOnly ? "WHERE phase = 'dead' ORDER BY id" : "WHERE phase IN ('pending', 'inflight', 'dead') ORDER BY id", [])
    }

    /// Every message of an incident, in the order of their ids.
    package func outbox(incident: String) throws(LedgerError) -> [OutboxRow] {
        try rows(OutboxRow.self, "WHERE incident = ? ORDER BY id", [incident])
    }

    package func attempts(of row: Int64) throws(LedgerError) -> [Attempt] {
        try rows(Attempt.self, "WHERE row = ? ORDER BY number", [row])
    }

    package func told(incident: String) throws(LedgerError) -> [Told] {
        try rows(Told.self, "WHERE incident = ? ORDER BY target", [incident])
    }

    /// What the first bad runs of an incident saw, in the order of the runs.
    package func evidence(incident: String) throws(LedgerError) -> [EvidenceRow] {
        try rows(EvidenceRow.self, "WHERE incident = ? ORDER BY at, probe", [incident])
    }

    /// Silences and ad-hoc maintenance that had not ended by `since`, in the order in which they were made.
    package func silences(since: Timestamp = .distantPast) throws(LedgerError) -> [Silence] {
        try rows(Silence.self, "WHERE ends_at > ? ORDER BY created_at, id", [since.microseconds])
    }

    /// Who stood in for whom, and those who will, in the order of their beginnings, where it had not ended by `since`.
    package func overrides(since: Timestamp = .distantPast) throws(LedgerError) -> [OnCallOverride] {
        try rows(OnCallOverride.self, "WHERE ends_at > ? ORDER BY starts_at, id", [since.microseconds])
    }

    /// What a start at `now` would load: for a status while no daemon runs.
    package func stored(now: Timestamp) throws(LedgerError) -> Stored {
        try read { db, state in
            var notes: [String] = []
            let stored = try db.stored(now: now, damaged: { notes.append($0.sentence) }, note: { notes.append($0) })
            for note in notes { state.note(note) }
            return stored
        }
    }

    private func rows<R: StoredRow & Sendable>(
        _ type: R.Type, _ suffix: String, _ arguments: StatementArguments
    ) throws(LedgerError) -> [R] {
        try read { db, state in
            var notes: [String] = []
            let found = try db.rows(type, suffix, arguments) { notes.append($0.sentence) }
            for note in notes { state.note(note) }
            return found
        }
    }

    private func read<T: Sendable>(_ body: (Database, inout ReaderState) throws -> T) throws(LedgerError) -> T {
        try state.withLock { state throws(LedgerError) -> T in
            try LedgerError.wrap("the ledger \(path) cannot be read") {
                // One transaction a call: what it reads is of one moment.
                try state.queue.read { db in try body(db, &state) }
            }
        }
    }
}

/// The reading connection, and the names that it has seen.
struct ReaderState {
    var queue: DatabaseQueue
    var names: [Int: String] = [:]
    var damage: [String] = []

    /// The id of a name; the table is read again when it grew.
    mutating func id(of name: String, _ db: Database) throws -> Int? {
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM name") ?? 0
        if count != names.count { names = try db.names() }
        return try Int.fetchOne(db, sql: "SELECT id FROM name WHERE text = ?", arguments: [name])
    }

    mutating func note(_ sentence: String) {
        if damage.count < Writer.maximumDamage { damage.append(sentence) }
    }
}
