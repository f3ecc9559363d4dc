import Foundation
import GRDB
package import Model
import TimeSeries

extension Ledger {
    /// What a start needs. A damaged row is skipped, told in `damage`, and moved to the table `damaged`, where a person finds it
    /// and where it cannot stand in the way of a new row with its key.
    package func load(now: Timestamp) throws(LedgerError) -> Stored {
        try access("the ledger cannot be read") { writer in
            var damaged: [DamagedRow] = []
            var notes: [String] = []
            let stored = try writer.queue.inDatabase { db in
                try db.stored(now: now, damaged: { damaged.append($0) }, note: { notes.append($0) })
            }
            writer.latest = stored.latest
            for row in damaged { writer.note(row.sentence) }
            for note in notes { writer.note(note) }
            if !damaged.isEmpty {
                try writer.queue.inTransaction(.immediate) { db in
                    for row in damaged {
                        try db.execute(
                            sql: "INSERT INTO damaged (at, source, content) VALUES (?, ?, ?)",
                            arguments: [now.microseconds, row.table, row.content])
                        try db.execute(sql: "DELETE FROM \(row.table) WHERE rowid = ?", arguments: [row.rowid])
                    }
                    return .commit
                }
            }
            return stored
        }
    }
}

extension Database {
    private static let isOpen =
        "phase <> 'resolved' OR id IN (SELECT incident FROM outbox WHERE phase IN ('pending', 'inflight'))"

    func stored(now: Timestamp, damaged: (DamagedRow) -> Void, note: (String) -> Void) throws -> Stored {
        var stored = Stored()
        stored.alerts = try rows(Alert.self, "ORDER BY probe, rule", damaged: damaged)
        stored.incidents = try rows(Incident.self, "WHERE \(Self.isOpen) ORDER BY opened_at, id", damaged: damaged)
        let ended = "phase = 'resolved' AND resolved_at > ? AND NOT (\(Self.isOpen))"
        let recent: StatementArguments = [(now - Stored.endedKept).microseconds]
        stored.ended = try rows(Incident.self, "WHERE \(ended) ORDER BY opened_at, id", recent, damaged: damaged)
        stored.toldOfEnded = try rows(
            Told.self, "WHERE incident IN (SELECT id FROM incident WHERE \(ended)) ORDER BY incident, target", recent,
            damaged: damaged)
        stored.timers = try rows(TimerRow.self, "ORDER BY due, kind, owner", damaged: damaged)
        stored.outbox = try rows(OutboxRow.self, "WHERE phase IN ('pending', 'inflight') ORDER BY id", damaged: damaged)
        stored.told = try rows(
            Told.self, "WHERE incident IN (SELECT id FROM incident WHERE \(Self.isOpen)) ORDER BY incident, target",
            damaged: damaged)
        stored.silences = try rows(Silence.self, "WHERE ends_at > ? ORDER BY id", [now.microseconds], damaged: damaged)
        stored.overrides = try rows(OnCallOverride.self, "WHERE ends_at > ? ORDER BY id", [now.microseconds], damaged: damaged)
        stored.endedOverrides = try rows(
            OnCallOverride.self,
            "WHERE ends_at <= ?1 AND ends_at >= (SELECT min(due) FROM timer WHERE kind = 'handoff' AND due <= ?1) ORDER BY id",
            [now.microseconds], damaged: damaged)
        stored.commands = try rows(
            CommandRow.self, "WHERE at > ? ORDER BY at, id", [(now - CommandRow.kept).microseconds], damaged: damaged)
        stored.digests = try rows(
            // The one that was written last: the wall clock may have been set back since the one before.
            DigestRow.self, "WHERE rowid = (SELECT max(rowid) FROM digest AS d WHERE d.name = digest.name) ORDER BY name",
            damaged: damaged)
        stored.channels = try rows(ChannelHealth.self, "ORDER BY name", damaged: damaged)
        stored.evidence = try rows(
            EvidenceRow.self, "WHERE incident IN (SELECT id FROM incident WHERE \(Self.isOpen)) ORDER BY incident, probe",
            damaged: damaged)
        stored.deploys = try rows(
            Deploy.self, "WHERE at > ? ORDER BY at, id", [(now - Stored.deploysKept).microseconds], damaged: damaged)
        // AUTOINCREMENT remembers the highest id that ever stood in the table: a deleted row's id is not given again.
        stored.lastOutboxID = try Int64.fetchOne(self, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") ?? 0
        stored.deadCount = try Int.fetchOne(self, sql: "SELECT count(*) FROM outbox WHERE phase = 'dead'") ?? 0
        stored.dead = try rows(OutboxRow.self, "WHERE phase = 'dead' ORDER BY id DESC LIMIT 1000", damaged: damaged).reversed()
        stored.latest = try latest(note: note)
        return stored
    }

    private func latest(note: (String) -> Void) throws -> [String: Observation] {
        var latest: [String: Observation] = [:]
        var seq: Int64 = 0
        let names = try names()
        if let row = try Row.fetchOne(self, sql: "SELECT seq, payload FROM latest") {
            do throws(HeadError) {
                let block: Data = row[1]
                for observation in try HeadCodec.decode([UInt8](block), name: { names[$0] }) {
                    latest[observation.probe] = observation
                }
                seq = row[0]
            } catch {
                note("the latest observations were read from the head, for their own block is damaged: \(error)")
            }
        }
        try head(from: seq + 1, names: names, note: note) { observation in latest[observation.probe] = observation }
        return latest
    }

    func names() throws -> [Int: String] {
        var names: [Int: String] = [:]
        let cursor = try Row.fetchCursor(self, sql: "SELECT id, text FROM name")
        while let row = try cursor.next() { names[row[0]] = row[1] }
        return names
    }
}
