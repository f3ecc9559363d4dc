CREATE TABLE timer_next (
    kind TEXT NOT NULL CHECK (kind IN ('step', 'update', 'confirm', 'silence', 'maintenance', 'hold', 'ack_expiry', 'failover', 'digest', 'handoff', 'quorum', 'no_data', 'drill', 'proof')),
    owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) STRICT;
INSERT INTO timer_next (kind, owner, due, epoch, more, checksum)
    SELECT kind, owner, due, epoch, more, checksum FROM timer;
DROP TABLE timer;
ALTER TABLE timer_next RENAME TO timer;

CREATE TABLE outbox_next (
    id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
    recipient TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('trigger', 'update', 'acknowledge', 'resolve', 'delayed', 'test', 'digest', 'change')),
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
    deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, more, checksum)
    SELECT id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
    deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, more, checksum FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_next';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_next', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;

CREATE INDEX outbox_incident ON outbox (incident, target);
CREATE INDEX outbox_unsettled ON outbox (id) WHERE phase IN ('pending', 'inflight');
CREATE INDEX outbox_dead ON outbox (id) WHERE phase = 'dead';

CREATE TABLE event_next (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'incident', 'step', 'delivery', 'command', 'configuration', 'storage', 'daemon', 'suppression', 'oncall', 'digest', 'channel', 'deploy', 'drill')),
    probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
) STRICT;
INSERT INTO event_next (id, at, kind, probe, rule, incident, text)
    SELECT id, at, kind, probe, rule, incident, text FROM event;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;

CREATE INDEX event_at ON event (at);
CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;

CREATE TABLE channel (
    name TEXT PRIMARY KEY CHECK (name <> ''), since INTEGER NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0), open_until INTEGER, not_before INTEGER, accepted_at INTEGER,
    problem TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE evidence (
    incident TEXT NOT NULL CHECK (incident <> ''), probe TEXT NOT NULL CHECK (probe <> ''), at INTEGER NOT NULL,
    bad TEXT NOT NULL, good TEXT, good_at INTEGER,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (incident, probe)
) STRICT;
CREATE INDEX evidence_at ON evidence (at);

CREATE TABLE deploy (
    id TEXT PRIMARY KEY CHECK (id <> ''), at INTEGER NOT NULL, labels TEXT NOT NULL, version TEXT NOT NULL,
    comment TEXT NOT NULL, author TEXT NOT NULL CHECK (author <> ''),
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX deploy_at ON deploy (at);
