INSERT INTO alert (probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known, good_run, incident, reason, checksum)
    VALUES ('api', 'failing', 'firing', 'critical', 1774742400123456, 1774742370123456, NULL, 1774742340123456, 1774742400123459, -1, -9223372036854775808, 64, 4, '01A', 'no route to host', 1954901565);
INSERT INTO alert (probe, rule, phase, level, since, bad_since, critical_since, good_since, fired_at, bad_bits, critical_bits, known, good_run, incident, reason, checksum)
    VALUES ('db', 'slow', 'new', NULL, 1774742400123456, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, 'nothing yet', 2626823071);
INSERT INTO incident (id, group_key, labels, phase, level, title, opened_at, resolved_at, acked_by, acked_at, members, policy, next_step, ran_steps, steps_from, group_interval, roots, page, version, epoch, announced, unrecorded, checksum)
    VALUES ('01A', 'default/api', '{"service":"api","ünï":"\"{}''\n"}', 'acked', 'critical', 'api: connect', 1774742400123456, NULL, 'ops', 1774742403123456, '[{"level":"critical","probe":"api","reason":"no route to host","resolvedAt":1774742400123458,"rule":"failing","since":1774742400123457},{"level":"warning","probe":"db","reason":"2.1s > 2s","rule":"slow","since":1774742400123456}]', '{"name":"default","repeatAfter":[390,5769811253274869760],"steps":[{"after":[0,0],"notify":["slack"]},{"after":[16,4852095820647174144],"level":"critical","notify":["pager"]}]}', 1, '[0]', 1774742400123463, 300000007, '{"slack":"01A-1"}', 2, 5, 3, 1, 1, 2862891359);
INSERT INTO incident (id, group_key, labels, phase, level, title, opened_at, resolved_at, acked_by, acked_at, members, policy, next_step, ran_steps, steps_from, group_interval, roots, page, version, epoch, announced, unrecorded, checksum)
    VALUES ('01B', 'default/db', '{"service":"api","ünï":"\"{}''\n"}', 'resolved', 'critical', 'api: connect', 1774742400123456, 1774742404123456, NULL, NULL, '[{"level":"critical","probe":"api","reason":"no route to host","resolvedAt":1774742400123458,"rule":"failing","since":1774742400123457},{"level":"warning","probe":"db","reason":"2.1s > 2s","rule":"slow","since":1774742400123456}]', '{"name":"default","repeatAfter":[390,5769811253274869760],"steps":[{"after":[0,0],"notify":["slack"]},{"after":[16,4852095820647174144],"level":"critical","notify":["pager"]}]}', 1, '[0]', 1774742400123463, 300000007, '{"slack":"01B-1"}', 2, 5, 3, 1, 1, 2916006462);
INSERT INTO timer (kind, owner, due, epoch, checksum)
    VALUES ('step', '01A', 1774742700123456, 3, 1587467151);
INSERT INTO timer (kind, owner, due, epoch, checksum)
    VALUES ('confirm', 'api/slow', 1774742701123456, 0, 622478415);
INSERT INTO outbox (id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before, deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum)
    VALUES (1, '01A', 'mail/lead@example.com', 'mail', 'lead@example.com', 'trigger', 'critical', 2, 'md-ops-1-01A-1', '{"body":"Subject: api\r\n\r\nno route to host","headers":{"X-Kind":"trigger"}}', 1774742400123456, 1774742400123461, 1774746000123456, 'inflight', 1, 1, 1774742400123465, NULL, '451 try later', 287861921);
INSERT INTO outbox (id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before, deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum)
    VALUES (2, '01A', 'mail/lead@example.com', 'mail', 'lead@example.com', 'trigger', 'critical', 2, 'md-ops-1-01A-2', '{"body":"Subject: api\r\n\r\nno route to host","headers":{"X-Kind":"trigger"}}', 1774742400123456, 1774742400123461, 1774746000123456, 'superseded', 1, 1, 1774742400123465, 1774742409123456, '451 try later', 375986472);
INSERT INTO outbox (id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before, deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, checksum)
    VALUES (3, '01B', 'mail/lead@example.com', 'mail', 'lead@example.com', 'trigger', 'critical', 2, 'md-ops-1-01B-3', '{"body":"Subject: api\r\n\r\nno route to host","headers":{"X-Kind":"trigger"}}', 1774742400123456, 1774742400123461, 1774746000123456, 'dead', 1, 1, 1774742400123465, 1774742409123456, '451 try later', 2944627850);
UPDATE sqlite_sequence SET seq = 77 WHERE name = 'outbox';
INSERT INTO attempt (row, number, started_at, ended_at, outcome, status, detail, checksum)
    VALUES (1, 1, 1774742400123456, NULL, NULL, 0, 'under way', 1299348759);
INSERT INTO attempt (row, number, started_at, ended_at, outcome, status, detail, checksum)
    VALUES (1, 2, 1774742401123456, 1774742402123456, 'retry', 451, 'try later', 3521301689);
INSERT INTO told (incident, target, in_doubt, level, page, at, reference, resolved_at, checksum)
    VALUES ('01A', 'slack', 1, 'warning', 1, 1774742400123456, '1.2', 1774742408123456, 4279301937);
INSERT INTO told (incident, target, in_doubt, level, page, at, reference, resolved_at, checksum)
    VALUES ('01B', 'mail', 0, 'critical', 2, 1774742400123456, NULL, NULL, 1084916817);
INSERT INTO event (at, kind, probe, rule, incident, text)
    VALUES (1774742400123456, 'alert', 'api', 'failing', NULL, 'it began');
INSERT INTO event (at, kind, probe, rule, incident, text)
    VALUES (1774742400123456, 'delivery', NULL, NULL, '01A', 'it was told');
PRAGMA user_version = 1;
PRAGMA application_id = 1835955314;
