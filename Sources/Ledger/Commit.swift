import Foundation
import GRDB
package import Model
import TimeSeries

extension Ledger {
    /// Writes a decision in one transaction. When it returns, all of it is durable; when it throws, none of it is stored, but for
    /// an I/O error, after which the file is opened and read anew before the next use.
    package func commit(_ decision: Decision) throws(LedgerError) { try commit(decision, leaveOut: nil) }

    /// The same without the rows that break an invariant of the schema; returns a sentence for each. For a decision that `commit`
    /// refused as `constraint`: one wrong row must not keep all others from being stored.
    package func commitWhatFits(_ decision: Decision) throws(LedgerError) -> [String] {
        var sentences: [String] = []
        try commit(decision, leaveOut: { sentences.append($0) })
        return sentences
    }

    private func commit(_ decision: Decision, leaveOut: ((String) -> Void)?) throws(LedgerError) {
        guard !decision.isEmpty else { return }
        try access("the ledger cannot commit") { writer in
            writer.commits += 1
            let number = writer.commits
            var newNames: [String] = []
            do {
                try writer.queue.inTransaction(.immediate) { db in
                    try Ledger.write(decision, db, leaveOut)
                    try writer.append(decision.observations, db, &newNames)
                    if let error = options.commitFault?(number) { throw error }
                    return .commit
                }
            } catch {
                for name in newNames { writer.names[name] = nil }
                throw error
            }
            writer.committed(decision.observations)
        }
    }

    private static func write(_ decision: Decision, _ db: Database, _ leaveOut: ((String) -> Void)?) throws {
        // What one decision removes and sets is set: see `Decision.append` for several.
        try db.delete(decision.removedAlerts, Alert.table) { [$0.probe, $0.rule] }
        try db.upsert(decision.alerts, leaveOut: leaveOut)
        // A group has one open incident: the one that ends goes before the one that begins.
        let incidents = lastOfEach(decision.incidents) { $0.id }
        try db.upsert(incidents.filter { !$0.isOpen }, leaveOut: leaveOut)
        try db.upsert(incidents.filter(\.isOpen), leaveOut: leaveOut)
        try db.delete(decision.cancelledTimers, TimerRow.table) { [$0.kind.rawValue, $0.owner] }
        try db.upsert(decision.timers, leaveOut: leaveOut)
        try db.upsert(decision.outbox, leaveOut: leaveOut)
        try db.upsert(decision.attempts, leaveOut: leaveOut)
        try db.upsert(decision.told, leaveOut: leaveOut)
        try db.upsert(decision.silences, leaveOut: leaveOut)
        try db.upsert(decision.overrides, leaveOut: leaveOut)
        try db.upsert(decision.commands, leaveOut: leaveOut)
        try db.upsert(decision.digests, leaveOut: leaveOut)
        try db.upsert(decision.channels, leaveOut: leaveOut)
        try db.upsert(decision.evidence, leaveOut: leaveOut)
        try db.upsert(decision.deploys, leaveOut: leaveOut)
        try db.insert(decision.records)
    }
}

extension Database {
    fileprivate func delete<Key>(_ keys: [Key], _ table: Table, _ values: (Key) -> [String]) throws {
        guard !keys.isEmpty else { return }
        let statement = try cachedStatement(sql: table.delete)
        for key in keys { try statement.execute(arguments: StatementArguments(values(key))) }
    }

    fileprivate func insert(_ records: [Model.Record]) throws {
        guard !records.isEmpty else { return }
        let statement = try cachedStatement(
            sql: "INSERT INTO event (at, kind, probe, rule, incident, text) VALUES (?, ?, ?, ?, ?, ?)")
        for record in records {
            let cells: [DatabaseValue] = [
                record.at.microseconds.databaseValue, record.kind.rawValue.databaseValue,
                record.probe?.databaseValue ?? .null, record.rule?.databaseValue ?? .null,
                record.incident?.databaseValue ?? .null, withoutNUL(record.text.databaseValue),
            ]
            try statement.execute(arguments: arguments(cells))
        }
    }
}

extension Writer {
    /// After this many commits with samples the block of latest observations is written again: ten minutes at one a second, and
    /// no more than so many blocks to read at a start.
    static let commitsPerLatest = 600

    mutating func append(_ observations: [Observation], _ db: Database, _ newNames: inout [String]) throws {
        guard let one = observations.first else { return }
        var first = one.started.microseconds
        var last = first
        for observation in observations {
            first = min(first, observation.started.microseconds)
            last = max(last, observation.started.microseconds)
        }
        let payload = try encode(observations, db, &newNames)
        let high = max(high, last)
        let cells = [nextSeq, first, last, high].map(\.databaseValue)
        try db.cachedStatement(
            sql: "INSERT INTO head (seq, first, last, high, checksum, payload) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(arguments: arguments(cells + [rowChecksum(cells), Data(payload).databaseValue]))
        if sinceLatest + 1 >= Writer.commitsPerLatest {
            let new = Dictionary(observations.map { ($0.probe, $0) }, uniquingKeysWith: { $1 })
            try writeLatest(db, latest.merging(new) { $1 }, upTo: nextSeq, &newNames)
        }
    }

    /// The commit is durable: remember what it changed.
    mutating func committed(_ observations: [Observation]) {
        guard !observations.isEmpty else { return }
        for observation in observations {
            high = max(high, observation.started.microseconds)
            latest[observation.probe] = observation
        }
        nextSeq += 1
        sinceLatest = sinceLatest + 1 >= Writer.commitsPerLatest ? 0 : sinceLatest + 1
    }

    mutating func writeLatest(_ db: Database) throws {
        var newNames: [String] = []
        try writeLatest(db, latest, upTo: nextSeq - 1, &newNames)
    }

    private mutating func writeLatest(
        _ db: Database, _ latest: [String: Observation], upTo seq: Int64, _ newNames: inout [String]
    ) throws {
        let payload = try encode(latest.values.sorted { $0.probe < $1.probe }, db, &newNames)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO latest (id, seq, payload) VALUES (1, ?, ?)")
            .execute(arguments: [seq, Data(payload)])
    }

    private mutating func encode(
        _ observations: [Observation], _ db: Database, _ newNames: inout [String]
    ) throws -> [UInt8] {
        try HeadCodec.encode(observations) { name in
            if let id = names[name] { return id }
            try db.cachedStatement(sql: "INSERT INTO name (text) VALUES (?)").execute(arguments: [name])
            let id = Int(db.lastInsertedRowID)
            names[name] = id
            newNames.append(name)
            return id
        }
    }
}
