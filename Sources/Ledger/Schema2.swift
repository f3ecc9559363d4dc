import Model

extension Schema {
    /// What operators ask for, summaries, and more kinds of timers, messages and records. SQLite cannot change a CHECK constraint:
    /// a table whose kinds grew is made anew, with its rows.
    static let second = [timer, alert, outbox, event, added].joined(separator: "\n")

    static let tail = "more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL"

    private static let timerKinds =
        "IN ('step', 'update', 'confirm', 'silence', 'maintenance', 'hold', 'ack_expiry', 'failover', 'digest', 'handoff', "
        + "'quorum', 'no_data')"

    private static let timer = remade(
        "timer", "kind, owner, due, epoch, checksum",
        """
            kind TEXT NOT NULL CHECK (kind \(timerKinds)),
            owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
            \(tail),
            PRIMARY KEY (kind, owner)
        """)

    private static let alert = remade(
        "alert",
        """
        probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
            good_run, incident, reason, checksum
        """,
        """
            probe TEXT NOT NULL, rule TEXT NOT NULL,
            phase TEXT NOT NULL CHECK (phase \(oneOf(Alert.Phase.self))),
            level TEXT CHECK (level \(oneOf(Level.self))),
            since INTEGER NOT NULL, bad_since INTEGER, critical_since INTEGER, good_since INTEGER, fired_at INTEGER,
            bad_bits INTEGER NOT NULL, critical_bits INTEGER NOT NULL,
            known INTEGER NOT NULL CHECK (known BETWEEN 0 AND \(After.maximum)),
            good_run INTEGER NOT NULL CHECK (good_run >= 0),
            incident TEXT, reason TEXT NOT NULL,
            \(tail),
            PRIMARY KEY (probe, rule),
            CHECK (phase NOT IN ('pending', 'firing', 'recovering') OR level IS NOT NULL),
            CHECK (phase NOT IN ('firing', 'recovering') OR fired_at IS NOT NULL)
        """)

    private static let outbox = messages(
        kinds: "IN ('trigger', 'update', 'acknowledge', 'resolve', 'delayed', 'test', 'digest')",
        columns: """
            id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
                deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum
            """)

    private static let event = events(
        kinds: """
            IN ('alert', 'incident', 'step', 'delivery', 'command', 'configuration', 'storage', 'daemon', 'suppression', \
            'oncall', 'digest')
            """)

    /// The outbox for these kinds, with the rows of the one before it.
    static func messages(kinds: String, columns: String) -> String {
        remade(
            "outbox", columns,
            """
                id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
                recipient TEXT,
                kind TEXT NOT NULL CHECK (kind \(kinds)),
                level TEXT NOT NULL CHECK (level \(oneOf(Level.self))),
                page INTEGER NOT NULL CHECK (page >= 1), idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key <> ''),
                message TEXT NOT NULL, created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
                phase TEXT NOT NULL CHECK (phase \(oneOf(OutboxRow.Phase.self))),
                tries INTEGER NOT NULL CHECK (tries >= 0), in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
                last_attempt_at INTEGER, settled_at INTEGER, note TEXT NOT NULL,
                \(tail),
                CHECK ((phase IN ('done', 'superseded', 'dead')) = (settled_at IS NOT NULL)),
                CHECK (phase <> 'inflight' OR (tries >= 1 AND last_attempt_at IS NOT NULL))
            """,
            // Ids go on from the highest that was ever given.
            before: """
                DELETE FROM sqlite_sequence WHERE name = 'outbox_next';
                INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_next', seq FROM sqlite_sequence WHERE name = 'outbox';

                """) + """

                CREATE INDEX outbox_incident ON outbox (incident, target);
                CREATE INDEX outbox_unsettled ON outbox (id) WHERE phase IN ('pending', 'inflight');
                CREATE INDEX outbox_dead ON outbox (id) WHERE phase = 'dead';

                """
    }

    /// The records for these kinds, with the rows of those before them.
    static func events(kinds: String) -> String {
        remade(
            "event", "id, at, kind, probe, rule, incident, text",
            """
                id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (kind \(kinds)),
                probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
            """) + """

                CREATE INDEX event_at ON event (at);
                CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
                CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;

                """
    }

    private static let added = """
        ALTER TABLE incident ADD COLUMN more TEXT NOT NULL DEFAULT '';
        ALTER TABLE attempt ADD COLUMN more TEXT NOT NULL DEFAULT '';
        ALTER TABLE told ADD COLUMN more TEXT NOT NULL DEFAULT '';

        CREATE TABLE silence (
            id TEXT PRIMARY KEY CHECK (id <> ''),
            kind TEXT NOT NULL CHECK (kind \(oneOf(Silence.Kind.self))),
            matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
            until_resolved INTEGER NOT NULL CHECK (until_resolved IN (0, 1)),
            author TEXT NOT NULL CHECK (author <> ''), comment TEXT NOT NULL, created_at INTEGER NOT NULL, ended_by TEXT,
            \(tail),
            CHECK (starts_at <= ends_at)
        ) STRICT;
        CREATE INDEX silence_end ON silence (ends_at);

        CREATE TABLE override (
            id TEXT PRIMARY KEY CHECK (id <> ''), schedule TEXT NOT NULL, person TEXT NOT NULL CHECK (person <> ''),
            starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
            author TEXT NOT NULL CHECK (author <> ''), comment TEXT NOT NULL, created_at INTEGER NOT NULL,
            \(tail),
            CHECK (starts_at <= ends_at)
        ) STRICT;
        CREATE INDEX override_end ON override (ends_at);

        CREATE TABLE command (
            id TEXT PRIMARY KEY CHECK (id <> ''), at INTEGER NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL,
            reply TEXT NOT NULL,
            \(tail)
        ) STRICT;
        CREATE INDEX command_at ON command (at);

        CREATE TABLE digest (
            name TEXT NOT NULL CHECK (name <> ''), local_date TEXT NOT NULL CHECK (local_date <> ''), at INTEGER NOT NULL,
            \(tail),
            PRIMARY KEY (name, local_date)
        ) STRICT;

        """

    static func oneOf<T: CaseIterable & RawRepresentable>(_ type: T.Type) -> String where T.RawValue == String {
        "IN (" + type.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ") + ")"
    }

    /// The table with a new definition and its old rows.
    static func remade(_ table: String, _ columns: String, _ definition: String, before dropping: String = "") -> String {
        """
        CREATE TABLE \(table)_next (
        \(definition)
        ) STRICT;
        INSERT INTO \(table)_next (\(columns))
            SELECT \(columns) FROM \(table);
        \(dropping)DROP TABLE \(table);
        ALTER TABLE \(table)_next RENAME TO \(table);

        """
    }
}
