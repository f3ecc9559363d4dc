CREATE TABLE timer_next (
    kind TEXT NOT NULL CHECK (kind IN ('step', 'update', 'confirm', 'silence', 'maintenance', 'hold', 'ack_expiry', 'failover', 'digest', 'handoff', 'quorum', 'no_data')),
    owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) STRICT;
INSERT INTO timer_next (kind, owner, due, epoch, checksum)
    SELECT kind, owner, due, epoch, checksum FROM timer;
DROP TABLE timer;
ALTER TABLE timer_next RENAME TO timer;

CREATE TABLE alert_next (
    probe TEXT NOT NULL, rule TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('new', 'ok', 'pending', 'firing', 'recovering')),
    level TEXT CHECK (level IN ('warning', 'critical')),
    since INTEGER NOT NULL, bad_since INTEGER, critical_since INTEGER, good_since INTEGER, fired_at INTEGER,
    bad_bits INTEGER NOT NULL, critical_bits INTEGER NOT NULL,
    known INTEGER NOT NULL CHECK (known BETWEEN 0 AND 64),
    good_run INTEGER NOT NULL CHECK (good_run >= 0),
    incident TEXT, reason TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (probe, rule),
    CHECK (phase NOT IN ('pending', 'firing', 'recovering') OR level IS NOT NULL),
    CHECK (phase NOT IN ('firing', 'recovering') OR fired_at IS NOT NULL)
) STRICT;
INSERT INTO alert_next (probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
    good_run, incident, reason, checksum)
    SELECT probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
    good_run, incident, reason, checksum FROM alert;
DROP TABLE alert;
ALTER TABLE alert_next RENAME TO alert;

CREATE TABLE outbox_next (
    id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
    recipient TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('trigger', 'update', 'acknowledge', 'resolve', 'delayed', 'test', 'digest')),
    level TEXT NOT NULL CHECK (level IN ('warning', 'critical')),
    page INTEGER NOT NULL CHECK (page >= 1), idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key <> ''),
    message TEXT NOT NULL, created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('pending', 'inflight', 'done', 'superseded', 'dead')),
    tries INTEGER NOT NULL CHECK (tries >= 0), in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
    last_attempt_at INTEGER, settled_at INTEGER, note TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    CHECK ((phase IN ('done', 'superseded', 'dead')) = (settled_at IS NOT NULL)),
    CHECK (phase <> 'inflight' OR (tries >= 1 AND last_attempt_at IS NOT NULL))
) STRICT;
INSERT INTO outbox_next (id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
    deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum)
    SELECT id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
    deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_next';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_next', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;

CREATE INDEX outbox_incident ON outbox (incident, target);
CREATE INDEX outbox_unsettled ON outbox (id) WHERE phase IN ('pending', 'inflight');
CREATE INDEX outbox_dead ON outbox (id) WHERE phase = 'dead';

CREATE TABLE event_next (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'incident', 'step', 'delivery', 'command', 'configuration', 'storage', 'daemon', 'suppression', 'oncall', 'digest')),
    probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
) STRICT;
INSERT INTO event_next (id, at, kind, probe, rule, incident, text)
    SELECT id, at, kind, probe, rule, incident, text FROM event;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;

CREATE INDEX event_at ON event (at);
CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;

ALTER TABLE incident ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE told ADD COLUMN more TEXT NOT NULL DEFAULT '';

CREATE TABLE silence (
    id TEXT PRIMARY KEY CHECK (id <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('silence', 'maintenance')),
    matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    until_resolved INTEGER NOT NULL CHECK (until_resolved IN (0, 1)),
    author TEXT NOT NULL CHECK (author <> ''), comment TEXT NOT NULL, created_at INTEGER NOT NULL, ended_by TEXT,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    CHECK (starts_at <= ends_at)
) STRICT;
CREATE INDEX silence_end ON silence (ends_at);

CREATE TABLE override (
    id TEXT PRIMARY KEY CHECK (id <> ''), schedule TEXT NOT NULL, person TEXT NOT NULL CHECK (person <> ''),
    starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
    author TEXT NOT NULL CHECK (author <> ''), comment TEXT NOT NULL, created_at INTEGER NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    CHECK (starts_at <= ends_at)
) STRICT;
CREATE INDEX override_end ON override (ends_at);

CREATE TABLE command (
    id TEXT PRIMARY KEY CHECK (id <> ''), at INTEGER NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL,
    reply TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX command_at ON command (at);

CREATE TABLE digest (
    name TEXT NOT NULL CHECK (name <> ''), local_date TEXT NOT NULL CHECK (local_date <> ''), at INTEGER NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (name, local_date)
) STRICT;
