extension Schema {
    /// The tables that a new file began with: what was observed, alerts, incidents, and deliveries.
    static let first = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

        CREATE TABLE head (
            seq INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, high INTEGER NOT NULL,
            checksum INTEGER NOT NULL, payload BLOB NOT NULL,
            CHECK (first <= last AND last <= high)
        ) STRICT;

        CREATE TABLE latest (
            id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, payload BLOB NOT NULL
        ) STRICT;

        CREATE TABLE alert (
            probe TEXT NOT NULL, rule TEXT NOT NULL,
            phase TEXT NOT NULL CHECK (phase IN ('new', 'ok', 'pending', 'firing', 'recovering')),
            level TEXT CHECK (level IN ('warning', 'critical')),
            since INTEGER NOT NULL, bad_since INTEGER, critical_since INTEGER, good_since INTEGER, fired_at INTEGER,
            bad_bits INTEGER NOT NULL, critical_bits INTEGER NOT NULL,
            known INTEGER NOT NULL CHECK (known BETWEEN 0 AND 64),
            good_run INTEGER NOT NULL CHECK (good_run >= 0),
            incident TEXT, reason TEXT NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (probe, rule),
            CHECK (phase NOT IN ('pending', 'firing', 'recovering') OR level IS NOT NULL),
            CHECK (phase NOT IN ('firing', 'recovering') OR fired_at IS NOT NULL)
        ) STRICT;

        CREATE TABLE incident (
            id TEXT PRIMARY KEY CHECK (id <> ''), group_key TEXT NOT NULL, labels TEXT NOT NULL,
            phase TEXT NOT NULL CHECK (phase IN ('open', 'acked', 'resolved')),
            level TEXT NOT NULL CHECK (level IN ('warning', 'critical')),
            title TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, acked_by TEXT, acked_at INTEGER,
            members TEXT NOT NULL, policy TEXT NOT NULL,
            next_step INTEGER NOT NULL CHECK (next_step >= 0), ran_steps TEXT NOT NULL, steps_from INTEGER NOT NULL,
            group_interval INTEGER NOT NULL, roots TEXT NOT NULL,
            page INTEGER NOT NULL CHECK (page >= 1), version INTEGER NOT NULL CHECK (version >= 1),
            epoch INTEGER NOT NULL CHECK (epoch >= 1),
            announced INTEGER NOT NULL CHECK (announced IN (0, 1)), unrecorded INTEGER NOT NULL CHECK (unrecorded IN (0, 1)),
            checksum INTEGER NOT NULL,
            CHECK ((phase = 'resolved') = (resolved_at IS NOT NULL)),
            CHECK (phase <> 'acked' OR (acked_by IS NOT NULL AND acked_at IS NOT NULL))
        ) STRICT;
        CREATE UNIQUE INDEX incident_open ON incident (group_key) WHERE phase <> 'resolved';
        CREATE INDEX incident_opened ON incident (opened_at);

        CREATE TABLE timer (
            kind TEXT NOT NULL CHECK (kind IN ('step', 'update', 'confirm')), owner TEXT NOT NULL,
            due INTEGER NOT NULL, epoch INTEGER NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (kind, owner)
        ) STRICT;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
            recipient TEXT, kind TEXT NOT NULL CHECK (kind IN ('trigger', 'update', 'acknowledge', 'resolve', 'delayed', 'test')),
            level TEXT NOT NULL CHECK (level IN ('warning', 'critical')),
            page INTEGER NOT NULL CHECK (page >= 1), idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key <> ''),
            message TEXT NOT NULL, created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
            phase TEXT NOT NULL CHECK (phase IN ('pending', 'inflight', 'done', 'superseded', 'dead')),
            tries INTEGER NOT NULL CHECK (tries >= 0), in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
            last_attempt_at INTEGER, settled_at INTEGER, note TEXT NOT NULL, checksum INTEGER NOT NULL,
            CHECK ((phase IN ('done', 'superseded', 'dead')) = (settled_at IS NOT NULL)),
            CHECK (phase <> 'inflight' OR (tries >= 1 AND last_attempt_at IS NOT NULL))
        ) STRICT;
        CREATE INDEX outbox_incident ON outbox (incident, target);
        CREATE INDEX outbox_unsettled ON outbox (id) WHERE phase IN ('pending', 'inflight');
        CREATE INDEX outbox_dead ON outbox (id) WHERE phase = 'dead';

        CREATE TABLE attempt (
            row INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, status INTEGER NOT NULL, detail TEXT NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (row, number),
            CHECK ((ended_at IS NULL) = (outcome IS NULL))
        ) STRICT;

        CREATE TABLE told (
            incident TEXT NOT NULL, target TEXT NOT NULL, in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
            level TEXT NOT NULL CHECK (level IN ('warning', 'critical')), page INTEGER NOT NULL CHECK (page >= 1),
            at INTEGER NOT NULL, reference TEXT, resolved_at INTEGER, checksum INTEGER NOT NULL,
            PRIMARY KEY (incident, target)
        ) STRICT;

        CREATE TABLE event (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('alert', 'incident', 'step', 'delivery', 'command', 'configuration', 'storage', 'daemon')),
            probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX event_at ON event (at);
        CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
        CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;

        CREATE TABLE damaged (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL
        ) STRICT;
        """
}
