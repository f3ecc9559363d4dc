CREATE TABLE timer_next (
    kind TEXT NOT NULL CHECK (kind = 'step' OR kind = 'update' OR kind = 'confirm' OR kind = 'silence' OR kind = 'maintenance' OR kind = 'hold' OR kind = 'ack_expiry' OR kind = 'failover' OR kind = 'digest' OR kind = 'handoff' OR kind = 'quorum' OR kind = 'no_data' OR kind = 'drill' OR kind = 'proof'),
    owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) STRICT;
INSERT INTO timer_next (kind, owner, due, epoch, more, checksum)
    SELECT kind, owner, due, epoch, more, checksum FROM timer;
DROP TABLE timer;
ALTER TABLE timer_next RENAME TO timer;

CREATE TABLE alert_next (
    probe TEXT NOT NULL, rule TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase = 'new' OR phase = 'ok' OR phase = 'pending' OR phase = 'firing' OR phase = 'recovering'),
    level TEXT CHECK (level = 'warning' OR level = 'critical'),
    since INTEGER NOT NULL, bad_since INTEGER, critical_since INTEGER, good_since INTEGER, fired_at INTEGER,
    bad_bits INTEGER NOT NULL, critical_bits INTEGER NOT NULL,
    known INTEGER NOT NULL CHECK (known BETWEEN 0 AND 64),
    good_run INTEGER NOT NULL CHECK (good_run >= 0),
    incident TEXT, reason TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    PRIMARY KEY (probe, rule),
    CHECK (phase = 'new' OR phase = 'ok' OR level IS NOT NULL),
    CHECK ((phase <> 'firing' AND phase <> 'recovering') OR fired_at IS NOT NULL)
) STRICT;
INSERT INTO alert_next (probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
    good_run, incident, reason, more, checksum)
    SELECT probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known,
    good_run, incident, reason, more, checksum FROM alert;
DROP TABLE alert;
ALTER TABLE alert_next RENAME TO alert;

CREATE TABLE incident_next (
    id TEXT PRIMARY KEY CHECK (id <> ''), group_key TEXT NOT NULL, labels TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase = 'open' OR phase = 'acked' OR phase = 'resolved'),
    level TEXT NOT NULL CHECK (level = 'warning' OR level = 'critical'),
    title TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, acked_by TEXT, acked_at INTEGER,
    members TEXT NOT NULL, policy TEXT NOT NULL,
    next_step INTEGER NOT NULL CHECK (next_step >= 0), ran_steps TEXT NOT NULL, steps_from INTEGER NOT NULL,
    group_interval INTEGER NOT NULL, roots TEXT NOT NULL,
    page INTEGER NOT NULL CHECK (page >= 1), version INTEGER NOT NULL CHECK (version >= 1),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
    unrecorded INTEGER NOT NULL CHECK (unrecorded IN (0, 1)),
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    CHECK ((phase = 'resolved') = (resolved_at IS NOT NULL)),
    CHECK (phase <> 'acked' OR (acked_by IS NOT NULL AND acked_at IS NOT NULL))
) STRICT;
INSERT INTO incident_next (id, group_key, labels, phase, level, title, opened_at, resolved_at, acked_by, acked_at, members, policy, next_step,
    ran_steps, steps_from, group_interval, roots, page, version, epoch, announced, unrecorded, more, checksum)
    SELECT id, group_key, labels, phase, level, title, opened_at, resolved_at, acked_by, acked_at, members, policy, next_step,
    ran_steps, steps_from, group_interval, roots, page, version, epoch, announced, unrecorded, more, checksum FROM incident;
DROP TABLE incident;
ALTER TABLE incident_next RENAME TO incident;

CREATE UNIQUE INDEX incident_open ON incident (group_key) WHERE phase <> 'resolved';
CREATE INDEX incident_opened ON incident (opened_at);

CREATE TABLE outbox_next (
    id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL, target TEXT NOT NULL, channel TEXT NOT NULL,
    recipient TEXT,
    kind TEXT NOT NULL CHECK (kind = 'trigger' OR kind = 'update' OR kind = 'acknowledge' OR kind = 'resolve' OR kind = 'delayed' OR kind = 'test' OR kind = 'digest' OR kind = 'change'),
    level TEXT NOT NULL CHECK (level = 'warning' OR level = 'critical'),
    page INTEGER NOT NULL CHECK (page >= 1), idempotency_key TEXT NOT NULL UNIQUE CHECK (idempotency_key <> ''),
    message TEXT NOT NULL, created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, deadline INTEGER NOT NULL,
    phase TEXT NOT NULL CHECK (phase = 'pending' OR phase = 'inflight' OR phase = 'done' OR phase = 'superseded' OR phase = 'dead'),
    tries INTEGER NOT NULL CHECK (tries >= 0), in_doubt INTEGER NOT NULL CHECK (in_doubt IN (0, 1)),
    last_attempt_at INTEGER, settled_at INTEGER, note TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '', checksum INTEGER NOT NULL,
    CHECK ((phase <> 'pending' AND phase <> 'inflight') = (settled_at IS NOT NULL)),
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
    kind TEXT NOT NULL CHECK (kind = 'alert' OR kind = 'incident' OR kind = 'step' OR kind = 'delivery' OR kind = 'command' OR kind = 'configuration' OR kind = 'storage' OR kind = 'daemon' OR kind = 'suppression' OR kind = 'oncall' OR kind = 'digest' OR kind = 'channel' OR kind = 'deploy' OR kind = 'drill'),
    probe TEXT, rule TEXT, incident TEXT, text TEXT NOT NULL
) STRICT;
INSERT INTO event_next (id, at, kind, probe, rule, incident, text)
    SELECT id, at, kind, probe, rule, incident, text FROM event;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;

CREATE INDEX event_at ON event (at);
CREATE INDEX event_probe ON event (probe, id) WHERE probe IS NOT NULL;
CREATE INDEX event_incident ON event (incident, id) WHERE incident IS NOT NULL;
