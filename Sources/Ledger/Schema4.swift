import Model

extension Schema {
    /// The same tables with the same invariants, written so that they cost little: for a list of three or more after `IN`, SQLite makes
    /// a table in memory at each row that is written, which takes longer than the row itself. Comparisons do not.
    static let fourth = [quickTimer, quickAlert, quickIncident, quickOutbox, quickEvent].joined(separator: "\n")

    private static func either<T: CaseIterable & RawRepresentable>(_ column: String, _ type: T.Type) -> String
    where T.RawValue == String {
        type.allCases.map { "\(column) = '\($0.rawValue)'" }.joined(separator: " OR ")
    }

    private static let quickTimer = remade(
        "timer", "kind, owner, due, epoch, more, checksum",
        """
            kind TEXT NOT NULL CHECK (\(either("kind", TimerRow.Kind.self))),
            owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
            \(tail),
            PRIMARY KEY (kind, owner)
        """)

    private static let quickAlert = remade(
        "alert",
        """
        probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
            good_run, incident, reason, more, checksum
        """,
        """
            probe TEXT NOT NULL, rule TEXT NOT NULL,
            phase TEXT NOT NULL CHECK (\(either("phase", Alert.Phase.self))),
            level TEXT CHECK (\(either("level", Level.self))),
            since INTEGER NOT NULL, bad_since INTEGER, critical_since INTEGER, good_since INTEGER, fired_at INTEGER,
            bad_bits INTEGER NOT NULL, critical_bits INTEGER NOT NULL,
            known INTEGER NOT NULL CHECK (known BETWEEN 0 AND \(After.maximum)),
            good_run INTEGER NOT NULL CHECK (good_run >= 0),
            incident TEXT, reason TEXT NOT NULL,
            \(tail),
            PRIMARY KEY (probe, rule),
            CHECK (phase = 'new' OR phase = 'ok' OR level IS NOT NULL),
            CHECK ((phase <> 'firing' AND phase <> 'recovering') OR fired_at IS NOT NULL)
        """)

    private static let quickIncident =
        remade(
            "incident",
            """
            id, group_key, labels, phase, level, title, opened_at, resolved_at, acked_by, acked_at, members, policy, next_step,
                ran_steps, steps_from, group_interval, roots, page, version, epoch, announced, unrecorded, more, checksum
            """,
            """
                id TEXT PRIMARY KEY CHECK (id <> ''), group_key TEXT NOT NULL, labels TEXT NOT NULL,
                phase TEXT NOT NULL CHECK (phase = 'open' OR phase = 'acked' OR phase = 'resolved'),
                level TEXT NOT NULL CHECK (\(either("level", Level.self))),
                title TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, acked_by TEXT, acked_at INTEGER,
                members TEXT NOT NULL, policy TEXT NOT NULL,
                next_step INTEGER NOT NULL CHECK (next_step >= 0), ran_steps TEXT NOT NULL, steps_from INTEGER NOT NULL,
                group_interval INTEGER NOT NULL, roots TEXT NOT NULL,
                page INTEGER NOT NULL CHECK (page >= 1), version INTEGER NOT NULL CHECK (version >= 1),
                epoch INTEGER NOT NULL CHECK (epoch >= 1),
                announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
                unrecorded INTEGER NOT NULL CHECK (unrecorded IN (0, 1)),
                \(tail),
                CHECK ((phase = 'resolved') = (resolved_at IS NOT NULL)),
                CHECK (phase <> 'acked' OR (acked_by IS NOT NULL AND acked_at IS NOT NULL))
            """) + """

            CREATE UNIQUE INDEX incident_open ON incident (group_key) WHERE phase <> 'resolved';
            CREATE INDEX incident_opened ON incident (opened_at);

            """

    private static let quickOutbox =
        remade(
            "outbox",
            """
            id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
                deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, more, checksum
            """,
            """
                id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
                recipient TEXT,
                kind TEXT NOT NULL CHECK (\(either("kind", Notification.Kind.self))),
                level TEXT NOT NULL CHECK (\(either("level", Level.self))),
                page INTEGER NOT NULL CHECK (page >= 1), idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key <> ''),
                message TEXT NOT NULL, created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
                phase TEXT NOT NULL CHECK (\(either("phase", OutboxRow.Phase.self))),
                tries INTEGER NOT NULL CHECK (tries >= 0), in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
                last_attempt_at INTEGER, settled_at INTEGER, note TEXT NOT NULL,
                \(tail),
                CHECK ((phase <> 'pending' AND phase <> 'inflight') = (settled_at IS NOT NULL)),
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

    private static let quickEvent =
        remade(
            "event", "id, at, kind, probe, rule, incident, text",
            """
                id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (\(either("kind", Model.Record.Kind.self))),
                probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
            """) + """

            CREATE INDEX event_at ON event (at);
            CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
            CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;

            """
}
