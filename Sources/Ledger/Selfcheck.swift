import GRDB

extension Ledger {
    /// Whatever a person should know of but would not hear of, each a sentence: none where every open incident whose steps ran has
    /// a message delivered, on its way or given up, and whoever was told of one that is over has word of its end.
    package func selfcheck() throws(LedgerError) -> [String] {
        try access("the ledger cannot be checked") { writer in
            try writer.queue.inDatabase { db in
                try Selfcheck.allCases.flatMap { check in
                    try Row.fetchAll(db, sql: check.sql).map { row in
                        check.sentence(row.map { String.fromDatabaseValue($1) ?? "\($1)" })
                    }
                }
            }
        }
    }
}

private enum Selfcheck: CaseIterable {
    case untold, unresolved, orphanedMessage, orphanedTimer

    var sql: String {
        switch self {
        case .untold:
            """
            SELECT id FROM incident WHERE phase = 'open' AND announced = 1 AND ran_steps <> '[]'
                AND NOT EXISTS (SELECT 1 FROM told WHERE told.incident = incident.id)
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.incident = incident.id AND outbox.kind = 'trigger'
                    AND (outbox.phase <> 'superseded' OR outbox.note LIKE 'dropped by %'))
            """
        case .unresolved:
            """
            SELECT told.incident, told.target FROM told JOIN incident ON incident.id = told.incident
                WHERE incident.phase = 'resolved' AND told.resolved_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.incident = told.incident AND outbox.target = told.target
                    AND outbox.phase IN ('pending', 'inflight', 'dead'))
            """
        case .orphanedMessage:
            """
            SELECT id, incident FROM outbox WHERE phase IN ('pending', 'inflight') AND kind NOT IN ('test', 'digest', 'change')
                AND incident NOT IN (SELECT id FROM incident)
            """
        case .orphanedTimer:
            """
            SELECT kind, owner FROM timer WHERE kind IN ('step', 'update')
                AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = timer.owner AND incident.phase <> 'resolved'
                    AND incident.epoch = timer.epoch)
            """
        }
    }

    func sentence(_ cells: [String]) -> String {
        switch self {
        case .untold: "of incident \(cells[0]) nobody was told and no message waits"
        case .unresolved: "\(cells[1]) was told of incident \(cells[0]), which is over, and no message says so"
        case .orphanedMessage: "message \(cells[0]) belongs to incident \(cells[1]), which is not stored"
        case .orphanedTimer: "the \(cells[0]) timer of \(cells[1]) belongs to no open incident of its epoch"
        }
    }
}
